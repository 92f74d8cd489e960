"""Name the forms in which answers of queries are given, by all the media types that ask for them."""

from __future__ import annotations

from collections.abc import Mapping

from kg_engine.query_results import GRAPHS, SOLUTIONS

SOLUTION_FORMS: Mapping[str, str] = {form: form for form in SOLUTIONS} | {
    "application/json": "application/sparql-results+json",
    "application/xml": "application/sparql-results+xml",
    "text/xml": "application/sparql-results+xml",
}
GRAPH_FORMS: Mapping[str, str] = {form: form for form in GRAPHS} | {
    "application/json": "application/ld+json",
    "text/plain": "application/n-triples",
}
