"""Hold triples in immutable, indexed graphs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TypeVar

from kg_engine.namespaces import RDF
from kg_engine.terms import IRI, Literal, Term, Triple

K = TypeVar("K")


class Graph:
    """Index a fixed set of triples by subject and by object.

    Look-ups return tuples in one total order, so that nothing downstream depends on hashing.
    """

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.triples = frozenset(triples)

    def __len__(self) -> int:
        return len(self.triples)

    def __contains__(self, triple: Triple) -> bool:
        return triple in self.triples

    def __iter__(self) -> Iterator[Triple]:
        return iter(sorted(self.triples, key=order))

    def __or__(self, other: Graph) -> Graph:
        return Graph(self.triples | other.triples)

    @cached_property
    def _forward(self) -> dict[tuple[Term, IRI], tuple[Term, ...]]:
        return _index(((t.s, t.p), t.o) for t in self.triples)

    @cached_property
    def _backward(self) -> dict[tuple[IRI, Term], tuple[Term, ...]]:
        return _index(((t.p, t.o), t.s) for t in self.triples)

    @cached_property
    def _by_predicate(self) -> dict[IRI, tuple[Triple, ...]]:
        found: dict[IRI, list[Triple]] = {}
        for triple in self.triples:
            found.setdefault(triple.p, []).append(triple)
        return {p: tuple(sorted(ts, key=order)) for p, ts in found.items()}

    def objects(self, s: Term, p: IRI) -> tuple[Term, ...]:
        """Return every o of (s, p, o)."""
        return self._forward.get((s, p), ())

    def subjects(self, p: IRI, o: Term) -> tuple[Term, ...]:
        """Return every s of (s, p, o)."""
        return self._backward.get((p, o), ())

    @cached_property
    def _by_subject(self) -> dict[Term, tuple[Triple, ...]]:
        found: dict[Term, list[Triple]] = {}
        for triple in self.triples:
            found.setdefault(triple.s, []).append(triple)
        return {s: tuple(sorted(ts, key=order)) for s, ts in found.items()}

    @cached_property
    def _by_object(self) -> dict[Term, tuple[Triple, ...]]:
        found: dict[Term, list[Triple]] = {}
        for triple in self.triples:
            found.setdefault(triple.o, []).append(triple)
        return {o: tuple(sorted(ts, key=_backwards)) for o, ts in found.items()}

    def incoming(self, o: Term) -> tuple[Triple, ...]:
        """Return every triple whose object is o, in the order of predicates, then subjects."""
        return self._by_object.get(o, ())

    def outgoing(self, s: Term) -> tuple[Triple, ...]:
        """Return every triple whose subject is s."""
        return self._by_subject.get(s, ())

    def about(self, p: IRI) -> tuple[Triple, ...]:
        """Return every triple whose predicate is p."""
        return self._by_predicate.get(p, ())

    def value(self, s: Term, p: IRI) -> Term | None:
        """Return the first object of (s, p, ·), or None."""
        found = self.objects(s, p)
        return found[0] if found else None

    def text(self, s: Term, p: IRI) -> str:
        """Return the lexical form or IRI of the first object, or the empty string."""
        found = self.value(s, p)
        if found is None:
            return ""
        return found.lexical if isinstance(found, Literal) else str(found)

    def items(self, head: Term) -> tuple[Term, ...]:
        """Return the members of an RDF collection; an ill-formed tail ends it."""
        found: list[Term] = []
        seen: set[Term] = set()
        while head != RDF.nil and head not in seen:
            seen.add(head)
            found.extend(self.objects(head, RDF.first)[:1])
            rest = self.value(head, RDF.rest)
            if rest is None:
                break
            head = rest
        return tuple(found)


def order(value: Term | Triple) -> tuple[object, ...]:
    """Return a sort key: a total order on terms, and on triples by position."""
    if isinstance(value, Triple):
        return (order(value.s), value.p, order(value.o))
    if isinstance(value, Literal):
        return (1, value.lexical, value.datatype, value.language)
    return (0, str(value), "", "")


def _backwards(triple: Triple) -> tuple[object, ...]:
    return (triple.p, order(triple.s))


def _index(pairs: Iterable[tuple[K, Term]]) -> dict[K, tuple[Term, ...]]:
    found: dict[K, list[Term]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(sorted(values, key=order)) for key, values in found.items()}
