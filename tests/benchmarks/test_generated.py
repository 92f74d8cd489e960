"""What the benchmark generates is the same every time, and engines agree on what follows of it."""

from __future__ import annotations

import pytest

pytest.importorskip("clingo", reason="clingo is not installed")

from benchmarks.answers import said_of_cases
from benchmarks.generated import G, generate, generate_case
from kg_engine.base import close_knowledge, upon
from kg_engine.closure import EVERYWHERE
from kg_engine.graphs import Graph
from kg_engine.profile import check_profile
from kg_engine.terms import Triple
from tests.oracle.second_engine import close

TINY = 300
CASES = range(40)


def test_the_same_seed_generates_the_same_triples() -> None:
    assert generate(TINY) == generate(TINY)
    assert generate(TINY) != generate(TINY, seed=2)
    assert generate_case(TINY, 3) == generate_case(TINY, 3)
    assert generate_case(TINY, 3) != generate_case(TINY, 4)


@pytest.mark.parametrize("size", [2_000, 20_000])
def test_the_size_is_about_what_was_asked_for(size: int) -> None:
    assert abs(len(generate(size)) - size) < size / 10


def test_the_knowledge_is_inside_the_profile() -> None:
    assert not check_profile(Graph(generate(TINY)), place_of=str)


def test_cases_are_small_and_some_recommendation_governs_most() -> None:
    base = close_knowledge(generate(2_000))
    governed = 0
    for number in CASES:
        facts = generate_case(2_000, number)
        closure = upon(base)
        closure.extend((fact, EVERYWHERE) for fact in facts)
        assert 10 <= len(facts) <= 50 and not closure.contradictions
        governed += sum(t.p == G.governedBy for t in closure.facts)
    assert len(CASES) / 2 < governed < len(CASES) * 3


def test_clingo_concludes_the_same() -> None:
    axioms = generate(TINY)
    facts: list[Triple] = [t for number in CASES for t in generate_case(TINY, number)]
    closure = upon(close_knowledge(axioms))
    closure.extend((fact, EVERYWHERE) for fact in facts)
    entailed, clashes = close([*axioms, *facts])
    said = said_of_cases(closure.facts)
    assert any(p == G.governedBy for _, p, _ in said)
    assert said == said_of_cases(entailed) and not clashes
