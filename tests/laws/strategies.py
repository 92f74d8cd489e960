"""Build records for the laws from the ontology's own codes and features, and rewrite them."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import pyoxigraph as ox
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st

from kg_engine import Engine, determine, open_engine
from kg_engine.namespaces import NEC, OWL, RDFS, REC, SKOS, TYPE, XSD
from kg_engine.terms import IRI, Term

Json = dict[str, Any]
CASES = Path(__file__).parents[1] / "cases"
Test = TypeVar("Test", bound=Callable[..., None])
SEED = 2025
DAY = "2025-06-10"
SPECIFIC_AREAS = ("thyroid", "brain", "deformity", "spine", "cervical", "stimulator")
COMORBIDITIES = ("I10", "E11.9", "J45.909", "Z87.891", "E78.5")
GENERIC = "Monitoring is the standard of care and improves safety."


def law(examples: int) -> Callable[[Test], Test]:
    """Return the profile of a law: the same bounded examples in every run.

    One seed serves all laws, so that laws about the same records share their answers.
    """
    profile = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: seed(SEED)(profile(test))


@cache
def engine() -> Engine:
    """Open the shipped knowledge once for all laws; strategies are built from it."""
    return open_engine()


def answer(record: Json) -> Json:
    """Return the document of a determination."""
    return _answer(json.dumps(record))


@lru_cache(maxsize=1024)
def _answer(told: str) -> Json:
    return determine(json.loads(told), engine()).document


@cache
def codes(link: IRI) -> tuple[str, ...]:
    """Return the notations of the codes that carry a link, in order."""
    graph = engine().knowledge.graph
    return tuple(sorted({graph.text(t.s, SKOS.notation) for t in graph.about(link)} - {""}))


@cache
def procedure_codes() -> tuple[str, ...]:
    """Return the codes that an axiom links to a class of procedures."""
    graph = engine().knowledge.graph
    found = set()
    for link in graph.about(OWL.hasValue):
        classes = graph.objects(link.s, RDFS.subClassOf)
        if NEC.hasCode in graph.objects(link.s, OWL.onProperty) and any(
            _is_procedure(class_) for class_ in classes
        ):
            found.add(graph.text(link.o, SKOS.notation))
    return tuple(sorted(found - {""}))


@cache
def _is_procedure(class_: Term) -> bool:
    parents = engine().knowledge.graph.objects(class_, RDFS.subClassOf)
    return NEC.Procedure in parents or any(_is_procedure(p) for p in parents)


@cache
def feature_ids() -> tuple[str, ...]:
    """Return the ids of all risk features."""
    graph = engine().knowledge.graph
    return tuple(
        sorted(graph.text(f, SKOS.notation) for f in graph.subjects(TYPE, NEC.RiskFeature))
    )


@cache
def item_ids() -> tuple[str, ...]:
    """Return the ids of all documentation items."""
    graph = engine().knowledge.graph
    found = graph.subjects(TYPE, NEC.DocumentationItem)
    return tuple(sorted(graph.text(item, SKOS.notation) for item in found))


@cache
def structures() -> tuple[str, ...]:
    """Return the labels of structures that some procedure puts at risk."""
    knowledge = engine().knowledge
    named = {t.o for t in knowledge.graph.about(NEC.profileStructure)}
    return tuple(sorted(knowledge.label(structure) for structure in named))


@cache
def anchors(outcome: str = "") -> tuple[Json, ...]:
    """Return the records of the case files, of one expected outcome if asked."""
    found = []
    for area in SPECIFIC_AREAS:
        for path in sorted((CASES / area).glob("*.json")):
            case = json.loads(path.read_bytes())
            if not outcome or case["expect"].get("outcome") == outcome:
                found.append(case["record"])
    return tuple(found)


def coded(notations: list[str]) -> list[Json]:
    """Return entries of one code each."""
    return [{"code": notation} for notation in notations]


@st.composite
def free_records(draw: st.DrawFn) -> Json:
    """Draw a record of any codes and features at all, most of which do not fit together."""
    present = draw(st.lists(st.sampled_from(feature_ids()), max_size=3, unique=True))
    absent = draw(st.lists(st.sampled_from(feature_ids()), max_size=6, unique=True))
    named = draw(st.lists(st.sampled_from(structures()), max_size=2))
    record: Json = {
        "date_of_service": DAY,
        "procedures": coded(
            draw(st.lists(st.sampled_from(procedure_codes()), min_size=1, max_size=2))
        ),
        "diagnoses": coded(
            draw(st.lists(st.sampled_from(codes(NEC.statesSite)), min_size=1, max_size=2))
        ),
        "risk_features": {
            "present": present,
            "absent": [feature for feature in absent if feature not in present],
            "assessment_complete": draw(st.booleans()),
        },
    }
    if named:
        record["documentation"] = {"rationale": f"At risk: {', '.join(named)}."}
    if draw(st.booleans()):
        services = st.lists(st.sampled_from(codes(NEC.codeAssesses)), min_size=1, max_size=2)
        record["services"] = coded(draw(services))
    return record


@st.composite
def anchored_records(draw: st.DrawFn, outcome: str = "") -> Json:
    """Draw the record of a case file and move a few of its features."""
    record = copy.deepcopy(draw(st.sampled_from(anchors(outcome))))
    if draw(st.booleans()):
        features = record.setdefault("risk_features", {})
        for key in ("present", "absent"):
            listed = features.get(key, [])
            if listed and draw(st.booleans()):
                listed.remove(draw(st.sampled_from(listed)))
    return record


def records() -> st.SearchStrategy[Json]:
    """Draw a record that fits together as often as one that does not."""
    return st.one_of(anchored_records(), free_records())


def shuffled(value: Any, dice: random.Random) -> Any:
    """Return a value with its keys and lists in another order, and entries of lists repeated."""
    if isinstance(value, dict):
        keys = list(value)
        dice.shuffle(keys)
        return {key: shuffled(value[key], dice) for key in keys}
    if isinstance(value, list) and value:
        members = [shuffled(member, dice) for member in value]
        members.append(copy.deepcopy(dice.choice(members)))
        dice.shuffle(members)
        return members
    return value


def quads(record: Json, dice: random.Random) -> list[ox.Triple]:
    """Say a record as triples, with blank nodes of new names."""
    found: list[ox.Triple] = []
    _say(record, found, dice)
    dice.shuffle(found)
    return found


def _say(node: Json, found: list[ox.Triple], dice: random.Random) -> ox.BlankNode:
    subject = ox.BlankNode(f"n{dice.getrandbits(64):x}")
    for key, value in node.items():
        for member in value if isinstance(value, list) else [value]:
            if member is None:
                continue
            told = _say(member, found, dice) if isinstance(member, dict) else _literal(key, member)
            found.append(ox.Triple(subject, ox.NamedNode(REC.base + key), told))
    return subject


def _literal(key: str, value: Any) -> ox.Literal:
    if isinstance(value, bool):
        return ox.Literal(str(value).lower(), datatype=ox.NamedNode(XSD.boolean))
    if isinstance(value, int):
        return ox.Literal(str(value), datatype=ox.NamedNode(XSD.integer))
    kind = XSD.date if key == "date_of_service" else XSD.string
    return ox.Literal(value, datatype=ox.NamedNode(kind))
