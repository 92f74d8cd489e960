"""Run a test on the engine, and read which tests are known to fail and why."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from kg_engine.errors import KnowledgeRefused
from tests.conformance.engine import canonical, entailments, shacl_report
from tests.conformance.matching import entails
from tests.conformance.owl_suites import CONSISTENCY, NEGATIVE, POSITIVE, OwlTest
from tests.conformance.shacl_suite import ShaclTest, restated

HERE = Path(__file__).resolve().parent
AS_WRITTEN, RESTATED = "shacl", "shacl, targets restated"
LITERAL = "a literal is a focus node, and can be of no class"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an engine says of a test: whether the conclusion is entailed, and of a clash."""

    entailed: bool
    inconsistent: bool


@dataclass(frozen=True, slots=True)
class Ignored:
    """Why a test fails, and what its shapes must be refused for, if they are."""

    reason: str
    refused: str


def suites() -> Path | None:
    """Return the folder of the suites: IONM_SUITES, or where it lies beside the repository."""
    beside = HERE.parents[1].parent / "shared" / "suites"
    folder = Path(os.environ.get("IONM_SUITES") or beside)
    return folder.resolve() if folder.is_dir() else None


def needed_suites() -> Path:
    """Return the folder of the suites, or skip the tests that need it."""
    folder = suites()
    if folder is None:
        pytest.skip("the suites are not here: set IONM_SUITES", allow_module_level=True)
    return folder


def ignored() -> Mapping[str, Ignored]:
    """Return every test that is known to fail, by its key."""
    groups = tomllib.loads((HERE / "ignored.toml").read_text(encoding="utf-8"))["ignored"]
    return {
        f"{group['suite']}/{name}": Ignored(group["reason"], group.get("refused", ""))
        for group in groups
        for name in group["tests"]
    }


def verdict(test: OwlTest) -> Verdict:
    """Return what our engine says of a test."""
    closure, clashes = entailments(test.premise)
    return Verdict(entails(closure, map(canonical, test.conclusion)), bool(clashes))


def passed(test: OwlTest, found: Verdict | None) -> bool:
    """Say whether a verdict is the one that a test asks for; None is that of no answer."""
    if found is None:
        return False
    if test.kind in {POSITIVE, NEGATIVE}:
        return found.entailed == (test.kind == POSITIVE)
    return found.inconsistent != (test.kind == CONSISTENCY)


def failure(test: ShaclTest, mode: str) -> str:
    """Return why our checker does not give the report expected; nothing where it does."""
    told = restated(test.data, test.shapes) if mode == RESTATED else None
    try:
        if told is None:
            report = shacl_report(test.data, test.shapes)
        else:
            report = shacl_report(told.data, told.shapes)
    except KnowledgeRefused as refusal:
        return " ".join(sorted({fault.message for fault in refusal.faults}))
    if told is not None and told.literals:
        return LITERAL
    return "" if report == test.expected else f"found {report}, expected {test.expected}"
