"""Draw records of the ontology's own codes, features, levels and words, by a seed."""

from __future__ import annotations

import copy
import json
import random
from functools import cache
from pathlib import Path
from typing import Any

from kg_engine.namespaces import NEC, SKOS, TYPE
from tests.laws.strategies import (
    coded,
    codes,
    engine,
    feature_ids,
    item_ids,
    procedure_codes,
    structures,
)

Json = dict[str, Any]
CASES = Path(__file__).parents[1] / "cases"
DAYS = ("2025-06-10", "2019-03-01", "2027-12-31", "2028-01-02", None)


@cache
def case_records() -> tuple[Json, ...]:
    """Return the records of all case files, in order."""
    paths = sorted(CASES.glob("*/*.json"))
    return tuple(json.loads(path.read_bytes())["record"] for path in paths)


@cache
def levels() -> tuple[str, ...]:
    """Return the notations of all levels."""
    graph = engine().knowledge.graph
    return tuple(sorted(graph.text(s, SKOS.notation) for s in graph.subjects(TYPE, NEC.Level)))


def draw_record(dice: random.Random) -> Json:
    """Draw a case file's record with a few changes, or one of any codes and features at all."""
    return _changed(dice) if dice.random() < 0.6 else _free(dice)


def _changed(dice: random.Random) -> Json:
    record = copy.deepcopy(dice.choice(case_records()))
    features = record.get("risk_features")
    listed = features if isinstance(features, dict) else {}
    for _ in range(dice.randint(1, 3)):
        key, other = dice.sample(["present", "absent"], 2)
        known = listed.setdefault(key, [])
        if isinstance(known, list) and known and dice.random() < 0.5:
            known.pop(dice.randrange(len(known)))
        elif isinstance(known, list):
            feature = dice.choice(feature_ids())
            if feature not in listed.get(other, []):
                known.append(feature)
    record["risk_features"] = listed
    if dice.random() < 0.3:
        record["diagnoses"] = coded([dice.choice(codes(NEC.statesSite))])
    if dice.random() < 0.6:
        record["services"] = coded(dice.sample(codes(NEC.codeAssesses), dice.randint(1, 4)))
    return record


def _free(dice: random.Random) -> Json:
    procedures = coded(dice.sample(procedure_codes(), dice.randint(1, 2)))
    for procedure in procedures:
        if dice.random() < 0.5:
            procedure["levels"] = dice.sample(levels(), dice.randint(1, 2))
    known = dice.sample(feature_ids(), dice.randint(0, 8))
    cut = dice.randint(0, len(known))
    record: Json = {
        "procedures": procedures,
        "diagnoses": coded(dice.sample(codes(NEC.statesSite), dice.randint(1, 2))),
        "risk_features": {
            "present": known[:cut],
            "absent": known[cut:],
            "assessment_complete": dice.random() < 0.3,
        },
    }
    if (day := dice.choice(DAYS)) is not None:
        record["date_of_service"] = day
    if dice.random() < 0.7:
        named = ", ".join(dice.sample(structures(), dice.randint(1, 2)))
        record["documentation"] = {"rationale": f"At risk: {named}.", "items": [item_ids()[0]]}
    if dice.random() < 0.7:
        record["services"] = coded(dice.sample(codes(NEC.codeAssesses), dice.randint(1, 4)))
    return record
