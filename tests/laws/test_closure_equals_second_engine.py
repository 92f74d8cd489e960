"""What the closure says is what generic rules over raw triples say, on small made-up knowledge.

The second engine is told nothing of clauses, plans or numbers: it shares the specification alone.
"""

from __future__ import annotations

import pytest
from hypothesis import given

pytest.importorskip("clingo", reason="clingo is not installed")

from kg_engine.base import close_knowledge
from kg_engine.namespaces import OWL
from kg_engine.terms import Literal, Triple
from tests.laws.strategies import law
from tests.laws.test_closure_equals_owlrl import Graph, graphs
from tests.oracle.records import ALL
from tests.oracle.second_engine import close


def told(triple: Triple) -> bool:
    """Leave out what each says of itself, and of literals as subjects."""
    return (
        triple.s != triple.o and not isinstance(triple.s, Literal) and triple.p != OWL.differentFrom
    )


@law(2000 if ALL else 100)
@given(graphs)
def test_the_closure_says_what_generic_rules_say(graph: Graph) -> None:
    closure = close_knowledge(graph)
    entailed, clashes = close(graph)
    assert set(filter(told, closure.facts)) == set(filter(told, entailed))
    by_values = {c.clause.rule for c in closure.contradictions} - {"dt-not-type", "eq-diff1"}
    assert bool(by_values) == bool(clashes - {"eq-diff1"})
