"""Determine cases and keep every answer in the ledger before it is given.

The same idempotency key with the same request gives the same answer again, from the ledger; with
another request it is refused. A key stands for all entries of one request: the first bears it as
it is, the others with their number after a space, which no key of a client can hold.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.judging import Judged, NoCase, Question
from api.knowledge import Snapshot
from api.problems import CaseRefused
from api.refusals import Refused
from api.security import Caller
from api.service import Service
from kg_engine import Fault, InputRefused
from kg_engine.ledger import (
    DETERMINATION,
    EVENT,
    Draft,
    Entry,
    IdempotencyConflict,
)

_TRIPLE = "triple "


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that wants to be answered once: who, under which key, and its digest."""

    caller: Caller
    key: str
    request_digest: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The entries that answer a request, and whether they were there before it."""

    entries: tuple[Entry, ...]
    replayed: bool


def recall(service: Service, attempt: Attempt) -> Kept | None:
    """Return what was answered under a key, or None where nothing was.

    Raises Refused where the key was used for another request.
    """
    if not attempt.key:
        return None
    found = service.ledger.replayed(attempt.caller.tenant, attempt.key)
    if found is None:
        return None
    entries = []
    while found is not None:
        entry, digest = found
        if digest != attempt.request_digest:
            fault = Fault("Idempotency-Key", "was used with another request.", "Use a new key.")
            raise Refused("idempotency-conflict", fault)
        entries.append(entry)
        name = f"{attempt.key} {len(entries)}"
        found = service.ledger.replayed(attempt.caller.tenant, name)
    return Kept(tuple(entries), replayed=True)


def keep(service: Service, attempt: Attempt, drafts: Sequence[Draft]) -> Kept:
    """Append drafts in one commit; of two equal requests at once, one is kept for both.

    Raises Refused where the key was used for another request, LedgerUnavailable and LedgerBroken
    where nothing could be kept.
    """
    signed = [
        replace(
            draft,
            tenant=attempt.caller.tenant,
            actor=attempt.caller.key_id,
            idempotency_key=(f"{attempt.key} {n}" if n else attempt.key) if attempt.key else "",
            request_digest=attempt.request_digest if attempt.key else "",
        )
        for n, draft in enumerate(drafts)
    ]
    try:
        return Kept(service.ledger.append(signed), replayed=False)
    except IdempotencyConflict:
        found = recall(service, attempt)
        if found is None:
            raise
        return found


def draft_of(found: Judged) -> Draft:
    """Return the draft of a determination; who asked is filled in when it is kept."""
    return Draft(kind=DETERMINATION, tenant="", content=found.text)


def judged(service: Service, snapshot: Snapshot, question: Question) -> tuple[Judged, ...]:
    """Determine a case by one knowledge, and count it.

    Raises CaseRefused for a case that cannot be read or that breaks a record shape, Unavailable.
    """
    found = snapshot.judge(question)
    if isinstance(found, NoCase):
        raise CaseRefused(InputRefused(found.faults), readable=found.readable)
    for one in found:
        service.metrics.determined(one.outcome, one.reasons, one.missing)
    return found


def note_triples(service: Service, attempt: Attempt, refused: CaseRefused) -> None:
    """Keep an event of security, by its digest alone, if triples of a record were refused.

    Such a record may be a try to teach the knowledge.
    """
    triples = sum(fault.place.startswith(_TRIPLE) for fault in refused.faults)
    if triples:
        event = {"event": "triples-refused", "count": triples,
                 "request_digest": attempt.request_digest}  # fmt: skip
        draft = Draft(kind=EVENT, tenant="", content=json.dumps(event) + "\n")
        keep(service, replace(attempt, key=""), [draft])


def kept_determination(service: Service, caller: Caller, id_: str) -> Entry:
    """Return a determination of the caller's tenant.

    Raises Refused where the tenant has none of that id, whether or not another has.
    """
    found = service.ledger.find(caller.tenant, id_) if _is_id(id_) else None
    if found is None:
        fault = Fault("id", "names no determination.", "Give an id as the service gave it.")
        raise Refused("unknown-determination", fault)
    return found


def _is_id(text: str) -> bool:
    return 0 < len(text) <= 100 and text.isascii() and text.isalnum()
