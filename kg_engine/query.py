"""Answer SPARQL over all that the knowledge says: asserted, inferred, and file by file.

The default graph is the union of what is asserted and what is inferred; each part, every file,
edition and derivation has a named graph. Queries read and never write, and nothing leaves the
process: ``SERVICE`` is refused before the query is parsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from kg_engine.dataset import build_dataset, open_store
from kg_engine.errors import Fault, InputRefused
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC, OWL, RDFS, SKOS
from kg_engine.query_gate import admit
from kg_engine.query_results import told_syntax
from kg_engine.turtle_format import read_prefixes

FORMATS = ("table", "json", "csv")


@dataclass(frozen=True)
class QueryRoom:
    """Knowledge in a store of named graphs, with the prefixes that queries may leave out."""

    store: ox.Store
    prefixes: dict[str, str]


@dataclass(frozen=True)
class QueryAnswer:
    """What a query found: ``json`` and ``csv`` by the W3C formats, ``table`` for people."""

    text: str


def open_query_room(knowledge: Knowledge) -> QueryRoom:
    """Load asserted and inferred knowledge into a store."""
    return QueryRoom(open_store(build_dataset(knowledge)), query_prefixes(knowledge))


def run_query(room: QueryRoom, text: str, *, format: str = "table") -> QueryAnswer:
    """Answer a SELECT, ASK, CONSTRUCT or DESCRIBE query.

    Raises InputRefused for a syntax error, and for what the gate refuses.
    """
    admit(text)
    try:
        found = room.store.query(text, prefixes=room.prefixes)
        return QueryAnswer(_written(found, format, room.prefixes))
    except SyntaxError as error:
        remedy = "Send one SPARQL 1.1 query; prefixes of the ontology are known."
        raise InputRefused(
            [Fault("query", f"not a SPARQL query: {told_syntax(error)}.", remedy)]
        ) from error
    except (OSError, ValueError, RuntimeError) as error:
        raise InputRefused([Fault("query", f"cannot be answered: {error}.", "Mend it.")]) from error


def _written(
    found: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples,
    format: str,
    prefixes: dict[str, str],
) -> str:
    if isinstance(found, ox.QueryTriples):
        return _graph_written(found, format, prefixes)
    if format != "table":
        kinds = {"json": ox.QueryResultsFormat.JSON, "csv": ox.QueryResultsFormat.CSV}
        if isinstance(found, ox.QueryBoolean) and format == "csv":
            return f"{str(bool(found)).lower()}\n"
        return (found.serialize(format=kinds[format]) or b"").decode().rstrip("\n") + "\n"
    if isinstance(found, ox.QueryBoolean):
        return "yes\n" if found else "no\n"
    return "\n".join(_table(found, prefixes)) + "\n"


def _graph_written(found: ox.QueryTriples, format: str, prefixes: dict[str, str]) -> str:
    if format == "csv":
        raise ValueError("a graph has no CSV form; use table for Turtle or json for JSON-LD")
    kind = ox.RdfFormat.JSON_LD if format == "json" else ox.RdfFormat.TURTLE
    triples = sorted(found, key=str)
    used = {k: v for k, v in prefixes.items() if any(v in str(t) for t in triples)}
    return (ox.serialize(triples, format=kind, prefixes=used) or b"").decode().rstrip("\n") + "\n"


def _table(found: ox.QuerySolutions, prefixes: dict[str, str]) -> Iterator[str]:
    names = [v.value for v in found.variables]
    rows = [[_cell(row[name], prefixes) for name in names] for row in found]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    for row in (names, ["-" * width for width in widths], *rows):
        yield "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
    yield f"({len(rows)} row{'' if len(rows) == 1 else 's'})"


def _cell(term: object, prefixes: dict[str, str]) -> str:
    if isinstance(term, ox.NamedNode):
        fitting = [(len(v), k) for k, v in prefixes.items() if term.value.startswith(v)]
        if fitting:
            length, prefix = max(fitting)
            return f"{prefix}:{term.value[length:]}"
        return f"<{term.value}>"
    if isinstance(term, ox.Literal):
        return " ".join(term.value.split())
    return "" if term is None else str(term)


def query_prefixes(knowledge: Knowledge) -> dict[str, str]:
    """Return the prefixes that a query may leave out, prefix to namespace."""
    usual = {"rdfs": RDFS.base, "owl": OWL.base, "skos": SKOS.base, "nec": NEC.base}
    return usual | read_prefixes(knowledge.everything.triples)
