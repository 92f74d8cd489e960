"""Justifications are sufficient, minimal and all there are, as trying every subset shows."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from kg_engine.base import close_knowledge, upon
from kg_engine.closure import EVERYWHERE, Closure
from kg_engine.justification import justify
from kg_engine.namespaces import OWL, RDF, RDFS, TYPE
from kg_engine.terms import IRI, BNode, Triple

NODES = tuple(IRI(f"urn:t#{n}") for n in "xyz")
CLASSES = tuple(IRI(f"urn:t#{n}") for n in "ABCDE")
LINKS = tuple(IRI(f"urn:t#{n}") for n in "pq")


def both(c: IRI, d: IRI, e: IRI) -> list[Triple]:
    one, two = BNode(f"_:l1{c}{d}{e}"), BNode(f"_:l2{c}{d}{e}")
    return [
        Triple(c, OWL.intersectionOf, one), Triple(one, RDF.first, d), Triple(one, RDF.rest, two),
        Triple(two, RDF.first, e), Triple(two, RDF.rest, RDF.nil),
    ]  # fmt: skip


def some(c: IRI, p: IRI, d: IRI) -> list[Triple]:
    return [Triple(c, OWL.onProperty, p), Triple(c, OWL.someValuesFrom, d)]


SUBCLASS = st.builds(
    lambda c, d: [Triple(c, RDFS.subClassOf, d)], st.sampled_from(CLASSES), st.sampled_from(CLASSES)
)
INTERSECTION = st.builds(
    both,
    st.sampled_from(CLASSES), st.sampled_from(CLASSES), st.sampled_from(CLASSES),
)  # fmt: skip
SOME = st.builds(
    some,
    st.sampled_from(CLASSES), st.sampled_from(LINKS), st.sampled_from(CLASSES),
)  # fmt: skip
TRANSITIVE = st.builds(lambda p: [Triple(p, TYPE, OWL.TransitiveProperty)], st.sampled_from(LINKS))
FACTS = st.one_of(
    st.builds(Triple, st.sampled_from(NODES), st.just(TYPE), st.sampled_from(CLASSES)),
    st.builds(Triple, st.sampled_from(NODES), st.sampled_from(LINKS), st.sampled_from(NODES)),
)


def closed(base: Closure, facts: frozenset[Triple]) -> Closure:
    closure = upon(base)
    closure.extend((fact, EVERYWHERE) for fact in sorted(facts))
    return closure


def by_trying(
    base: Closure, facts: frozenset[Triple], conclusion: Triple
) -> set[frozenset[Triple]]:
    """Return the minimal subsets of the facts that entail a conclusion."""
    found: list[frozenset[Triple]] = []
    for size in range(len(facts) + 1):
        for chosen in map(frozenset, combinations(sorted(facts), size)):
            if not any(f <= chosen for f in found) and conclusion in closed(base, chosen):
                found.append(chosen)
    return set(found)


@settings(max_examples=60)
@given(
    st.lists(st.one_of(SUBCLASS, INTERSECTION, SOME, TRANSITIVE), max_size=6),
    st.frozensets(FACTS, min_size=1, max_size=5),
)
def test_justifications_are_those_found_by_trying_every_subset(
    axioms: list[list[Triple]], facts: frozenset[Triple]
) -> None:
    base = close_knowledge({t for part in axioms for t in part})
    closure = closed(base, facts)
    stated = {closure.fact(fact) for fact in facts}
    for fact in closure.masks:
        found = justify(closure, 1, fact, stated)
        assert found.complete
        told = {frozenset(map(closure.triple, support)) for support in found.sets}
        assert told == by_trying(base, facts, closure.triple(fact))


def test_more_than_the_bound_is_not_called_all() -> None:
    axioms = [Triple(c, RDFS.subClassOf, CLASSES[0]) for c in CLASSES[1:]]
    closure = closed(
        close_knowledge(axioms), frozenset(Triple(NODES[0], TYPE, c) for c in CLASSES[1:])
    )
    conclusion = closure.fact(Triple(NODES[0], TYPE, CLASSES[0]))
    assert conclusion is not None
    found = justify(closure, 1, conclusion, frozenset(closure.masks) - {conclusion}, bound=2)
    assert len(found.sets) == 2
    assert not found.complete
