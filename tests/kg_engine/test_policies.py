"""Policies tell what of them is in force on a date, and what of them nobody has seen."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from kg_engine import Engine
from kg_engine.namespaces import NEC, XSD
from kg_engine.policies import read_policies
from kg_engine.terms import IRI, Literal, Triple
from tests.variants import variant

START, END = date(2020, 1, 1), date(2024, 2, 29)


def dated(engine: Engine) -> tuple[Engine, str]:
    """Return an engine whose default policy includes a second source, in force for some years."""
    knowledge = engine.knowledge
    policy = knowledge.policy(None)
    assert policy is not None
    source = IRI("urn:test:source")
    triples = {
        Triple(policy, NEC.includesSource, source),
        Triple(source, NEC.inForceFrom, Literal(START.isoformat(), XSD.date)),
        Triple(source, NEC.inForceUntil, Literal(END.isoformat(), XSD.date)),
    }
    files = {**knowledge.ontology, "test.ttl": frozenset(triples)}
    changed = type(knowledge)(files, dict(knowledge.shape_files))
    return variant(engine, changed, same_words=True), "source"


def source(engine: Engine, day: date | None) -> dict[str, Any]:
    """Return how the added source is told of on a day."""
    changed, _ = dated(engine)
    answer: Any = read_policies(changed.knowledge, day)
    assert answer["policies"][0]["dated_editions"]
    (found,) = (s for s in answer["policies"][0]["sources"] if s["id"] == "urn:test:source")
    return dict(found)


def test_the_default_policy_is_told_with_its_sources(engine: Engine) -> None:
    answer: Any = read_policies(engine.knowledge)
    (default,) = (p for p in answer["policies"] if p["default"])
    assert default["in_force"] is True and default["without_lower_bound"] is True
    assert default["sources"] and default["issuer"] and default["steps"][0] == "procedure"
    assert [p["id"] for p in answer["policies"]] == list(engine.knowledge.policies)


def test_both_days_of_a_period_count(engine: Engine) -> None:
    day = timedelta(days=1)
    told = {d: source(engine, d)["in_force"] for d in (START - day, START, END, END + day)}
    assert list(told.values()) == [False, True, True, False]
    assert source(engine, None)["in_force"] is False


def test_an_unseen_source_is_marked(engine: Engine) -> None:
    assert source(engine, START)["unverified"] is True
    answer: Any = read_policies(engine.knowledge)
    assert answer["policies"][0]["unverified"] is False


def test_nothing_is_claimed_past_the_horizon(engine: Engine) -> None:
    horizon = engine.knowledge.horizon
    assert horizon is not None
    assert read_policies(engine.knowledge, horizon)["beyond_horizon"] is False
    answer: Any = read_policies(engine.knowledge, horizon + timedelta(days=1))
    assert answer["beyond_horizon"] is True
    assert answer["policies"][0]["in_force"] is None
