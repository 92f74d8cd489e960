"""Name what can go wrong, one leaf for each thing that a caller can do about it.

KgEngineError
├── InputRefused        the case cannot be read, or breaks a record shape: mend the case
├── KnowledgeRefused    ontology or shapes are malformed or out of profile: mend the Turtle
└── EngineUnavailable   an optional engine or extra is not installed: install it
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
