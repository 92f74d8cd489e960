"""Requests that could be read in two ways are read in one; none costs much, none opens a door."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path

import pytest

from tests.service.hostile import BOMBS, CLOSE, DISGUISES, FRAMES, GUARDED, HIDDEN, LINES, Row
from tests.service.raw import HEAD, answer, ask, connected
from tests.service.running import ROOT, Running, running

CASE = (ROOT / "examples" / "routine-lobectomy.json").read_bytes()
MEGABYTE = 1_048_576


def statuses(said: bytes) -> list[int]:
    """Return the status of every answer in what was said."""
    return [int(part[:3]) for part in said.split(b"HTTP/1.1 ")[1:]]


def asked(port: int, sent: bytes) -> list[int]:
    """Send bytes, and return the statuses of all that is answered."""
    with connected(port) as door:
        with contextlib.suppress(ConnectionError):
            door.sendall(sent)
        said = bytearray()
        with contextlib.suppress(ConnectionError):
            while chunk := door.recv(65_536):
                said += chunk
    return statuses(bytes(said))


def test_what_is_hidden_would_be_answered(hasty: Running) -> None:
    assert asked(hasty.port, HIDDEN + HIDDEN) == [200, 200]
    body = b"2\r\n{}\r\n0\r\n\r\n"
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body + HIDDEN
    assert asked(hasty.port, chunked) == [200, 200]


@pytest.mark.parametrize("row", [*FRAMES, *LINES], ids=lambda row: row.name)
def test_a_request_is_read_in_one_way(hasty: Running, row: Row) -> None:
    found = asked(hasty.port, row.sent)
    assert len(found) == 1
    assert found[0] in row.first


@pytest.mark.parametrize("row", BOMBS, ids=lambda row: row.name)
def test_a_small_request_costs_little(hasty: Running, row: Row) -> None:
    before, began = hasty.resident(), time.monotonic()
    found = asked(hasty.port, row.sent)
    assert time.monotonic() - began < 5
    assert hasty.resident() - before < 20 * MEGABYTE
    assert len(found) == 1 and found[0] in row.first


def test_clients_that_drip_hold_up_nobody(hasty: Running) -> None:
    with contextlib.ExitStack() as stack:
        doors = [stack.enter_context(connected(hasty.port)) for _ in range(30)]
        slowest = 0.0
        for turn in range(20):
            for place, door in enumerate(doors):
                with contextlib.suppress(OSError):
                    door.send(HEAD[turn : turn + 1] if place % 2 else _body(turn))
            began = time.monotonic()
            with connected(hasty.port) as own:
                own.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(CASE) + CASE)
                assert answer(own)[0] == 200
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.1)
        assert slowest < 5
        assert all(_is_ended(door) for door in doors)


def _body(turn: int) -> bytes:
    return b"{" if turn else HEAD + b"Content-Length: 999\r\n\r\n"


def _is_ended(door: socket.socket) -> bool:
    door.settimeout(5)
    try:
        while door.recv(65_536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


def test_without_a_key_no_disguise_opens_a_door(tmp_path: Path) -> None:
    with running(tmp_path / "data", auth=True) as guarded:
        opened = [
            (path, disguise, found)
            for path in GUARDED
            for disguise in DISGUISES
            if (found := _tried(guarded.port, path, disguise)) not in {400, 401, 404, 421}
        ]
        assert _tried(guarded.port, b"/v1/policies", b"") == 401
        assert _tried(guarded.port, b"/livez", b"") == 200
    assert opened == []


def _tried(port: int, path: bytes, fields: bytes) -> int:
    host = b"" if fields.startswith(b"Host") else b"Host: localhost\r\n"
    said = ask(port, b"GET " + path + b" HTTP/1.1\r\n" + host + CLOSE + fields + b"\r\n")
    return int(said[9:12])


def test_after_all_this_it_serves(hasty: Running) -> None:
    with connected(hasty.port) as door:
        door.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(CASE) + CASE)
        assert answer(door)[0] == 200
    assert not hasty.events("failure") and not hasty.events("uncaught")
