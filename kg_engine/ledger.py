"""Say what a ledger is: lines that are only ever added, each bound to the one before.

A line is an ``Entry``. Its digest is SHA-256 over the digest before it, a line feed, and the
rest of the line as canonical JSON, in which the content stands as its own SHA-256.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from kg_engine.errors import IdempotencyConflict, LedgerBroken, LedgerUnavailable

__all__ = [
    "DETERMINATION",
    "EVENT",
    "GENESIS",
    "KINDS",
    "KNOWLEDGE",
    "REVIEW",
    "Draft",
    "Entry",
    "IdempotencyConflict",
    "Ledger",
    "LedgerBroken",
    "LedgerUnavailable",
    "chain_digest",
    "content_digest",
    "line",
]

DETERMINATION, REVIEW, EVENT, KNOWLEDGE = "determination", "review", "event", "knowledge"
KINDS = (DETERMINATION, REVIEW, EVENT, KNOWLEDGE)
GENESIS = "0" * 64
_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Draft:
    """Hold what a caller asks to have kept.

    ``content`` is JSON text; ``about`` the id of the determination that a review or event is
    about; ``idempotency_key`` is unique per tenant, and ``request_digest`` tells a replay from a
    conflict; ``actor`` is the id of a key, never a secret.
    """

    kind: str
    tenant: str
    content: str
    about: str = ""
    idempotency_key: str = ""
    request_digest: str = ""
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one line of the chain.

    ``sequence`` counts 1, 2, … without a gap over all tenants; ``id`` is random, 32 hexadecimal
    digits; ``at`` is UTC in ISO 8601 with milliseconds; ``content`` is exactly what was
    acknowledged; the rest is as in the draft.
    """

    sequence: int
    kind: str
    tenant: str
    id: str
    at: str
    content: str
    previous: str
    digest: str
    about: str = ""
    actor: str = ""
    idempotency_key: str = ""
    request_digest: str = ""


class Ledger(Protocol):
    """Keep entries for good. Each method may be called from any thread."""

    def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Keep all drafts or none, durably, and return one entry for each, in order.

        A draft whose idempotency key is kept with the same request digest adds nothing and
        returns the entry that was kept. Raises IdempotencyConflict where the request differs,
        LedgerUnavailable and LedgerBroken; after each of them nothing was kept.
        """

    def find(self, tenant: str, id: str) -> Entry | None:
        """Return a determination of a tenant. Raises LedgerUnavailable, LedgerBroken."""

    def replayed(self, tenant: str, idempotency_key: str) -> tuple[Entry, str] | None:
        """Return the entry kept under a tenant's key, and the digest of its request."""

    def reviews(self, tenant: str, id: str) -> tuple[Entry, ...]:
        """Return the reviews of a tenant's determination, oldest first."""

    def check(self) -> None:
        """Write without keeping anything, so that what keeps it from keeping shows now.

        Raises LedgerUnavailable, LedgerBroken.
        """

    @property
    def head(self) -> tuple[int, str]:
        """Return sequence and digest of the last entry that was acknowledged."""

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Yield every entry after a sequence number, in order, each checked."""

    def close(self) -> None:
        """Anchor the head and let go; what was acknowledged is kept."""


def content_digest(content: str) -> str:
    """Return the SHA-256 of a content, 64 hexadecimal digits."""
    return hashlib.sha256(content.encode()).hexdigest()


def line(entry: Entry, digest_of_content: str) -> dict[str, object]:
    """Return what the chain binds of an entry, with the content as its digest."""
    return {
        "sequence": entry.sequence,
        "kind": entry.kind,
        "tenant": entry.tenant,
        "id": entry.id,
        "at": entry.at,
        "about": entry.about,
        "actor": entry.actor,
        "idempotency_key": entry.idempotency_key,
        "request_digest": entry.request_digest,
        "content": digest_of_content,
    }


def chain_digest(previous: str, bound: dict[str, object]) -> str:
    """Return the digest of a line after another: what ``line`` gives, bound to what came before."""
    return hashlib.sha256(f"{previous}\n{_CANONICAL.encode(bound)}".encode()).hexdigest()
