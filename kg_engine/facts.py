"""Index triples while a closure grows, over an immutable base that is already closed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kg_engine.graphs import Graph, order
from kg_engine.namespaces import OWL, RDF
from kg_engine.terms import IRI, Term, Triple

LIST_PREDICATES = (
    OWL.intersectionOf,
    OWL.unionOf,
    OWL.oneOf,
    OWL.propertyChainAxiom,
    OWL.hasKey,
    OWL.members,
    OWL.distinctMembers,
)


class ListAxiom(NamedTuple):
    """A triple whose object is a list, with the members read from it."""

    axiom: Triple
    members: tuple[Term, ...]


class Facts:
    """Look up triples by subject or object; own triples come after those of the base."""

    def __init__(self, base: Facts | None = None) -> None:
        self.base = base
        self._forward: dict[tuple[Term, IRI], list[Term]] = {}
        self._backward: dict[tuple[IRI, Term], list[Term]] = {}
        self._subjects: dict[Term, list[Triple]] = {}
        self._objects: dict[Term, list[Triple]] = {}
        self._predicates: dict[IRI, list[Triple]] = {}
        self.own: set[Triple] = set()
        self._lists: dict[IRI, dict[Term, tuple[ListAxiom, ...]]] = base._lists if base else {}

    def __contains__(self, triple: Triple) -> bool:
        return triple in self.own or (self.base is not None and triple in self.base)

    def insert(self, triple: Triple) -> bool:
        """Add a triple to the indexes; return whether it was new."""
        if triple in self:
            return False
        s, p, o = triple
        self.own.add(triple)
        self._forward.setdefault((s, p), []).append(o)
        self._backward.setdefault((p, o), []).append(s)
        self._subjects.setdefault(s, []).append(triple)
        self._objects.setdefault(o, []).append(triple)
        self._predicates.setdefault(p, []).append(triple)
        return True

    def objects(self, s: Term, p: IRI) -> list[Term]:
        """Return every o of (s, p, o)."""
        own = self._forward.get((s, p), [])
        return self.base.objects(s, p) + own if self.base else list(own)

    def subjects(self, p: IRI, o: Term) -> list[Term]:
        """Return every s of (s, p, o)."""
        own = self._backward.get((p, o), [])
        return self.base.subjects(p, o) + own if self.base else list(own)

    def with_subject(self, s: Term) -> list[Triple]:
        """Return every triple about s."""
        own = self._subjects.get(s, [])
        return self.base.with_subject(s) + own if self.base else list(own)

    def with_object(self, o: Term) -> list[Triple]:
        """Return every triple whose object is o."""
        own = self._objects.get(o, [])
        return self.base.with_object(o) + own if self.base else list(own)

    def with_predicate(self, p: IRI) -> list[Triple]:
        """Return every triple whose predicate is p."""
        own = self._predicates.get(p, [])
        return self.base.with_predicate(p) + own if self.base else list(own)

    def value(self, s: Term, p: IRI) -> Term | None:
        """Return the first o of (s, p, o), or None."""
        found = self.objects(s, p)
        return found[0] if found else None

    def lists_with(self, p: IRI, member: Term) -> tuple[ListAxiom, ...]:
        """Return the list axioms under p that have a member; lists stand in the base alone."""
        return self._lists.get(p, {}).get(member, ())

    def index_lists(self) -> None:
        """Read every list axiom once; call it when all asserted axioms are in."""
        graph = Graph(self.own)
        for p in LIST_PREDICATES:
            found: dict[Term, list[ListAxiom]] = {}
            for triple in graph.about(p):
                axiom = ListAxiom(triple, graph.items(triple.o))
                for member in dict.fromkeys(axiom.members):
                    found.setdefault(member, []).append(axiom)
            self._lists[p] = {m: tuple(sorted(axs, key=_axiom_order)) for m, axs in found.items()}

    def list_axioms(self, p: IRI) -> Iterator[ListAxiom]:
        """Yield every list axiom under p, each once."""
        yield from dict.fromkeys(a for axioms in self._lists.get(p, {}).values() for a in axioms)

    def members(self, head: Term) -> Iterable[Term]:
        """Return the members of the list at head."""
        found, seen = [], set()
        while head != RDF.nil and head not in seen:
            seen.add(head)
            found += self.objects(head, RDF.first)[:1]
            head = self.value(head, RDF.rest) or RDF.nil
        return found


def _axiom_order(axiom: ListAxiom) -> tuple[object, ...]:
    return order(axiom.axiom)
