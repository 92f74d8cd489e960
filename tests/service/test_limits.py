"""What a client may send and how slowly, tried byte by byte over real connections."""

from __future__ import annotations

import contextlib
import json
import socket
import time

import pytest

from tests.service.raw import HEAD, answer, ask, connected, said, seconds_until_closed
from tests.service.running import ROOT, Running

CASE = (ROOT / "examples" / "routine-lobectomy.json").read_bytes()
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(CASE) + CASE
MEGABYTE = 1_048_576


def kind(body: bytes) -> str:
    """Return the kind of a problem."""
    return str(json.loads(body)["type"]).rpartition("/")[2]


def test_a_case_is_answered(hasty: Running) -> None:
    with connected(hasty.port) as door:
        for _ in range(3):
            door.sendall(WHOLE)
            status, body = answer(door)
            assert status == 200
            assert json.loads(body)["human_review"] is True


def test_requests_sent_at_once_are_answered_in_order(hasty: Running) -> None:
    with connected(hasty.port) as door:
        door.sendall(WHOLE + HEAD.replace(b"/v1", b"/v0") + b"Content-Length: 0\r\n\r\n" + WHOLE)
        found = said(door)
    assert [part[:3] for part in found.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404", b"200"]


def test_a_head_that_does_not_come_ends_the_connection(hasty: Running) -> None:
    with connected(hasty.port) as door:
        assert seconds_until_closed(door) < 3


def test_a_slow_head_ends_the_connection(hasty: Running) -> None:
    began = time.monotonic()
    with connected(hasty.port) as door, contextlib.suppress(ConnectionError):
        for byte in HEAD:
            door.sendall(bytes([byte]))
            time.sleep(0.1)
            if time.monotonic() - began > 5:
                break
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("drip", [b"\r\n", b"P"])
def test_a_slow_second_head_ends_the_connection(hasty: Running, drip: bytes) -> None:
    with connected(hasty.port) as door:
        door.sendall(WHOLE)
        assert answer(door)[0] == 200
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while time.monotonic() - began < 6:
                door.sendall(drip)
                time.sleep(0.2)
        assert time.monotonic() - began < 5


def test_an_idle_connection_is_closed(hasty: Running) -> None:
    with connected(hasty.port) as door:
        door.sendall(WHOLE)
        assert answer(door)[0] == 200
        assert 0.5 < seconds_until_closed(door) < 3


def test_a_slow_body_is_answered_and_closed(hasty: Running) -> None:
    with connected(hasty.port) as door:
        door.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
        began = time.monotonic()
        status, body = answer(door)
        assert (status, kind(body)) == (408, "body-too-slow")
        assert time.monotonic() - began < 3
        assert said(door) == b""


def test_a_body_that_claims_too_much_is_refused_unread(hasty: Running) -> None:
    with connected(hasty.port) as door:
        door.sendall(HEAD + b"Content-Length: 1048577\r\n\r\n")
        status, body = answer(door)
    assert (status, kind(body)) == (413, "body-too-large")


@pytest.mark.parametrize("length", [b"99999999999999999999999999999999", b"-1", b"1e3", b"+5"])
def test_a_length_that_is_none_is_refused(hasty: Running, length: bytes) -> None:
    with connected(hasty.port) as door:
        door.sendall(HEAD + b"Content-Length: " + length + b"\r\n\r\n{}")
        assert answer(door)[0] in {400, 413}


def test_a_body_without_end_is_cut_while_it_streams(hasty: Running) -> None:
    before = hasty.resident()
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    sent = 0
    with connected(hasty.port) as door:
        door.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(1600):
                door.sendall(chunk)
                sent += 65_536
    assert sent < 40 * MEGABYTE
    assert hasty.resident() - before < 20 * MEGABYTE


def test_who_sends_too_much_still_reads_why(hasty: Running) -> None:
    with connected(hasty.port) as door:
        door.sendall(HEAD + b"Content-Length: 3000000\r\n\r\n" + b" " * 3_000_000)
        assert answer(door)[0] == 413
        door.sendall(WHOLE)
        assert answer(door)[0] == 200


@pytest.mark.parametrize("coding", [b"gzip", b"deflate", b"br", b"zstd", b"gzip, identity", b"x"])
def test_a_compressed_body_is_refused(hasty: Running, coding: bytes) -> None:
    with connected(hasty.port) as door:
        door.sendall(HEAD + b"Content-Encoding: " + coding + b"\r\nContent-Length: 2\r\n\r\n{}")
        status, body = answer(door)
    assert (status, kind(body)) == (415, "content-encoding")


def test_a_second_coding_is_seen(hasty: Running) -> None:
    codings = b"Content-Encoding: identity\r\nContent-Encoding: gzip\r\n"
    with connected(hasty.port) as door:
        door.sendall(HEAD + codings + b"Content-Length: 2\r\n\r\n{}")
        assert answer(door)[0] == 415


@pytest.mark.parametrize("depth", [65, 1000, 100_000])
@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_deep_json_is_refused(hasty: Running, depth: int, opening: bytes) -> None:
    body = opening * depth
    with connected(hasty.port) as door:
        door.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert answer(door)[0] == 400


@pytest.mark.parametrize(
    "request_",
    [
        b"GARBAGE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_no_http_is_a_problem_and_closed(hasty: Running, request_: bytes) -> None:
    found = ask(hasty.port, request_)
    head, _, body = found.partition(b"\r\n\r\n")
    if found:
        assert head[9:12] in {b"400", b"421", b"431"}
        assert b"application/problem+json" in head
        assert kind(body) in {"http", "host", "head-too-large"}


@pytest.mark.parametrize(
    ("start", "host", "status"),
    [
        (b"GET /livez", b"evil.example", 200),
        (b"GET /v1/policies", b"evil.example", 421),
        (b"GET /metrics", b"localhost:1@evil", 421),
        (b"GET /metrics", b"a/?x=", 421),
        (b"GET @evil/metrics", b"localhost", 404),
        (b"GET http://evil/metrics", b"localhost", 404),
        (b"GET //metrics", b"localhost", 404),
        (b"CLOSE /metrics", b"localhost", 405),
        (b"__class__ /metrics", b"localhost", 405),
        (b"GET /v1/../metrics", b"localhost", 404),
        (b"GET /%6detrics", b"LOCALHOST:80", 200),
        (b"GET /metrics/", b"localhost", 404),
    ],
)
def test_names_and_paths_lead_nowhere_else(
    hasty: Running, start: bytes, host: bytes, status: int
) -> None:
    request = start + b" HTTP/1.1\r\nConnection: close\r\nHost: " + host + b"\r\n\r\n"
    assert ask(hasty.port, request)[9:12] == str(status).encode()


def test_an_answer_left_unread_ends_the_connection(hasty: Running) -> None:
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with contextlib.closing(door):
        door.connect(("127.0.0.1", hasty.port))
        door.settimeout(10)
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while time.monotonic() - began < 10:
                door.sendall(WHOLE)
                time.sleep(0.005)
    assert time.monotonic() - began < 9


def test_past_the_connections_the_longest_idle_gives_way(hasty: Running) -> None:
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(connected(hasty.port)) for _ in range(60)]
        door = stack.enter_context(connected(hasty.port))
        door.sendall(WHOLE)
        assert answer(door)[0] == 200
        ended = sum(1 for one in idle if _is_closed(one))
    assert 20 <= ended < 60


def test_past_the_connections_in_work_one_is_turned_away(hasty: Running) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            door = stack.enter_context(connected(hasty.port))
            door.sendall(HEAD + b"Content-Length: 10\r\n\r\n{")
        time.sleep(0.3)
        late = stack.enter_context(connected(hasty.port))
        status, body = answer(late)
    assert (status, kind(body)) == (503, "overload")


def test_after_all_this_it_serves(hasty: Running) -> None:
    assert hasty.process.poll() is None
    with connected(hasty.port) as door:
        door.sendall(WHOLE)
        assert answer(door)[0] == 200
    assert not hasty.events("failure")


def _is_closed(door: socket.socket) -> bool:
    door.settimeout(0.05)
    try:
        return door.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True
