"""The checker accepts what the engine proves, and reads records as the engine does."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg_engine import Engine, InputRefused, verify
from kg_engine.pipeline import admit
from kg_engine.record import canonical_json
from kg_engine.terms import n3
from tests.prove.trial import Trial

Json = dict[str, Any]
CASES = Path(__file__).parents[1] / "cases"
NAMES = sorted(p.relative_to(CASES).with_suffix("").as_posix() for p in CASES.glob("*/*.json"))
SPREAD = NAMES if os.environ.get("IONM_ORACLE") == "all" else NAMES[::20]


@pytest.mark.parametrize("name", SPREAD)
def test_the_proof_of_a_case_stands(name: str, engine: Engine, verifier: verify.Verifier) -> None:
    trial = Trial(engine, verifier, random.Random(0))  # noqa: S311  (a draw)
    trial.accepts(json.loads((CASES / f"{name}.json").read_bytes())["record"])
    assert not trial.tally.faults


def test_the_checker_reads_every_record_as_the_engine_does(
    engine: Engine, verifier: verify.Verifier
) -> None:
    for name in NAMES:
        case = json.loads((CASES / f"{name}.json").read_bytes())["record"]
        try:
            admitted = admit(case, engine)
        except InputRefused:
            continue
        said = {tuple(map(n3, t)): path or "/" for t, path in admitted.abox.facts.items()}
        record = json.loads(canonical_json(admitted.record))
        read = verifier.door.admit(record, n3(admitted.edition.policy)).facts
        assert set(read) == set(said), name
        assert all(path in read[s, p, o] for (s, p, o), path in said.items()), name


def test_the_digest_of_the_knowledge_is_the_engines(
    engine: Engine, verifier: verify.Verifier
) -> None:
    assert verifier.knowledge.digest == engine.knowledge.digest


def test_a_determination_under_another_policy_stands_too(
    engine: Engine, verifier: verify.Verifier, determined: Callable[[str], Json]
) -> None:
    policies = engine.knowledge.policies
    assert determined("thyroid/completion")["policy"]["id"] in policies
    trial = Trial(engine, verifier, random.Random(0))  # noqa: S311  (a draw)
    record = determined("thyroid/completion")["record"]
    for policy in policies:
        trial.accepts({**record, "policy": policy})
    assert not trial.tally.faults
    assert trial.tally.determinations == len(policies)
