"""Where the ledger cannot tell or keep, a client gets a problem, and nothing that is not so."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.main import create_app
from api.service import Service
from kg_engine import Engine
from kg_engine import ledger_sqlite as ledger_module
from kg_engine.ledger_rows import FILE
from tests.api.conftest import send, service_on, settings_in

PATH = "/v1/determinations"


@pytest.fixture
def own(engine: Engine, tmp_path: Path) -> Iterator[Service]:
    """Return a service of this test alone: its ledger is going to be harmed."""
    found = service_on(engine, settings_in(tmp_path / "data"))
    yield found
    found.close()


def test_an_entry_that_was_changed_is_never_told(own: Service) -> None:
    app = create_app(service=own)
    headers = {"Idempotency-Key": "k1"}
    first, second = (send(app, "POST", PATH, json={}, headers=h) for h in (headers, {}))
    with contextlib.closing(sqlite3.connect(own.settings.data / FILE)) as connection:
        connection.execute("UPDATE entry SET actor = 'another' WHERE sequence = 1")
        connection.commit()
    name = first.headers["determination-id"]
    for answer in (
        send(app, "GET", f"{PATH}/{name}"),
        send(app, "GET", f"{PATH}/{name}/reviews"),
        send(app, "GET", f"{PATH}/{name}/replay"),
        send(app, "POST", PATH, json={}, headers=headers),
    ):
        assert answer.status_code == 503
        assert answer.json()["errors"][0]["pointer"] == "ledger"
        assert answer.headers["content-type"] == "application/problem+json"
    other = send(app, "GET", f"{PATH}/{second.headers['determination-id']}")
    assert (other.status_code, other.content) == (200, second.content)


def test_without_room_it_is_not_ready_and_ready_again_with_room(
    own: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(service=own)
    assert send(app, "GET", "/readyz").status_code == 200
    with monkeypatch.context() as patch:
        patch.setattr(ledger_module, "LEAST_ROOM", 2**80)
        answer = send(app, "GET", "/readyz")
        assert answer.status_code == 503
        assert answer.json()["reasons"] == {"ledger": "has little room left. Make room."}
    assert send(app, "GET", "/readyz").status_code == 200


def test_a_ledger_that_is_closed_is_not_ready(engine: Engine, tmp_path: Path) -> None:
    service = service_on(engine, settings_in(tmp_path / "data"))
    app = create_app(service=service)
    assert send(app, "GET", "/readyz").status_code == 200
    service.close()
    assert "ledger" in send(app, "GET", "/readyz").json()["reasons"]


def test_a_probe_keeps_nothing(own: Service) -> None:
    app = create_app(service=own)
    before = own.ledger.head
    assert send(app, "GET", "/readyz").status_code == 200
    assert own.ledger.append(()) == ()
    assert own.ledger.head == before
    assert list(own.ledger.entries()) == []
    assert send(app, "POST", PATH, json={}).status_code == 200
    figures = send(app, "GET", "/metrics").text
    assert "ionm_ledger_sequence 1.0" in figures
