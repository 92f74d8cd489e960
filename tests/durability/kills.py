"""Kill a service under load again and again; what it acknowledged must be there, once, as it was."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kg_engine.ledger import DETERMINATION
from kg_engine.ledger_check import reading, verify_ledger
from kg_engine.ledger_rows import entries_after
from tests.durability.clients import (
    BATCH,
    FREE,
    MANY,
    ONE,
    Request,
    Told,
    differing,
    press,
    wait_ready,
)
from tests.service.running import Running, running

SAMPLE = 200


@dataclass(slots=True)
class Kills:
    """Hold what rounds of killing came to."""

    told: Told = field(default_factory=Told)
    ready_seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    settled: int = 0
    entries: int = 0


def kill_rounds(folder: Path, rounds: int, draw: random.Random, *, clients: int = 4) -> Kills:
    """Start, check what the rounds before acknowledged, press, and kill at a random moment."""
    found = Kills()
    for number in range(rounds):
        with _started(folder, found, restart=number > 0) as service:
            _look(service.port, found, draw)
            killer = threading.Timer(draw.uniform(0.1, 2.0), service.process.kill)
            killer.start()
            told = press(service.port, clients, draw, threading.Event())
            killer.join()
        _add(found, told)
        verdict = verify_ledger(folder)
        found.wrong += [str(fault) for fault in verdict.faults]
    with _started(folder, found, restart=True) as service:
        _look(service.port, found, draw)
        service.stop()
    _look_over(folder, found)
    return found


@contextmanager
def _started(folder: Path, found: Kills, *, restart: bool) -> Iterator[Running]:
    """Run the service and measure how long it takes to be ready after a kill."""
    began = time.monotonic()
    with running(folder, env=FREE, queries=False) as service:
        wait_ready(service.port)
        if restart:
            found.ready_seconds.append(time.monotonic() - began)
        yield service


def _add(found: Kills, told: Told) -> None:
    found.told.acknowledged |= told.acknowledged
    found.told.unanswered += told.unanswered
    found.wrong += [f"refused: {answer.status}" for _, answer in told.refused]


def _look(port: int, found: Kills, draw: random.Random) -> None:
    """Ask for the newest answers and for some of all; then settle what got no answer."""
    known = list(found.told.acknowledged)
    newest = known[-SAMPLE:]
    older = draw.sample(known[:-SAMPLE], min(SAMPLE, max(0, len(known) - SAMPLE)))
    found.wrong += differing(port, found.told, [*newest, *older])
    for request in found.told.unanswered:
        answer = request.sent(port)
        found.settled += answer.replayed
        found.told.note(request, answer)
    found.told.unanswered.clear()


def _look_over(folder: Path, found: Kills) -> None:
    """Compare every entry with what was acknowledged: nothing less, nothing more, nothing twice."""
    verdict = verify_ledger(folder)
    found.wrong += [str(fault) for fault in verdict.faults]
    found.entries = verdict.entries
    by_id = {a.id: a.body.decode() for r, a in found.told.acknowledged.items() if r.path == ONE}
    by_key = {request.key: request for request in found.told.acknowledged}
    seen: Counter[str] = Counter()
    with reading(folder) as connection:
        for entry in entries_after(connection, 0):
            key = entry.idempotency_key.partition(" ")[0]
            seen[key] += 1
            if key not in by_key:
                found.wrong.append(f"{entry.id}: nobody was told")
            if entry.kind == DETERMINATION and by_id.get(entry.id, entry.content) != entry.content:
                found.wrong.append(f"{entry.id}: other bytes")
            by_id.pop(entry.id, None)
    found.wrong += [f"{name}: lost" for name in by_id]
    found.wrong += [
        f"{key}: {seen[key]} entries" for key, r in by_key.items() if seen[key] != _entries(r)
    ]


def _entries(request: Request) -> int:
    """Return how many entries a request leaves: a batch also one that lists its answers."""
    return BATCH + 1 if request.path == MANY else 1


def told_of(found: Kills) -> str:
    """Return the figures of some rounds, as a line of JSON."""
    times = sorted(found.ready_seconds)
    return json.dumps(
        {
            "kills": len(times),
            "acknowledged determinations": found.told.determinations,
            "acknowledged requests": len(found.told.acknowledged),
            "kept but not answered": found.settled,
            "entries": found.entries,
            "lost or wrong": len(found.wrong),
            "seconds to ready": {
                "median": round(times[len(times) // 2], 2),
                "longest": round(times[-1], 2),
            },
        }
    )
