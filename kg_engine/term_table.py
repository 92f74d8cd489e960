"""Number terms in one total order, and read each only when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from kg_engine.graphs import order
from kg_engine.terms import IRI, BNode, Literal, Term

_PARTS = "\x00"
_BETWEEN = "\x01"


class TermTable:
    """Map terms to their numbers and back; immutable, terms are decoded once."""

    def __init__(self, written: list[str]) -> None:
        self._written = written
        self._terms: list[Term | None] = [None] * len(written)
        self._numbers: dict[Term, int] = {}

    @classmethod
    def of(cls, terms: Iterable[Term]) -> TermTable:
        """Return the table of some terms, in their order."""
        return cls([_write(term) for term in sorted(set(terms), key=order)])

    @classmethod
    def read(cls, content: bytes) -> TermTable:
        """Return a table from its bytes."""
        return cls(content.decode("utf-8", "surrogatepass").split(_BETWEEN) if content else [])

    def to_bytes(self) -> bytes:
        """Return the table as bytes, for ``read``."""
        return _BETWEEN.join(self._written).encode("utf-8", "surrogatepass")

    def __len__(self) -> int:
        return len(self._written)

    def __getitem__(self, number: int) -> Term:
        found = self._terms[number]
        if found is None:
            found = self._terms[number] = _read(self._written[number])
        return found

    def __iter__(self) -> Iterator[Term]:
        return (self[number] for number in range(len(self)))

    def get(self, term: Term) -> int | None:
        """Return the number of a term, or None."""
        found = self._numbers.get(term)
        if found is None:
            found = self._places.get(_write(term))
            if found is not None:
                self._numbers[term] = found
        return found

    def number(self, term: Term) -> int:
        """Return the number of a term of the table. Raises KeyError."""
        found = self.get(term)
        if found is None:
            raise KeyError(term)
        return found

    @cached_property
    def _places(self) -> dict[str, int]:
        return {written: number for number, written in enumerate(self._written)}

    @cached_property
    def literals(self) -> frozenset[int]:
        """Return the numbers of the literals."""
        return frozenset(n for n, written in enumerate(self._written) if written[0] == "l")


def _write(term: Term) -> str:
    if isinstance(term, Literal):
        return "l" + _PARTS.join(term)
    return ("b" if isinstance(term, BNode) else "i") + term


def _read(written: str) -> Term:
    if written[0] == "l":
        return Literal(*written[1:].rsplit(_PARTS, 2))
    return (BNode if written[0] == "b" else IRI)(written[1:])
