"""Slice away, for the reference engine, what cannot bear on a case.

owlrl rescans its whole graph in every cycle, so a small graph is what makes it usable. A term is
*reached* where a case fact names it, where an assertion about a reached term names it, or where
an axiom that may fire grants it. An axiom may fire only if its left side may be satisfied: a
named class if it is reached, ``hasValue v`` if v is reached, ``someValuesFrom C`` if C may be
satisfied, a conjunction if all of its members may be, a disjunction if any may be.

Kept are the axioms that may fire, every property axiom, and the assertions about reached terms.
This loses no entailment about a reached term. By induction on its derivation: a fact about a
reached subject has a reached object, and every premise of a subproperty, chain, restriction or
subclass rule that concludes it is again about a reached subject, so its axiom is kept. Only an
inverse could lead from an unreached subject to a reached one. Therefore assertions of a property
with an inverse are followed both ways, and such a property may hold of individuals of the
knowledge by assertion and inverse alone, not by a grant, a subproperty or a chain.
The codes that a case does not mention, and the families that it does not touch, fall away so.

The argument covers the constructs named here. Where the knowledge uses any other, or a shape an
inverse path, nothing is sliced away: that is slow, and sound. A contradiction of the knowledge
with itself, away from the case, is not looked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rdflib import OWL, RDF, RDFS, BNode, Graph, URIRef
from rdflib.term import Node

RdfTriple = tuple[Node, Node, Node]

_ATOMS = {OWL.hasValue, OWL.someValuesFrom}
_LISTS = {OWL.intersectionOf, OWL.unionOf, OWL.oneOf}
_PROPERTY_AXIOMS = {
    RDFS.subPropertyOf, OWL.inverseOf, OWL.propertyChainAxiom, OWL.propertyDisjointWith,
}  # fmt: skip
_CLASS_AXIOMS = {RDFS.subClassOf, OWL.disjointWith}
_STRUCTURE = _ATOMS | _LISTS | {OWL.onProperty, RDF.first, RDF.rest}
_SCHEMA = _STRUCTURE | _PROPERTY_AXIOMS | _CLASS_AXIOMS
_VOCABULARIES = (str(OWL), str(RDFS), str(RDF))


def relevant(knowledge: Graph, facts: Iterable[RdfTriple]) -> Graph:
    """Return the part of sliceable knowledge that can bear on the facts of a case."""
    reach = _Reach(knowledge)
    for s, p, o in facts:
        reach.terms |= {s, p, o}
    reach.run()
    found = Graph()
    for triple in reach.kept():
        found.add(triple)
    return found


def sliceable(knowledge: Graph) -> bool:
    """Say whether the argument for slicing covers all that the knowledge uses."""
    return (
        all(_is_understood(t) for t in knowledge)
        and all(_is_grantable(knowledge, o) for o in knowledge.objects(None, RDFS.subClassOf))
        and not _inverted(knowledge) & _derived_by_knowledge(knowledge)
    )


def _is_understood(triple: RdfTriple) -> bool:
    s, p, o = triple
    if p == RDF.type:
        return not isinstance(s, BNode) and not str(o).startswith(_VOCABULARIES)
    return p in _SCHEMA or not str(p).startswith(_VOCABULARIES)


def _is_grantable(knowledge: Graph, node: Node) -> bool:
    """Say whether a right side is a named class, a hasValue, or a conjunction of those."""
    if isinstance(node, URIRef) or (node, OWL.hasValue, None) in knowledge:
        return True
    heads = list(knowledge.objects(node, OWL.intersectionOf))
    return bool(heads) and all(
        _is_grantable(knowledge, m) for head in heads for m in knowledge.items(head)
    )


def _granted(knowledge: Graph, node: Node) -> Iterator[tuple[Node | None, Node]]:
    """Yield what membership in a right side grants: (None, class) or (property, value)."""
    if isinstance(node, URIRef):
        yield None, node
    for value in knowledge.objects(node, OWL.hasValue):
        for p in knowledge.objects(node, OWL.onProperty):
            yield p, value
    for head in knowledge.objects(node, OWL.intersectionOf):
        for member in knowledge.items(head):
            yield from _granted(knowledge, member)


def _inverted(knowledge: Graph) -> set[Node]:
    return {t for s, o in knowledge.subject_objects(OWL.inverseOf) for t in (s, o)}


def _derived_by_knowledge(knowledge: Graph) -> set[Node]:
    """Return every property that may hold of an individual of the knowledge by some rule.

    The inverse rule alone is left out: it is what following both ways accounts for.
    """
    held = {p for _, p, _ in knowledge if p not in _SCHEMA and p != RDF.type}
    derived = {p for right in set(knowledge.objects(None, RDFS.subClassOf))
               for p, _ in _granted(knowledge, right) if p is not None}  # fmt: skip
    chains = [(p, set(knowledge.items(head)))
              for p, head in knowledge.subject_objects(OWL.propertyChainAxiom)]  # fmt: skip
    inverses = list(knowledge.subject_objects(OWL.inverseOf))
    size = -1
    while size != len(held) + len(derived):
        size = len(held) + len(derived)
        held |= derived | {q for s, o in inverses if {s, o} & held for q in (s, o)}
        derived |= {q for p, q in knowledge.subject_objects(RDFS.subPropertyOf) if p in held}
        derived |= {p for p, members in chains if members <= held}
    return derived


@dataclass
class _Reach:
    """Grow the set of reached terms to its fixpoint."""

    knowledge: Graph
    terms: set[Node] = field(default_factory=lambda: {OWL.Thing})

    def run(self) -> None:
        """Follow assertions and axioms that may fire, until nothing new is reached."""
        axioms = list(self.knowledge.subject_objects(RDFS.subClassOf))
        size = -1
        while size != len(self.terms):
            size = len(self.terms)
            self._follow_assertions()
            for left, right in axioms:
                if self.satisfiable(left):
                    self.terms |= {term for _, term in _granted(self.knowledge, right)}

    def _follow_assertions(self) -> None:
        queue = list(self.terms)
        while queue:
            term = queue.pop()
            found = {o for p, o in self.knowledge.predicate_objects(term) if p not in _SCHEMA}
            for p in _inverted(self.knowledge):
                found |= set(self.knowledge.subjects(p, term))
            queue += found - self.terms
            self.terms |= found

    def satisfiable(self, node: Node) -> bool:
        """Say whether a class expression may have a reached member."""
        if not isinstance(node, BNode):
            return node in self.terms
        g = self.knowledge
        return (
            any(v in self.terms for v in g.objects(node, OWL.hasValue))
            or any(self.satisfiable(c) for c in g.objects(node, OWL.someValuesFrom))
            or any(all(map(self.satisfiable, g.items(h)))
                   for h in g.objects(node, OWL.intersectionOf))
            or any(any(map(self.satisfiable, g.items(h)))
                   for p in (OWL.unionOf, OWL.oneOf) for h in g.objects(node, p))
        )  # fmt: skip

    def kept(self) -> Iterator[RdfTriple]:
        """Yield the axioms that may fire and the assertions about reached terms."""
        for s, p, o in self.knowledge:
            if p == RDFS.subClassOf:
                keep = self.satisfiable(s)
            elif p == OWL.disjointWith:
                keep = self.satisfiable(s) and self.satisfiable(o)
            elif p in _PROPERTY_AXIOMS:
                keep = True
            else:
                keep = p not in _STRUCTURE and s in self.terms
            if keep:
                yield s, p, o
                yield from self._described(s)
                yield from self._described(o)

    def _described(self, node: Node) -> Iterator[RdfTriple]:
        if isinstance(node, BNode):
            for p, o in self.knowledge.predicate_objects(node):
                if p in _STRUCTURE:
                    yield node, p, o
                    yield from self._described(o)
