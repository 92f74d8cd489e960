"""Show the endpoint and what a query found as a page for people, with links to each term."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyoxigraph as ox
from fastapi import Response

from api.pages import page, render
from api.places import term_place
from kg_engine.knowledge import Knowledge
from kg_engine.prefixed import Prefixes
from kg_engine.query_results import GRAPHS
from kg_engine.term_view import known_prefixes
from kg_engine.terms import IRI

HTML = "text/html"
STYLE = "knowledge.css"
MOST_ROWS = 1_000
EXAMPLES = """PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT ?comment ?query {
  ?example a sh:SPARQLExecutable ; rdfs:comment ?comment ; sh:select|sh:ask|sh:construct ?query
} ORDER BY ?comment"""
_SD = "http://www.w3.org/ns/sparql-service-description#"
_GRAPHS = f"""PREFIX sd: <{_SD}> PREFIX void: <http://rdfs.org/ns/void#>
SELECT ?name ?size {{ ?g sd:name ?name ; sd:graph/void:triples ?size }} ORDER BY ?name"""
_FIRST = "SELECT * {\n  ?policy a nec:Policy ; rdfs:label ?name\n}"


@dataclass(frozen=True, slots=True)
class Found:
    """Hold what a query found, as a page shows it: rows of columns, or a text."""

    title: str
    columns: Sequence[str] = ()
    rows: Sequence[Mapping[str, Any]] = ()
    text: str = ""


def endpoint_page(
    knowledge: Knowledge, endpoint: str, description: str, examples: bytes
) -> Response:
    """Return the page of an endpoint, by its description and the result of ``EXAMPLES``."""
    listed = [
        {name: term["value"] for name, term in row.items()}
        for row in json.loads(examples)["results"]["bindings"]
    ]
    return _page(knowledge, endpoint, _FIRST, None, listed, _graphs(description))


def found_page(
    knowledge: Knowledge, endpoint: str, query: str, form: str, text: bytes, *, whole: bool
) -> Response:
    """Return the page of what a query found, in JSON or as a graph in Turtle."""
    if not whole:
        found = Found("The answer is too long for a page: ask for less, or in another form")
    elif form in GRAPHS:
        found = Found("A graph", text=text.decode())
    else:
        found = _found(json.loads(text))
    return _page(knowledge, endpoint, query, found, (), ())


def _found(told: Mapping[str, Any]) -> Found:
    if "boolean" in told:
        return Found("Yes" if told["boolean"] else "No")
    rows = told["results"]["bindings"]
    more = f", of which these are the first {MOST_ROWS}" if len(rows) > MOST_ROWS else ""
    title = f"{len(rows)} row{'' if len(rows) == 1 else 's'}{more}"
    return Found(title, told["head"]["vars"], rows[:MOST_ROWS])


def _graphs(description: str) -> list[tuple[str, str]]:
    store = ox.Store()
    store.load(description.encode(), format=ox.RdfFormat.N_TRIPLES)
    rows: Any = store.query(_GRAPHS)
    return [(row["name"].value, row["size"].value) for row in rows]


def _page(
    knowledge: Knowledge,
    endpoint: str,
    query: str,
    found: Found | None,
    examples: Sequence[Mapping[str, str]],
    graphs: Sequence[tuple[str, str]],
) -> Response:
    prefixes = known_prefixes(knowledge)
    text = render(
        "sparql.html", STYLE, endpoint=endpoint, query=query, found=found, examples=examples,
        graphs=graphs, place=lambda iri: term_place(IRI(iri), prefixes),
        short=partial(_short, prefixes),
    )  # fmt: skip
    return page(text, STYLE, forms=True)


def _short(prefixes: Prefixes, iri: str) -> str:
    found = prefixes.split(IRI(iri))
    return ":".join(found) if found else iri
