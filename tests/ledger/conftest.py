"""Share a folder and small ledgers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg_engine.ledger_sqlite import SqliteLedger, open_ledger
from tests.ledger.strategies import draft, ticking


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def ledger(folder: Path) -> Iterator[SqliteLedger]:
    found = open_ledger(folder)
    yield found
    found.close()


@pytest.fixture
def twelve(folder: Path) -> Path:
    """Return the folder of a closed ledger of twelve entries, anchored at 5, 10 and 12."""
    kept = open_ledger(folder, clock=ticking(), anchor_every=5)
    for number in range(1, 13):
        kept.append([draft(number, actor="a", idempotency_key=f"k{number}", request_digest="r")])
    kept.close()
    return folder
