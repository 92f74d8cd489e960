"""Share what is costly to make: the engine on the shipped knowledge, opened once a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg_engine import Engine, open_engine

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def engine() -> Engine:
    """Return an engine on the shipped knowledge."""
    return open_engine()
