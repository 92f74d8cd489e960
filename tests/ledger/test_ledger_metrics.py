"""The figures are those of the entries: what was advised, what people decided, and how fast."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kg_engine.ledger import DETERMINATION, REVIEW, Draft, Ledger
from kg_engine.ledger_check import reading
from kg_engine.ledger_metrics import Period, count_ledger, metrics_text
from kg_engine.ledger_sqlite import open_ledger

EVER = Period()


class Clock:
    """Tell the time that it was set to."""

    now = "2026-01-01T00:00:00.000Z"

    def __call__(self) -> str:
        return self.now


def determined(ledger: Ledger, outcome: str, *reasons: str, tenant: str = "a") -> str:
    content = {"outcome": outcome, "next_step": "refer", "reasons": [{"id": r} for r in reasons]}
    return ledger.append([Draft(DETERMINATION, tenant, json.dumps(content))])[0].id


def reviewed(ledger: Ledger, about: str, decision: str, *, final: bool, tenant: str = "a") -> None:
    content = json.dumps({"decision": decision, "final": final})
    ledger.append([Draft(REVIEW, tenant, content, about=about)])


@pytest.fixture
def year(folder: Path) -> Path:
    """Return a ledger: five determinations on two days, decided after 1, 3 and 8 hours, or not."""
    clock = Clock()
    ledger = open_ledger(folder, clock=clock)
    one, two = (
        determined(ledger, "necessary", "r1", "r1"),
        determined(ledger, "undecided", "r1", "r2"),
    )
    clock.now = "2026-01-01T01:00:00.000Z"
    reviewed(ledger, one, "yes", final=True)
    reviewed(ledger, two, "ask", final=False)
    clock.now = "2026-01-01T03:00:00.000Z"
    reviewed(ledger, two, "no", final=True)
    clock.now = "2026-01-02T00:00:00.000Z"
    reviewed(ledger, two, "yes", final=True)
    three, _ = determined(ledger, "undecided"), determined(ledger, "undecided", "r2")
    other = determined(ledger, "necessary", tenant="b")
    reviewed(ledger, three, "yes", final=True, tenant="b")
    clock.now = "2026-01-02T08:00:00.000Z"
    reviewed(ledger, other, "yes", final=True, tenant="b")
    ledger.close()
    return folder


def counted(folder: Path, period: Period = EVER, tenant: str | None = None) -> dict[str, Any]:
    with reading(folder) as connection:
        return count_ledger(connection, period, tenant)


def test_each_determination_is_counted_once(year: Path) -> None:
    assert counted(year) == {
        "period": {"from": None, "to": None},
        "tenant": None,
        "determinations": 5,
        "advised": {"undecided": 3, "necessary": 2},
        "next_steps": {"refer": 5},
        "reasons": {"r1": 2, "r2": 2},
        "decided": {"pending_review": 2, "yes": 2, "no": 1},
        "changed": {"no to yes": 1},
        "other_reviews": {"ask": 1},
        "decided_by_advice": {"necessary": {"yes": 2}, "undecided": {"no": 1}},
        "seconds_to_decision": {"average": 14_400.0, "median": 10_800.0},
    }


def test_a_period_is_of_the_determinations(year: Path) -> None:
    first = counted(year, Period(last=date(2026, 1, 1)))
    assert first["determinations"] == 2
    assert first["decided"] == {"no": 1, "yes": 1}
    assert first["seconds_to_decision"] == {"average": 7200.0, "median": 7200.0}
    second = counted(year, Period(date(2026, 1, 2), date(2026, 1, 2)))
    assert second["determinations"] == 3
    assert counted(year, Period(date(2026, 1, 3)))["determinations"] == 0


def test_a_tenant_sees_its_own(year: Path) -> None:
    found = counted(year, tenant="b")
    assert (found["determinations"], found["decided"]) == (1, {"yes": 1})


def test_the_text_tells_the_same_figures(year: Path) -> None:
    text = metrics_text(counted(year))
    assert "all tenants: 5" in text
    assert "average 4.00 h, median 3.00 h" in text
    assert "2   40.0%  pending_review" in text
    assert "the software decides nothing" in text


def test_nothing_is_a_figure_too(folder: Path) -> None:
    open_ledger(folder).close()
    found = counted(folder)
    assert found["determinations"] == 0
    assert found["seconds_to_decision"] == {"average": None, "median": None}
    assert "all tenants: 0" in metrics_text(found)
