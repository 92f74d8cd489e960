"""Describe for OpenAPI the operations that tell of terms and of why statements hold."""

from __future__ import annotations

from typing import Any

from api.describe import Operation, _query, operation, text

_TEXTS = {"type": "array", "items": {"type": "string"}}
_TURTLE, _JSON_LD = "text/turtle", "application/ld+json"
_UNKNOWN = {"description": "The knowledge holds no such thing."}


def _place(name: str, about: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": 500}
    return {"name": name, "in": "path", "required": True, "description": about, "schema": schema}


def _found(described: Operation) -> Operation:
    """Return an operation whose 404 is about the knowledge."""
    responses = described["responses"]
    return described | {"responses": responses | {"404": responses["404"] | _UNKNOWN}}


_PREFIX = _place("prefix", "A prefix of the knowledge.")

LOOK_UP_TERM = _found(operation(
    {
        "description": "Where the document about the term is, by what the client accepts.",
        "headers": {"Location": {"schema": {"type": "string"}},
                    "Vary": {"schema": {"const": "Accept"}}},
    },
    404, 406,
    status=303,
    parameters=(_PREFIX, _place("local", "What follows the namespace in the IRI of the term.")),
))  # fmt: skip

READ_TERM = _found(operation(
    {
        "description": "What is stated and inferred of the term, by whom or why.",
        "content": {
            "text/html": text("A page for people."),
            _TURTLE: text("The description, each statement with its files or its derivation."),
            _JSON_LD: {"schema": {"type": "array"}},
        },
    },
    404,
    parameters=(_PREFIX, _place("file", "The local name with .html, .ttl or .jsonld.")),
))  # fmt: skip

_DERIVATION = {
    "type": "object",
    "required": ["id", "status", "statement", "text", "knowledge"],
    "properties": {
        "id": {"type": "string", "description": "The name of its node in nec:graph-derivations."},
        "status": {"enum": ["asserted", "inferred"]},
        "statement": {**_TEXTS, "description": "Its terms in N-Triples."},
        "text": {"type": "string"},
        "rule": {"type": "string", "description": "The rule of OWL 2 RL, of what is inferred."},
        "premises": {
            "type": "array",
            "items": {"type": "object"},
            "description": "In the order of the rule, each like the whole.",
        },
        "files": {**_TEXTS, "description": "The files that state it, of what is asserted."},
        "sources": _TEXTS,
        "verification": {"type": "string"},
        "knowledge": {"type": "object"},
    },
}

READ_DERIVATION = _found(operation(
    {
        "description": "Why the statement holds.",
        "content": {
            "application/json": {"schema": _DERIVATION},
            "text/html": text("A page for people."),
            _TURTLE: text("The derivation as RDF with PROV-O."),
            _JSON_LD: {"schema": {"type": "array"}},
        },
    },
    404, 406,
    parameters=(
        _query("subject", "An IRI or a prefixed name.", required=True, maxLength=2000),
        _query("predicate", "An IRI or a prefixed name.", required=True, maxLength=2000),
        _query("object", "An IRI, a prefixed name, or a literal in N-Triples.", required=True,
               maxLength=2000),
    ),
))  # fmt: skip
