"""Name what can go wrong, one leaf for each thing that a caller can do about it.

KgEngineError
├── InputRefused        the case cannot be read, or breaks a record shape: mend the case
├── KnowledgeRefused    ontology or shapes are malformed or out of profile: mend the Turtle
├── EngineUnavailable   an optional engine or extra is not installed: install it
├── LedgerUnavailable   nothing can be kept now (disk full, read-only, locked): mend it, ask again
├── LedgerBroken        what was kept does not hold (a page, the chain): restore a backup
└── IdempotencyConflict a key was used before for another request: use a new key
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Hold one fault: where it is, what is wrong, and what mends it."""

    place: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" + (f" {self.remedy}" if self.remedy else "")


class KgEngineError(Exception):
    """Carry every fault found, never the first alone."""

    def __init__(self, faults: list[Fault] | tuple[Fault, ...]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class InputRefused(KgEngineError):
    """Refuse a case that is malformed or that breaks a record shape."""


class KnowledgeRefused(KgEngineError):
    """Refuse knowledge that cannot be loaded or that fails its own rules."""


class EngineUnavailable(KgEngineError):
    """Refuse an engine or extra that is not installed here."""


class LedgerUnavailable(KgEngineError):
    """Say that the ledger keeps nothing now: nothing was kept, nothing may be acknowledged."""


class LedgerBroken(KgEngineError):
    """Say that what the ledger holds is not what was appended, and where."""


class IdempotencyConflict(KgEngineError):
    """Refuse an idempotency key that was used before for another request."""
