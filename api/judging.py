"""Determine the case in a body, and say of it what is kept and counted, as plain values.

This is what processes send to one another, so nothing here knows HTTP.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from kg_engine import Engine, InputRefused, determine, read_case
from kg_engine.errors import Fault

THRESHOLDS = (50_000, 20, 100)


class Judged(NamedTuple):
    """Hold a determination as it is kept: its JSON text, and what is counted of it."""

    text: str
    outcome: str
    reasons: tuple[str, ...]
    missing: int


@dataclass(frozen=True, slots=True)
class NoCase:
    """Hold why a body is no case: it cannot be read, or it breaks a record shape."""

    faults: tuple[Fault, ...]
    readable: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """Hold an error that nobody foresaw, without its message."""

    error: str
    at_code: tuple[str, ...]


Verdict: TypeAlias = "tuple[Judged, ...] | NoCase"


class Question(NamedTuple):
    """Hold the body of a request, its media type, and whether all policies are asked."""

    body: bytes
    form: str
    all_policies: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """Name kept knowledge: its roots."""

    ontology: tuple[Path, ...]
    shapes: tuple[Path, ...]


def judge(question: Question, engine: Engine) -> Verdict:
    """Determine the case in a body, under its own policy or under each."""
    try:
        case = read_case(question.body, engine, media_type=question.form)
    except InputRefused as refused:
        return NoCase(tuple(refused.faults), readable=False)
    policies: Sequence[str | None] = (
        tuple(engine.knowledge.policies) if question.all_policies else (None,)
    )
    try:
        return tuple(_judged(case, engine, policy) for policy in policies)
    except InputRefused as refused:
        return NoCase(tuple(refused.faults), readable=True)


def settle_memory() -> None:
    """Put all that is held now out of the reach of the collector: knowledge never changes."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


def _judged(case: object, engine: Engine, policy: str | None) -> Judged:
    found = determine(case, engine, policy=policy)
    document: dict[str, Any] = found.document
    reasons = tuple(reason["id"] for reason in document["reasons"])
    return Judged(found.json(), found.outcome, reasons, len(document["missing"]))
