"""Share the checker on the shipped knowledge, and determinations to check."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kg_engine import Engine, determine, verify

Json = dict[str, Any]
CASES = Path(__file__).parents[1] / "cases"


@pytest.fixture(scope="session")
def verifier(root: Path) -> verify.Verifier:
    """Return a checker of the shipped knowledge."""
    return verify.load(root)


@pytest.fixture(scope="session")
def determined(engine: Engine) -> Callable[[str], Json]:
    """Return a function that determines a case file by its name."""

    @cache
    def text(name: str) -> str:
        record = json.loads((CASES / f"{name}.json").read_bytes())["record"]
        return determine(record, engine).json()

    return lambda name: json.loads(text(name))
