"""Describe the operations of the SPARQL endpoint for OpenAPI, beside the code that does them."""

from __future__ import annotations

from typing import Any

from api.describe import body_of, operation, text
from api.sparql_forms import GRAPH_FORMS, SOLUTION_FORMS
from api.sparql_request import DIRECT, FORM

_EXAMPLE = "SELECT ?policy ?name { ?policy a nec:Policy ; rdfs:label ?name }"
_OBJECTS = {"application/sparql-results+json", "application/json"}


def _written(form: str) -> dict[str, Any]:
    """Return a form of an answer; to OpenAPI, what is JSON is no text."""
    if form in _OBJECTS:
        return {"schema": {"description": "In this form of the W3C."}}
    if form == "application/ld+json":
        return {"schema": {"type": "array"}}
    return text("In this form of the W3C.")


_ANSWER = {
    "description": "What the query found, in the accepted form; a description of the service "
    "where no query was sent.",
    "headers": {"ETag": {"schema": {"type": "string"}}},
    "content": {form: _written(form) for form in (*SOLUTION_FORMS, *GRAPH_FORMS)},
}
STATISTICS = operation(
    {
        "description": "Graphs, classes and properties, counted, in VoID.",
        "content": {form: _written(form) for form in GRAPH_FORMS},
    },
    406,
)
_AGAIN = {"304": {"description": "The answer that the client has still holds."}}


def _graphs(name: str, about: str) -> dict[str, Any]:
    schema = {"type": "array", "maxItems": 50, "items": {"type": "string", "format": "uri"}}
    return {
        "name": name, "in": "query", "required": False, "description": about,
        "style": "form", "explode": True, "schema": schema,
    }  # fmt: skip


_DATASET = (
    _graphs("default-graph-uri", "A graph of the default graph; several may be given."),
    _graphs("named-graph-uri", "A named graph; several may be given."),
)
_QUERY = {
    "name": "query", "in": "query", "required": False, "description": "A query that reads.",
    "schema": {"type": "string", "maxLength": 8000}, "example": _EXAMPLE,
}  # fmt: skip

_got = operation(_ANSWER, 406, 422, parameters=(_QUERY, *_DATASET))
GET_QUERY = _got | {"responses": _got["responses"] | _AGAIN}

_posted = operation(
    _ANSWER, 406, 415, 422,
    parameters=_DATASET,
    body=body_of(
        "A query that reads, by itself or as a form.",
        {
            DIRECT: text("A SPARQL 1.1 query.") | {"example": _EXAMPLE},
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["query"],
                    "properties": {"query": {"type": "string"}},
                }
            },
        },
    ),
)  # fmt: skip
POST_QUERY = _posted | {"responses": _posted["responses"] | _AGAIN}
