"""Measure the service under load: clients that wait for answers, and cases that arrive on time."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.arrivals import arrive
from benchmarks.clocks import quantile
from benchmarks.plan import Plan
from benchmarks.shipped import ROOT, admissible, read_records
from benchmarks.tables import Table, Target, milliseconds, size_of
from kg_engine import open_engine
from tests.service.load import Answer, press
from tests.service.running import Running, running

CLIENTS = (1, 16, 64)
RATE = 50


@dataclass(frozen=True)
class Load:
    """What came of one load: its answers, the seconds it lasted, and the memory after it."""

    bodies: str
    clients: str
    answers: Sequence[Answer]
    seconds: float
    resident: int

    @property
    def failed(self) -> int:
        """Return how many requests got no determination."""
        return sum(answer.status != 200 for answer in self.answers)

    def within(self, part: float) -> float:
        """Return the seconds within which a part of the answers came."""
        return quantile(tuple(sorted(answer.seconds for answer in self.answers)), part)

    def row(self) -> tuple[str, ...]:
        """Return the load as a row of the table."""
        rate = f"{(len(self.answers) - self.failed) / self.seconds:.0f}"
        times = (milliseconds(self.within(part)) for part in (0.5, 0.99, 1))
        return self.bodies, self.clients, rate, *times, str(self.failed), size_of(self.resident)


def measure_service(plan: Plan) -> tuple[list[Table], list[Target]]:
    """Press on a service that runs in processes of its own, with examples and with cases."""
    mixes = {"examples": _examples(), "cases": _cases(plan)}
    loads = []
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "data") as service:
        for name, bodies in mixes.items():
            asyncio.run(press(service.port, bodies, 4, lambda count: count < 2 * len(bodies)))  # noqa: B023
            loads += [_pressed(service, name, bodies, n, plan.press_seconds) for n in CLIENTS]
        for name, bodies in mixes.items():
            loads.append(_arrived(service, name, bodies, plan.arrival_seconds))
    columns = ("bodies", "clients", "per s", "p50", "p99", "max", "failed", "memory")
    rows = tuple(load.row() for load in loads)
    table = Table("The service under load", _meaning(plan, mixes), columns, rows)
    return [table], _targets(loads)


def _examples() -> list[bytes]:
    return [path.read_bytes() for path in sorted((ROOT / "examples").glob("*.json"))]


def _cases(plan: Plan) -> list[bytes]:
    found = admissible(read_records(plan.records), open_engine())
    return [json.dumps(record, ensure_ascii=False).encode() for record in found.values()]


def _pressed(
    service: Running, name: str, bodies: Sequence[bytes], clients: int, seconds: float
) -> Load:
    began = time.perf_counter()
    until = began + seconds
    answers = asyncio.run(
        press(service.port, bodies, clients, lambda _: time.perf_counter() < until)
    )
    took = time.perf_counter() - began
    return Load(name, str(clients), answers, took, service.resident())


def _arrived(service: Running, name: str, bodies: Sequence[bytes], seconds: float) -> Load:
    began = time.perf_counter()
    answers = asyncio.run(arrive(service.port, bodies, RATE, seconds))
    took = time.perf_counter() - began
    return Load(name, f"{RATE} arrive a second", answers, took, service.resident())


def _meaning(plan: Plan, mixes: dict[str, list[bytes]]) -> str:
    counts = " and ".join(f"{len(bodies)} {name}" for name, bodies in mixes.items())
    return (
        f"`ionm serve` as it ships, without keys, in processes of its own; {counts} (records of"
        " tests/cases) sent as JSON to `POST /v1/determinations` over connections that stay open,"
        " after each was answered twice. Every determination is synced to disk before it is"
        " answered. The clients share the machine. Clients: each sends its next request when the"
        f" answer is there, for {plan.press_seconds:g} s, so a slow answer is also a missing"
        f" request. Arriving: a request every {1000 / RATE:g} ms for {plan.arrival_seconds:g} s,"
        " whether answers come or not, and its time counts from when it was due. Failed: every"
        " answer but 200. Memory: what all processes of the service hold after the load, shared pages counted once."
    )


def _targets(loads: Sequence[Load]) -> list[Target]:
    steady = [load for load in loads if load.clients.endswith("second")]
    failed, memory = sum(x.failed for x in loads), max(x.resident for x in loads)
    return [
        Target(f"service, {RATE}/s: p50", 40, max(x.within(0.5) for x in steady) * 1000, "ms"),
        Target(f"service, {RATE}/s: p99", 250, max(x.within(0.99) for x in steady) * 1000, "ms"),
        Target("service under load: requests that failed", 0, failed, "requests"),
        Target("service under load: memory", 1000, memory / 1e6, "MB"),
    ]
