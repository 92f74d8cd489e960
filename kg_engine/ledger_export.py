"""Read a ledger out, entry by entry, in forms that others can check or take in.

As NDJSON an entry is one line with its content as the very text that was acknowledged: it holds
all of the case, and whoever has it can compute the chain anew. As a FHIR AuditEvent it holds who,
what and when, and digests; of a case it holds nothing but the id of the determination.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from kg_engine.ledger import DETERMINATION, EVENT, Entry, content_digest
from kg_engine.ledger_rows import entries_after

FHIR_RELEASE = "4.0.1"
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_ENTITY = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_OBJECT = {"system": _ENTITY, "code": "2"}
_RESOURCE, _JOB = {"system": _ROLE, "code": "4"}, {"system": _ROLE, "code": "20"}
_SECURITY_ALERT = {"system": _DCM, "code": "110113"}
_DONE, _REFUSED, _REFUSAL = "0", "4", "-refused"


@dataclass(frozen=True, slots=True)
class Selection:
    """Hold which entries are wanted: from one sequence number to another, of one tenant or all."""

    first: int = 1
    last: int | None = None
    tenant: str | None = None


def selected(connection: sqlite3.Connection, wanted: Selection) -> Iterator[Entry]:
    """Yield the entries of a selection, each checked and bound to the one before.

    What belongs to other tenants is checked on the way too. Raises LedgerBroken, sqlite3.Error.
    """
    for entry in entries_after(connection, max(0, wanted.first - 1)):
        if wanted.last is not None and entry.sequence > wanted.last:
            return
        if wanted.tenant is None or entry.tenant == wanted.tenant:
            yield entry


def ndjson(entry: Entry) -> str:
    """Return an entry as one line of JSON: all its parts, the content as text."""
    return json.dumps(asdict(entry), separators=(",", ":")) + "\n"


def audit_event(entry: Entry) -> dict[str, Any]:
    """Return an entry as an AuditEvent of FHIR R4, without its content.

    Source: https://hl7.org/fhir/R4/auditevent.html
    """
    told = str(json.loads(entry.content).get("event", "")) if entry.kind == EVENT else ""
    refused = told.endswith(_REFUSAL)
    agent: dict[str, Any] = {"requestor": True}
    if entry.actor:
        agent["who"] = {"identifier": {"system": "urn:ionm:key", "value": entry.actor}}
    source: dict[str, Any] = {"observer": {"display": "ionm"}}
    return {
        "resourceType": "AuditEvent",
        "id": entry.id,
        "type": _SECURITY_ALERT if refused else {"system": _TYPE, "code": "rest"},
        "subtype": [
            {"system": _INTERACTION, "code": "create"},
            {"system": "urn:ionm:ledger:kind", "code": entry.kind},
            *([{"system": "urn:ionm:ledger:event", "code": told}] if told else []),
        ],
        "action": "E" if told else "C",
        "recorded": entry.at,
        "outcome": _REFUSED if refused else _DONE,
        "agent": [agent],
        "source": source | {"site": entry.tenant},
        "entity": [_line(entry), *_about(entry)],
    }


def fhir(entry: Entry) -> str:
    """Return an entry as an AuditEvent in one line of JSON."""
    return json.dumps(audit_event(entry), separators=(",", ":")) + "\n"


def _line(entry: Entry) -> dict[str, Any]:
    """Return the entry itself as what the event is of, with its place in the chain."""
    detail = {
        "sequence": str(entry.sequence),
        "previous": entry.previous,
        "digest": entry.digest,
        "content-digest": content_digest(entry.content),
        "request-digest": entry.request_digest,
    }
    return {
        "what": _named(entry.kind, entry.id),
        "type": _OBJECT,
        "role": _JOB if entry.kind == EVENT else _RESOURCE,
        "detail": [{"type": key, "valueString": text} for key, text in detail.items() if text],
    }


def _about(entry: Entry) -> list[dict[str, Any]]:
    """Return the determination that a review or an event is about."""
    if not entry.about:
        return []
    return [{"what": _named(DETERMINATION, entry.about), "type": _OBJECT, "role": _RESOURCE}]


def _named(kind: str, name: str) -> dict[str, Any]:
    return {"identifier": {"system": f"urn:ionm:{kind}", "value": name}}
