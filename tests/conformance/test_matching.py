"""Simple entailment fills in blank nodes, each with one term throughout."""

from __future__ import annotations

import pytest

from kg_engine.namespaces import RDF
from kg_engine.terms import IRI, BNode, Term, Triple
from tests.conformance.matching import entails

A, B, C, P = (IRI(f"urn:t#{name}") for name in "ABCP")
X, Y, Z = (BNode(f"_:{name}") for name in "xyz")
CLOSURE = [Triple(A, P, B), Triple(B, P, C), Triple(A, P, X), Triple(X, P, X)]


def listed(*members: Term) -> list[Triple]:
    nodes = [BNode(f"_:l{n}") for n in range(len(members))]
    rests: list[Term] = [*nodes[1:], RDF.nil]
    triples = [Triple(n, RDF.first, m) for n, m in zip(nodes, members, strict=True)]
    return triples + [Triple(n, RDF.rest, r) for n, r in zip(nodes, rests, strict=True)]


@pytest.mark.parametrize(
    ("conclusion", "follows"),
    [
        ([], True),
        ([Triple(A, P, B)], True),
        ([Triple(B, P, A)], False),
        ([Triple(A, P, Y), Triple(Y, P, C)], True),
        ([Triple(Y, P, Z), Triple(Z, P, C), Triple(A, P, Z)], True),
        ([Triple(Y, P, Y)], True),
        ([Triple(Y, P, Y), Triple(Y, P, C)], False),
        ([Triple(Y, P, A)], False),
    ],
)
def test_blank_nodes_are_variables(conclusion: list[Triple], follows: bool) -> None:
    assert entails(CLOSURE, conclusion) is follows


def test_a_list_is_met_as_a_whole() -> None:
    held = listed(A, B, C)
    assert entails(held, listed(A, B, C))
    assert not entails(held, listed(A, B))
    assert not entails(held, listed(B, A, C))
