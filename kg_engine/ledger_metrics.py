"""Count what a ledger holds: what was advised, what people decided, and how long it took.

The software decides nothing: a decision is a review that its content calls final. The first one
of a determination is its decision; a later one that differs is counted apart. Words for outcomes,
reasons and decisions are those of the entries.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from statistics import fmean
from typing import Any

from kg_engine.ledger import DETERMINATION, REVIEW, Entry
from kg_engine.ledger_export import Selection, selected
from kg_engine.ledger_rows import REVIEWS, checked


@dataclass(frozen=True, slots=True)
class Period:
    """Hold the first and the last day, in UTC, of which determinations are counted."""

    first: date | None = None
    last: date | None = None

    def holds(self, at: str) -> bool:
        """Say whether a time in ISO 8601 lies in the period."""
        day = at[:10]
        late = self.last is not None and day > self.last.isoformat()
        return not late and (self.first is None or day >= self.first.isoformat())


@dataclass(slots=True)
class _Tally:
    """What was counted so far; of each decision eight bytes are held, for the median."""

    counts: dict[str, Counter[str]] = field(
        default_factory=lambda: {
            name: Counter()
            for name in ("advised", "next_steps", "reasons", "decided", "changed", "other_reviews")
        }
    )
    decided_by_advice: dict[str, Counter[str]] = field(default_factory=dict)
    seconds: array[float] = field(default_factory=lambda: array("d"))


def count_ledger(
    connection: sqlite3.Connection, period: Period, tenant: str | None = None
) -> dict[str, Any]:
    """Return the figures of the determinations of a period, as plain JSON values.

    Reviews count whenever they were made; times are in seconds. Raises LedgerBroken, sqlite3.Error.
    """
    tally = _Tally()
    for entry in selected(connection, Selection(tenant=tenant)):
        if entry.kind == DETERMINATION and period.holds(entry.at):
            _count(entry, _reviews(connection, entry), tally)
    return _figures(tally, period, tenant)


def metrics_text(figures: dict[str, Any]) -> str:
    """Return the figures as text for people, a line each."""
    period = figures["period"]
    lines = [
        f"determinations {period['from'] or 'from the first'} to {period['to'] or 'now'},"
        f" {figures['tenant'] or 'all tenants'}: {figures['determinations']}"
    ]
    for key, title in _TITLES.items():
        lines += [f"{title}:", *_rows(figures[key], figures["determinations"])]
    taken = figures["seconds_to_decision"]
    if taken["average"] is not None:
        hours = {name: seconds / 3600 for name, seconds in taken.items()}
        lines.append(
            f"time to decision: average {hours['average']:.2f} h, median {hours['median']:.2f} h"
        )
    return "\n".join((*lines, "decided without a person: 0; the software decides nothing")) + "\n"


_TITLES = {
    "decided": "decided by people",
    "changed": "changed by a later decision",
    "advised": "advised outcome",
    "next_steps": "advised next step",
    "reasons": "reasons (one determination may have several)",
    "other_reviews": "reviews that decide nothing",
}


def _rows(counts: dict[str, int], whole: int) -> list[str]:
    if not counts:
        return ["  none"]
    return [f"  {count:>8}  {count / max(1, whole):6.1%}  {name}" for name, count in counts.items()]


def _reviews(connection: sqlite3.Connection, entry: Entry) -> list[Entry]:
    rows = connection.execute(REVIEWS, (entry.id, REVIEW, entry.tenant)).fetchall()
    return [checked(row) for row in rows]


def _count(entry: Entry, reviews: Iterable[Entry], tally: _Tally) -> None:
    document = json.loads(entry.content)
    tally.counts["advised"][document["outcome"]] += 1
    tally.counts["next_steps"][document["next_step"]] += 1
    tally.counts["reasons"].update({reason["id"] for reason in document["reasons"]})
    told = [(review, json.loads(review.content)) for review in reviews]
    final = [(review.at, found["decision"]) for review, found in told if found["final"]]
    tally.counts["other_reviews"].update(
        found["decision"] for _, found in told if not found["final"]
    )
    tally.counts["decided"][final[0][1] if final else "pending_review"] += 1
    tally.counts["changed"].update(
        f"{one} to {other}" for (_, one), (_, other) in pairwise(final) if one != other
    )
    if final:
        advice = tally.decided_by_advice.setdefault(document["outcome"], Counter())
        advice[final[0][1]] += 1
        taken = datetime.fromisoformat(final[0][0]) - datetime.fromisoformat(entry.at)
        tally.seconds.append(taken.total_seconds())


def _figures(tally: _Tally, period: Period, tenant: str | None) -> dict[str, Any]:
    return {
        "period": {
            "from": period.first.isoformat() if period.first else None,
            "to": period.last.isoformat() if period.last else None,
        },
        "tenant": tenant,
        "determinations": tally.counts["advised"].total(),
        **{name: _sorted(counts) for name, counts in tally.counts.items()},
        "decided_by_advice": {
            outcome: _sorted(counts) for outcome, counts in sorted(tally.decided_by_advice.items())
        },
        "seconds_to_decision": _times(tally.seconds),
    }


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _times(seconds: array[float]) -> dict[str, float | None]:
    if not seconds:
        return {"average": None, "median": None}
    ordered = array("d", sorted(seconds))
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else fmean(ordered[middle - 1 : middle + 1])
    return {"average": round(fmean(ordered), 3), "median": round(median, 3)}
