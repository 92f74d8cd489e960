"""A sample of the hostile: at the door in process, and over HTTP to a server that listens."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from api.main import create_app
from kg_engine import Engine
from tests.api.conftest import service_on, settings_in
from tests.fuzz import contract, door, wire
from tests.fuzz.serving import free_port

OPERATIONS = (
    "POST /v1/determinations", "GET /v1/determinations/{id}", "POST /v1/batches",
    "POST /v1/determinations/{id}/reviews", "GET /v1/determinations/{id}/reviews",
    "POST /v1/what-if", "GET /v1/policies", "GET /v1/terms", "GET /v1/requirements",
    "GET /openapi.json", "GET /livez",
)  # fmt: skip


@pytest.fixture(scope="module")
def target(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[wire.Target]:
    """Serve over HTTP in a thread of this process."""
    service = service_on(engine, settings_in(tmp_path_factory.mktemp("fuzz") / "data"))
    service.pool.open(service.knowledge.current())
    app, port = create_app(service=service), free_port()
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    yield wire.Target(port, 0, OPERATIONS)
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()
    service.close()


def test_the_door_admits_or_refuses(engine: Engine) -> None:
    tally = door.run(engine, 3_000, seed=7)
    assert not tally.faults
    assert tally.results["admitted"] > 50 and tally.results["refused"] > 500


def test_the_same_seed_draws_the_same(engine: Engine) -> None:
    assert door.run(engine, 200, seed=3).results == door.run(engine, 200, seed=3).results


def test_hostile_requests_are_answered(target: wire.Target) -> None:
    heard = asyncio.run(wire.send_all(target, 600, seed=11, clients=2))
    assert not heard.faults, heard.faults[:3]
    assert sum(heard.statuses.values()) == 600
    assert {"200", "400", "404", "422"} <= set(heard.statuses)


def test_the_service_keeps_its_description(target: wire.Target) -> None:
    assert contract.run(target.port, examples=4) == []


def test_a_failure_would_be_seen(tmp_path: Path) -> None:
    heard = wire.Heard()
    source = wire.Source(wire.Target(0, 0, ("GET /x",)), 1)
    wire._note(heard, source, b"GET /x", b"HTTP/1.1 500 x\r\n\r\n", 0.1, raw=False)
    wire._note(heard, source, b"GET /x", b"", 0.1, raw=False)
    assert len(heard.faults) == 2
