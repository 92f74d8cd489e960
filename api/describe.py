"""Describe each operation for OpenAPI, beside the code that does it.

Source: OpenAPI Specification 3.1, sections 4.8.10 to 4.8.17.
"""

from __future__ import annotations

from typing import Any

Operation = dict[str, Any]
PROBLEM = "application/problem+json"
_JSON = "application/json"
_STATUSES = {
    400: "The request cannot be read, or holds what is not read here.",
    401: "A key is needed.",
    403: "The key may not do this.",
    404: "There is no such determination, for this tenant.",
    406: "No accepted form can be given; the problem lists those that can.",
    408: "The body came too slowly.",
    409: "The idempotency key was used for another request, or the knowledge is not kept.",
    413: "The body, or the batch, is too large.",
    415: "The media type, or a content coding, is not read.",
    422: "The request was read, and is not of its form.",
    421: "The service does not go by this name.",
    429: "Too many requests of this key.",
    500: "The service failed; nothing was decided.",
    503: "A part of the service is out of order or busy; nothing was done.",
}
_ALWAYS = (400, 408, 413, 421, 500, 503)
_KEYED = (401, 403, 429)
_IDEMPOTENCY = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "description": "The same key with the same request gives the same answer again.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}  # fmt: skip
_HEADERS = {
    "Determination-Id": "Id of the determination; not part of the digested bytes.",
    "Location": "Where the determination is kept.",
    "Content-Location": "Where the determination is kept.",
    "Idempotency-Replayed": "true where the answer was given before, under the same key.",
}


def operation(
    success: dict[str, Any],
    *also: int,
    status: int = 200,
    parameters: tuple[dict[str, Any], ...] = (),
    body: dict[str, Any] | None = None,
    keyed: bool = True,
) -> Operation:
    """Return an operation: its answer, and a problem for each status that it may have.

    One that is not ``keyed`` is answered to whoever asks.
    """
    codes = sorted({*_ALWAYS, *also, *(_KEYED if keyed else ())})
    found: Operation = {
        "parameters": list(parameters),
        "responses": {str(status): success} | {str(code): _problem(code) for code in codes},
    }
    return found | ({"requestBody": body} if body else {})


def _problem(code: int) -> dict[str, Any]:
    return {"description": _STATUSES[code], "content": {PROBLEM: {"schema": ref("Problem")}}}


def ref(schema: str) -> dict[str, str]:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{schema}"}


def _answer(
    about: str, schema: dict[str, Any], headers: tuple[str, ...] = (), **media: object
) -> dict[str, Any]:
    described = {h: {"description": _HEADERS[h], "schema": {"type": "string"}} for h in headers}
    found = {"description": about, "content": {_JSON: {"schema": schema, **media}}}
    return found | ({"headers": described} if described else {})


def query(name: str, about: str, *, required: bool = False, **schema: object) -> dict[str, Any]:
    """Return a parameter of the query of a request: text, of 200 characters at most."""
    shape = {"type": "string", "maxLength": 200, **schema}
    return {"name": name, "in": "query", "required": required, "description": about,
            "schema": shape}  # fmt: skip


def _flag(name: str, about: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": about,
            "schema": {"type": "boolean", "default": False}}  # fmt: skip


def body_of(about: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return the body that a request must have, in one of some forms."""
    return {"description": about, "required": True, "content": content}


def text(about: str) -> dict[str, Any]:
    """Return a form that is text."""
    return {"schema": {"type": "string", "description": about}}


_ID = {
    "name": "id", "in": "path", "required": True, "description": "Id of a determination.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[A-Za-z0-9]+$"},
}  # fmt: skip
_KEPT = ("Determination-Id", "Location", "Content-Location", "Idempotency-Replayed")

DETERMINE = operation(
    _answer(
        "The determination, whatever its outcome; a list of them for all policies.",
        {"oneOf": [ref("Determination"), {"type": "array", "items": ref("Determination")}]},
        _KEPT,
        examples={},
    ),
    409, 415, 422,
    parameters=(_flag("all_policies", "One determination under each policy."), _IDEMPOTENCY),
    body=body_of(
        "A case: a record of one operation.",
        {
            _JSON: {"schema": ref("Case"), "examples": {}},
            "application/ld+json": {"schema": {"type": "object"}},
            "text/turtle": text("The record as RDF, in Turtle."),
            "application/n-triples": text("The record as RDF, in N-Triples."),
        },
    ),
)  # fmt: skip

DETERMINE_BATCH = operation(
    _answer(
        "An answer for each case in order: a determination, in short, or a problem.",
        ref("BatchAnswer"),
        ("Idempotency-Replayed",),
    ),
    409, 415,
    parameters=(_flag("full", "Whole determinations instead of short ones."), _IDEMPOTENCY),
    body=body_of(
        "Up to 1,000 cases.",
        {
            _JSON: {"schema": {"type": "array", "maxItems": 1000, "items": ref("Case")}},
            "application/x-ndjson": text("One case in JSON a line."),
        },
    ),
)  # fmt: skip

READ_DETERMINATION = operation(
    {
        "description": "The determination in the accepted form.",
        "headers": {"Determination-Id": {"schema": {"type": "string"}}},
        "content": {
            _JSON: {"schema": ref("Determination")},
            "text/html": text("A page for a reviewer."),
            "text/turtle": text("The proof as RDF with PROV-O."),
            "application/ld+json": {"schema": {"type": "array"}},
            "application/vnd.ionm.proof+json": {"schema": ref("ProofAlone")},
        },
    },
    404, 406,
    parameters=(_ID,),
)  # fmt: skip

VERIFY = operation(
    _answer("What the independent checker says of the proof.", ref("Verdict")),
    404, 409,
    parameters=(_ID,),
)  # fmt: skip

REPLAY = operation(
    _answer("Whether the same case is answered by the same bytes now.", ref("Replay")),
    404,
    parameters=(_ID,),
)

REVIEW = operation(
    _answer("The review as it is recorded.", ref("Review"), ("Location", "Idempotency-Replayed")),
    404, 409, 415, 422,
    status=201,
    parameters=(_ID, _IDEMPOTENCY),
    body=body_of("What a licensed reviewer decides.", {_JSON: {"schema": ref("ReviewSent")}}),
)  # fmt: skip

LIST_REVIEWS = operation(
    _answer("The reviews, and what is final.", ref("Reviews")), 404, parameters=(_ID,)
)

POLICIES = operation(
    _answer("The policies, and what of each is in force.", ref("Policies")),
    parameters=(query("as_of", "A day; without it the latest edition.", format="date"),),
)

REQUIREMENTS = operation(
    _answer("What the record must hold, and who speaks on it.", ref("Requirements")),
    parameters=(
        query("procedure", "An operation, by code or in words.", required=True),
        query("service", "A service, by code."),
        query("policy", "Id of a policy; without it the default one."),
        query("date", "The date of service.", format="date"),
    ),
)

TERMS = operation(
    _answer("The terms found, the surest match first.", ref("Terms")),
    parameters=(
        query("q", "Words, a synonym, a code or an id.", required=True),
        query("kind", "Only terms of this kind."),
        {"name": "limit", "in": "query", "required": False, "description": "How many are listed.",
         "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}},
    ),
)  # fmt: skip

WHAT_IF = operation(
    _answer("Both answers in short, the difference, and why.", ref("WhatIfAnswer")),
    415, 422,
    body=body_of("A case and what changes.", {_JSON: {"schema": ref("WhatIf")}}),
)  # fmt: skip

DESCRIBE = operation(_answer("The document, in OpenAPI 3.1.", {"type": "object"}), keyed=False)

DOCUMENTATION = operation(
    {"description": "A page for people.", "content": {"text/html": text("A page.")}}, keyed=False
)

LIVE = operation(
    {"description": "The process answers.", "content": {"text/plain": text("ok")}}, keyed=False
)

_READY = {
    "type": "object",
    "required": ["ready"],
    "properties": {
        "ready": {"type": "boolean"},
        "knowledge": {"type": "string", "description": "The digest of what is served."},
        "queries": {"type": "string", "description": "The state of the processes for queries."},
        "reasons": {"type": "object", "description": "What stands in the way, part by part."},
    },
}
_ready = operation(_answer("Cases are answered.", _READY), keyed=False)
READY = _ready | {
    "responses": _ready["responses"] | {"503": _answer("Not ready, and why.", _READY)}
}

METRICS = operation(
    {
        "description": "All figures, in the text format of Prometheus.",
        "content": {"text/plain": text("One figure a line.")},
    }
)

_taken = operation(
    _answer(
        "The new knowledge serves.",
        {
            "type": "object",
            "required": ["digest", "before"],
            "properties": {"digest": {"type": "string"}, "before": {"type": "string"}},
        },
    ),
    409,
)
_refused = {"description": "The new knowledge was refused, with its faults; the old serves on."}
TAKE_KNOWLEDGE = _taken | {
    "responses": _taken["responses"] | {"409": _taken["responses"]["409"] | _refused}
}
