"""Decide simple entailment: a graph is entailed where its blank nodes can be filled in.

Source: RDF 1.1 Semantics, section 5.2 (interpolation lemma).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kg_engine.terms import BNode, Term, Triple

Pattern = tuple[Term | None, Term | None, Term | None]


class Index:
    """Look up the triples of a closure by any of their positions."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._found: dict[Pattern, list[Triple]] = {}
        for s, p, o in triples:
            for key in _keys(s, p, o):
                self._found.setdefault(key, []).append(Triple(s, p, o))

    def matching(self, pattern: Pattern) -> list[Triple]:
        """Return the triples that agree with a pattern, in which None stands for any term."""
        return self._found.get(pattern, [])


def entails(closure: Iterable[Triple], conclusion: Iterable[Triple]) -> bool:
    """Say whether some reading of the conclusion's blank nodes lies within the closure."""
    return _fits(Index(closure), frozenset(conclusion), {})


def _fits(index: Index, open_: frozenset[Triple], known: Mapping[Term, Term]) -> bool:
    if not open_:
        return True
    options = {t: index.matching(_pattern(t, known)) for t in open_}
    triple = min(open_, key=lambda t: len(options[t]))
    return any(
        _fits(index, open_ - {triple}, bound)
        for found in options[triple]
        if (bound := _bind(triple, found, known)) is not None
    )


def _pattern(triple: Triple, known: Mapping[Term, Term]) -> Pattern:
    s, o = (known.get(t) if isinstance(t, BNode) else t for t in (triple.s, triple.o))
    return s, triple.p, o


def _bind(triple: Triple, found: Triple, known: Mapping[Term, Term]) -> Mapping[Term, Term] | None:
    bound = dict(known)
    for asked, given in ((triple.s, found.s), (triple.o, found.o)):
        if isinstance(asked, BNode) and bound.setdefault(asked, given) != given:
            return None
    return bound


def _keys(s: Term, p: Term, o: Term) -> tuple[Pattern, ...]:
    return (s, p, o), (s, p, None), (None, p, o), (None, p, None)
