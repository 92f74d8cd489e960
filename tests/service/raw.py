"""Speak with a service byte by byte."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

HEAD = b"POST /v1/determinations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    """Open a connection that gives up after a while."""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as door:
        yield door


def said(door: socket.socket) -> bytes:
    """Return all that the service says until it closes."""
    found = bytearray()
    with contextlib.suppress(ConnectionError):
        while chunk := door.recv(65_536):
            found += chunk
    return bytes(found)


def answer(door: socket.socket) -> tuple[int, bytes]:
    """Return status and body of the next answer; 0 where the service closed without one."""
    found = bytearray()
    with contextlib.suppress(ConnectionError):
        while b"\r\n\r\n" not in found and (chunk := door.recv(65_536)):
            found += chunk
        head, _, body = bytes(found).partition(b"\r\n\r\n")
        if not head:
            return 0, b""
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(body) < length and (chunk := door.recv(65_536)):
            body += chunk
        return int(head.split(b" ", 2)[1]), body
    return 0, b""


def seconds_until_closed(door: socket.socket) -> float:
    """Return how long the service keeps a connection open."""
    began = time.monotonic()
    said(door)
    return time.monotonic() - began


def ask(port: int, request: bytes) -> bytes:
    """Send bytes and return all that is said until the service closes."""
    with connected(port) as door:
        door.sendall(request)
        return said(door)
