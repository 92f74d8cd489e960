"""Say what every engine of the comparison is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from benchmarks.clocks import Spent
from benchmarks.generated import G
from kg_engine.namespaces import OWL
from kg_engine.terms import Triple, ntriple

Said = tuple[str, str, str]


class Question(NamedTuple):
    """The facts of one case or of many, as triples and as a file."""

    facts: list[Triple]
    file: Path


class Found(NamedTuple):
    """What it took to close a case, and what holds of its individuals, blank nodes left out."""

    spent: Spent
    said: frozenset[Said]

    @property
    def governed(self) -> frozenset[Said]:
        """Return which requests are governed by which recommendations."""
        return frozenset(t for t in self.said if t[1] == G.governedBy)


def said_of_cases(triples: Iterable[tuple[object, object, object]]) -> frozenset[Said]:
    """Return what is said of individuals of cases: no blank node, no sameAs, no owl:Thing."""
    found = set()
    for s, p, o in triples:
        subject, predicate, value = str(s), str(p), str(o)
        idle = predicate == OWL.sameAs or not value.startswith(G.base)
        if not idle and subject.startswith(_OF_CASES):
            found.add((subject, predicate, value))
    return frozenset(found)


def write(triples: Iterable[Triple], path: Path) -> Path:
    """Write triples as N-Triples and return the path."""
    path.write_text("".join(f"{ntriple(t)}\n" for t in triples), encoding="utf-8")
    return path


_OF_CASES = G.base + "case-"
