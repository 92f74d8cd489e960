"""Hold a graph as sorted columns of numbers, so that opening it costs next to nothing.

Three orders are kept: by subject, by predicate, by object; each as an array of where the rows of
a term begin, and the two other columns, sorted. A look-up is a binary search within those rows.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import accumulate

from kg_engine.graphs import Graph
from kg_engine.term_table import TermTable
from kg_engine.terms import IRI, Term, Triple

Row = tuple[int, int, int]
_ORDERS = ((0, 1, 2), (1, 0, 2), (2, 1, 0))


class Columns:
    """Rows in one order: those of term n stand from ``starts[n]`` to ``starts[n + 1]``."""

    def __init__(self, starts: array[int], second: array[int], third: array[int]) -> None:
        self.starts, self.second, self.third = starts, second, third

    def span(self, first: int) -> tuple[int, int]:
        """Return where the rows of a term begin and end."""
        return self.starts[first], self.starts[first + 1]

    def thirds(self, first: int, second: int) -> array[int]:
        """Return the third column of the rows that begin with two terms."""
        start, end = self.span(first)
        low = bisect_left(self.second, second, start, end)
        return self.third[low : bisect_right(self.second, second, low, end)]


class PackedGraph(Graph):
    """A graph over a table of terms; look-ups return what ``Graph`` returns, in its order."""

    def __init__(self, terms: TermTable, columns: tuple[Columns, Columns, Columns]) -> None:
        self.terms = terms
        self._by_s, self._by_p, self._by_o = columns
        self._objects: dict[tuple[Term, IRI], tuple[Term, ...]] = {}

    @cached_property
    def triples(self) -> frozenset[Triple]:  # type: ignore[override]
        """Return every triple."""
        return frozenset(self)

    def __len__(self) -> int:
        return len(self._by_s.second)

    def __contains__(self, triple: object) -> bool:
        return isinstance(triple, Triple) and triple.o in self.objects(triple.s, triple.p)

    def __iter__(self) -> Iterator[Triple]:
        return (t for s in range(len(self.terms)) for t in self._outgoing(s))

    def objects(self, s: Term, p: IRI) -> tuple[Term, ...]:
        """Return every o of (s, p, o)."""
        found = self._objects.get((s, p))
        if found is None:
            found = self._objects[s, p] = self._ends(self._by_s, s, p)
        return found

    def subjects(self, p: IRI, o: Term) -> tuple[Term, ...]:
        """Return every s of (s, p, o)."""
        return self._ends(self._by_o, o, p)

    def outgoing(self, s: Term) -> tuple[Triple, ...]:
        """Return every triple whose subject is s."""
        number = self.terms.get(s)
        return () if number is None else tuple(self._outgoing(number))

    def incoming(self, o: Term) -> tuple[Triple, ...]:
        """Return every triple whose object is o, in the order of predicates, then subjects."""
        number = self.terms.get(o)
        if number is None:
            return ()
        start, end = self._by_o.span(number)
        predicates, subjects = self._by_o.second, self._by_o.third
        return tuple(
            Triple(self.terms[subjects[k]], IRI(str(self.terms[predicates[k]])), o)
            for k in range(start, end)
        )

    def about(self, p: IRI) -> tuple[Triple, ...]:
        """Return every triple whose predicate is p."""
        number = self.terms.get(p)
        if number is None:
            return ()
        start, end = self._by_p.span(number)
        subjects, objects = self._by_p.second, self._by_p.third
        return tuple(
            Triple(self.terms[subjects[k]], p, self.terms[objects[k]]) for k in range(start, end)
        )

    def triple(self, row: int) -> Triple:
        """Return the triple of a row, in the order by subject."""
        s = bisect_right(self._by_s.starts, row) - 1
        p, o = self.terms[self._by_s.second[row]], self.terms[self._by_s.third[row]]
        return Triple(self.terms[s], IRI(str(p)), o)

    def row(self, triple: Triple) -> int | None:
        """Return the row of a triple, in the order by subject; None where it is not in."""
        s, p, o = map(self.terms.get, triple)
        if s is None or p is None or o is None:
            return None
        start, end = self._by_s.span(s)
        low = bisect_left(self._by_s.second, p, start, end)
        high = bisect_right(self._by_s.second, p, low, end)
        found = bisect_left(self._by_s.third, o, low, high)
        return found if found < high and self._by_s.third[found] == o else None

    def _ends(self, columns: Columns, first: Term, second: Term) -> tuple[Term, ...]:
        one, two = self.terms.get(first), self.terms.get(second)
        if one is None or two is None:
            return ()
        return tuple(self.terms[n] for n in columns.thirds(one, two))

    def _outgoing(self, s: int) -> Iterator[Triple]:
        subject, (start, end) = self.terms[s], self._by_s.span(s)
        for k in range(start, end):
            p = self.terms[self._by_s.second[k]]
            yield Triple(subject, IRI(str(p)), self.terms[self._by_s.third[k]])


def rows_of(triples: Iterable[Triple], terms: TermTable) -> list[Row]:
    """Return triples in the numbers of a table, sorted."""
    number = terms.number
    return sorted((number(s), number(p), number(o)) for s, p, o in triples)


def pack(rows: Iterable[Row], count: int) -> bytes:
    """Return rows over ``count`` terms as bytes, for ``unpack``."""
    rows, written = list(rows), []
    for first, second, third in _ORDERS:
        ordered = sorted((row[first], row[second], row[third]) for row in rows)
        sizes = [0] * (count + 1)
        for row in ordered:
            sizes[row[0] + 1] += 1
        written += [accumulate(sizes), (r[1] for r in ordered), (r[2] for r in ordered)]
    return b"".join(to_bytes(column) for column in written)


def unpack(content: bytes, terms: TermTable) -> PackedGraph:
    """Return the graph of packed rows; the content is trusted to be what ``pack`` wrote."""
    numbers, starts = from_bytes(content), len(terms) + 1
    size = len(numbers) // 3
    rows = (size - starts) // 2
    columns = [
        Columns(part[:starts], part[starts : starts + rows], part[starts + rows :])
        for part in (numbers[place * size : (place + 1) * size] for place in range(3))
    ]
    return PackedGraph(terms, (columns[0], columns[1], columns[2]))


def to_bytes(numbers: Iterable[int]) -> bytes:
    """Return numbers as bytes, four each, the least significant first."""
    column = array("I", numbers)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()


def from_bytes(content: bytes) -> array[int]:
    """Return the numbers of some bytes."""
    column = array("I")
    column.frombytes(content)
    if sys.byteorder == "big":
        column.byteswap()
    return column
