"""Hold the schemas of what the service takes and gives; that of a case comes from the shapes.

Source: JSON Schema 2020-12; OpenAPI Specification 3.1, section 4.8.24.
"""

from __future__ import annotations

import json
from typing import Any

from api.reviews import DECISIONS, LONGEST, PENDING
from api.what_if import FEATURE_STATES
from kg_engine.outcomes import OUTCOMES
from kg_engine.record import RecordShapes
from kg_engine.schema import json_schema
from kg_engine.terms_search import MATCHES

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_YES_NO: Schema = {"type": "boolean"}
_OBJECTS: Schema = {"type": "array", "items": {"type": "object"}}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_OUTCOME: Schema = {"type": "string", "enum": list(OUTCOMES)}
_MET: Schema = {"type": "string", "enum": ["met", "not_met", "unknown", "not_applicable"]}
_DIGEST: Schema = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}


def schemas(shapes: RecordShapes) -> dict[str, Schema]:
    """Return every schema by name; the record shapes give that of a case."""
    return {**_case_schemas(shapes), **_SCHEMAS}


def _case_schemas(shapes: RecordShapes) -> dict[str, Schema]:
    text = json.dumps(json_schema(shapes)).replace("#/$defs/", "#/components/schemas/")
    case: Schema = json.loads(text)
    parts: dict[str, Schema] = case.pop("$defs")
    kept = {key: value for key, value in case.items() if key not in ("$schema", "$id")}
    return {"Case": kept, **parts}


def _object(**properties: Schema) -> Schema:
    """Return the schema of an object that has these keys, and may have more."""
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(schema: str | Schema) -> Schema:
    items = {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else schema
    return {"type": "array", "items": items}


_REASON = _object(id=_TEXT, text=_TEXT)
_KNOWLEDGE = _object(version_iri=_TEXT, digest=_DIGEST)
_POLICY = _object(id=_TEXT, label=_TEXT)
_AXES: Schema = {
    "type": "object",
    "additionalProperties": _object(outcome=_MET, reasons=_TEXTS),
}
_SHORT = _object(
    outcome=_OUTCOME, headline=_TEXT, next_step=_TEXT,
    human_review={"const": True}, possible_outcomes=_list(_OUTCOME), digest=_DIGEST,
)  # fmt: skip
_VOICE = _object(
    id=_TEXT, label=_TEXT, text=_TEXT, direction=_TEXT, prevails=_YES_NO, verification=_TEXT,
    sources=_OBJECTS,
)  # fmt: skip

_SCHEMAS: dict[str, Schema] = {
    "Determination": _object(
        case_id=_MAYBE_TEXT, question=_TEXT, outcome=_OUTCOME, headline=_TEXT,
        reasons=_list(_REASON), next_step=_TEXT, human_review={"const": True},
        possible_outcomes=_list(_OUTCOME), presumptive_outcome=_MAYBE_TEXT, axes=_AXES,
        services=_OBJECTS, steps=_list(_object(id=_TEXT, status=_MET, text=_TEXT)),
        recommendations=_list(_VOICE), evidence=_OBJECTS, conflicts=_OBJECTS,
        missing=_list(_object(item=_TEXT, text=_TEXT, at=_TEXT, shape=_TEXT, asked_by=_TEXTS,
                              could_change_outcome=_YES_NO)),
        unrecognised=_OBJECTS, unused=_OBJECTS, what_if=_OBJECTS, narrative=_TEXTS,
        proof=_object(nodes=_OBJECTS, roots={"type": "array"}),
        record={"type": "object"}, policy=_POLICY, date_of_service=_MAYBE_TEXT,
        knowledge=_KNOWLEDGE, engine=_TEXT, case_digest=_DIGEST, digest=_DIGEST,
    ),
    "ProofAlone": _object(
        outcome=_OUTCOME, record={"type": "object"}, knowledge=_KNOWLEDGE, digest=_DIGEST,
        proof={"type": "object"},
    ),
    "BatchAnswer": _object(
        answers=_list({"oneOf": [
            _object(index={"type": "integer"}, status={"const": 200}, id=_TEXT, location=_TEXT,
                    determination=_SHORT),
            _object(index={"type": "integer"}, status={"type": "integer"},
                    problem={"$ref": "#/components/schemas/Problem"}),
        ]}),
        counts=_object(answered={"type": "integer"}, refused={"type": "integer"}),
    ),
    "Problem": _object(type=_TEXT, title=_TEXT, status={"type": "integer"}) | {
        "description": "A problem document (RFC 9457).",
    },
    "Verdict": _object(determination=_TEXT, accepted=_YES_NO),
    "Replay": _object(determination=_TEXT, same=_YES_NO),
    "ReviewSent": {
        "type": "object",
        "additionalProperties": False,
        "required": ["reviewer", "decision", "reason"],
        "properties": {
            "reviewer": {"type": "string", "minLength": 1, "maxLength": LONGEST["reviewer"]},
            "decision": {"type": "string", "enum": list(DECISIONS)},
            "reason": {"type": "string", "minLength": 1, "maxLength": LONGEST["reason"]},
        },
    },
    "Review": _object(
        id=_TEXT, at=_TEXT, reviewer=_TEXT, decision={"type": "string", "enum": list(DECISIONS)},
        reason=_TEXT, determination=_TEXT, digest=_DIGEST, advised_outcome=_OUTCOME, final=_YES_NO,
    ),
    "Reviews": _object(
        determination=_TEXT, advised_outcome=_OUTCOME,
        final_outcome={"type": "string", "enum": [*DECISIONS[:2], PENDING]},
        reviews=_list("Review"),
    ),
    "Policies": _object(
        as_of=_MAYBE_TEXT, horizon=_MAYBE_TEXT, beyond_horizon=_YES_NO, knowledge=_KNOWLEDGE,
        policies=_list(_object(
            id=_TEXT, label=_TEXT, text=_TEXT, default=_YES_NO, verification=_TEXT,
            unverified=_YES_NO, in_force={"type": ["boolean", "null"]},
            in_force_from=_MAYBE_TEXT, in_force_until=_MAYBE_TEXT, steps=_TEXTS,
            sources=_list(_object(id=_TEXT, label=_TEXT, unverified=_YES_NO,
                                  in_force={"type": ["boolean", "null"]})),
        )),
    ),
    "Requirements": _object(
        record={"type": "object"}, policy=_POLICY, date_of_service=_MAYBE_TEXT,
        identified=_YES_NO,
        requirements=_list(_object(
            item=_TEXT, kind={"enum": ["feature", "statement"]}, label=_TEXT, text=_TEXT,
            at=_TEXTS, shape=_TEXT, asked_by=_TEXTS, could_change_outcome=_YES_NO,
            bears_on=_TEXTS,
        )),
        may_be_asked=_OBJECTS, recommendations=_list(_VOICE), demands=_OBJECTS,
        unrecognised=_OBJECTS, knowledge=_KNOWLEDGE, engine=_TEXT,
    ),
    "Terms": _object(
        count={"type": "integer"},
        terms=_list(_object(id=_TEXT, iri=_TEXT, label=_TEXT, match={"enum": list(MATCHES)})),
    ),
    "WhatIf": {
        "type": "object",
        "additionalProperties": False,
        "required": ["case"],
        "properties": {
            "case": {"$ref": "#/components/schemas/Case"},
            "patch": {"type": "object", "description": "A JSON merge patch (RFC 7396)."},
            "features": {
                "type": "object",
                "maxProperties": 200,
                "additionalProperties": {"enum": list(FEATURE_STATES)},
            },
            "policy": {"type": "string"},
        },
    },
    "WhatIfAnswer": _object(
        before=_SHORT, after=_SHORT, difference={"type": "object"}, explanation=_TEXTS,
        repairs=_OBJECTS, policy=_POLICY, knowledge=_KNOWLEDGE, engine=_TEXT,
    ),
}  # fmt: skip
_SCHEMAS["Problem"]["properties"]["errors"] = _list(
    _object(pointer=_TEXT, detail=_TEXT, remedy=_TEXT)
)
