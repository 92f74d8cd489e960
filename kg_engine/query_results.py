"""Answer a query from a store into a sink, in a form of the W3C, and no further than its bounds.

Sources: SPARQL 1.1 Query Results JSON, XML, CSV and TSV Formats; RDF 1.1 Turtle and its kin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, TypeAlias, cast

import pyoxigraph as ox

from kg_engine.row_counts import ROW_COUNTS, row_guard
from kg_engine.store_terms import to_store
from kg_engine.terms import Term

SOLUTIONS: Mapping[str, ox.QueryResultsFormat] = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
"""Forms of what SELECT and ASK find, by media type, the most usual first."""

GRAPHS: Mapping[str, ox.RdfFormat] = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/trig": ox.RdfFormat.TRIG,
}
"""Forms of what CONSTRUCT and DESCRIBE find, by media type, the most usual first."""

_CHARACTERS = re.compile(r"(?:, )?\[['_][^\[\]]*\]")
_NOT_SYNTAX = re.compile(r"expected (?:one of )?(?=Prefix not found|The SELECT)")
Sink = Callable[[bytes], None]
_Named: TypeAlias = ox.NamedNode | ox.BlankNode
_Graph: TypeAlias = _Named | ox.DefaultGraph
_Value: TypeAlias = _Named | ox.Literal | ox.Triple


class QueryFailed(Exception):
    """Carry why a query has no answer, and where it is known, what mends it.

    Why is ``gate``, ``syntax``, ``evaluation``, ``form``, ``rows`` or ``bytes``.
    """

    def __init__(self, why: str, about: str = "", remedy: str = "") -> None:
        super().__init__(why)
        self.why, self.about, self.remedy = why, about, remedy


@dataclass(frozen=True, slots=True)
class Bounds:
    """Say how many rows (or triples) and how many bytes an answer may have."""

    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class Question:
    """Hold a query with its dataset, the values of some variables, and the forms of an answer.

    ``default_graphs`` and ``named_graphs`` are those of the protocol; both None leave the dataset
    to the query. A variable that is bound must be one that the query selects. ``solutions`` and ``graph`` are media types, empty where none is accepted.
    """

    text: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    bindings: Mapping[str, Term] = field(default_factory=dict)
    solutions: str = next(iter(SOLUTIONS))
    graph: str = next(iter(GRAPHS))


def answer(
    store: ox.Store,
    question: Question,
    begin: Callable[[str], None],
    sink: Sink,
    *,
    bounds: Bounds,
    prefixes: Mapping[str, str],
    base: str | None = None,
) -> None:
    """Tell ``begin`` the media type of an answer, and give ``sink`` its bytes piece by piece.

    ``prefixes`` are those that the query may leave out, ``base`` is what relative IRIs begin with.

    Raises QueryFailed; where that is for rows or bytes, part of the answer is given already.
    """
    try:
        found = _asked(store, question, prefixes, base)
        form = question.graph if isinstance(found, ox.QueryTriples) else question.solutions
        if not form:
            kind = "graph" if isinstance(found, ox.QueryTriples) else "solutions"
            raise QueryFailed("form", kind)
        begin(form)
        _write(found, form, sink, bounds, prefixes)
    except SyntaxError as error:
        raise QueryFailed("syntax", told_syntax(error)) from None
    except (OSError, ValueError, RuntimeError, OverflowError) as error:
        raise QueryFailed("evaluation", str(error)) from None


def told_syntax(error: SyntaxError) -> str:
    """Return where a query breaks and what could stand there, without the classes of characters."""
    text = _CHARACTERS.sub("", str(error))
    text = _NOT_SYNTAX.sub("", text).replace("one of , ", "one of ")
    return text.replace("Prefix not found", "the name before it has a prefix that is not declared")


def _write(
    found: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples,
    form: str,
    sink: Sink,
    bounds: Bounds,
    prefixes: Mapping[str, str],
) -> None:
    guarded = _writer(sink, bounds, row_guard(form, bounds.rows)) if form in ROW_COUNTS else None
    plain = _writer(sink, bounds, None)
    if isinstance(found, ox.QueryBoolean):
        found.serialize(plain, SOLUTIONS[form])
    elif isinstance(found, ox.QuerySolutions):
        found.serialize(guarded, SOLUTIONS[form])
    elif guarded is not None:
        found.serialize(guarded, GRAPHS[form])
    else:
        ox.serialize(_bounded(found, bounds.rows), plain, GRAPHS[form], prefixes=dict(prefixes))


def _asked(
    store: ox.Store, question: Question, prefixes: Mapping[str, str], base: str | None
) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    default: list[_Graph] | None = None
    named: list[_Named] | None = None
    if question.default_graphs is not None or question.named_graphs is not None:
        default = [ox.NamedNode(graph) for graph in question.default_graphs or ()]
        named = [ox.NamedNode(graph) for graph in question.named_graphs or ()]
    bound: dict[ox.Variable, _Value] = {
        ox.Variable(name): to_store(term) for name, term in question.bindings.items()
    }
    return store.query(
        question.text,
        base_iri=base,
        prefixes=_named(prefixes, question.text),
        substitutions=bound,
        default_graph=default,
        named_graphs=named,
    )


def _named(prefixes: Mapping[str, str], text: str) -> dict[str, str]:
    """Return the prefixes that a query may name: to read all takes longer than a short query."""
    if "\\" in text:  # an escape may spell a prefix
        return dict(prefixes)
    return {name: iri for name, iri in prefixes.items() if f"{name}:" in text}


def _bounded(triples: Iterable[ox.Triple], most: int) -> Iterator[ox.Triple]:
    for number, triple in enumerate(triples):
        if number == most:
            raise QueryFailed("rows")
        yield triple


def _writer(sink: Sink, bounds: Bounds, guard: Callable[[bytes], bool] | None = None) -> IO[bytes]:
    return cast("IO[bytes]", _Writer(sink, bounds, guard))  # the engine asks for ``write`` alone


class _Writer:
    """Pass bytes on to a sink, counted."""

    def __init__(self, sink: Sink, bounds: Bounds, guard: Callable[[bytes], bool] | None) -> None:
        self._sink, self._bounds, self._guard = sink, bounds, guard
        self._size = 0

    def write(self, piece: bytes) -> int:
        """Take a piece of the answer. Raises QueryFailed past a bound."""
        self._size += len(piece)
        if self._size > self._bounds.size:
            raise QueryFailed("bytes")
        if self._guard is not None and self._guard(piece):
            raise QueryFailed("rows")
        self._sink(piece)
        return len(piece)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""
