"""Bound what a connection may do before it is a request: uvicorn sets no such deadline itself.

- a head of a request that does not come in time ends the connection;
- so does a body past its deadline, and an answer that is left unread;
- what comes after an early answer is read and dropped up to a bound, so that the client sees it;
- past the number of connections, the one that has been idle longest is ended for the new one.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.problems import Malformed, Overloaded, Problem
from api.settings import Settings

GRACE = 5.0
DROPPED = 8_388_608


class BoundedProtocol(H11Protocol):
    """Speak HTTP/1.1 with deadlines for head, body and reader."""

    settings: Settings

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401  (uvicorn's own)
        super().__init__(*given, **named)
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._stage = ""
        self._dropped = 0
        self.since = self.loop.time()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.settings.max_connections and not self._make_room():
            transport.write(_raw(Overloaded()))
            transport.close()
            return
        self._enter("head", self.settings.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._enter("", 0)
        self._set_unread(0)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        answered = self.cycle is not None and self.cycle.response_complete
        if answered and self.conn.their_state is h11.SEND_BODY:
            self._dropped += len(data)
            if self._dropped > DROPPED:
                self.transport.abort()
                return
        super().data_received(data)
        if self.conn.their_state is h11.SEND_BODY:
            self._enter("body", self.settings.body_seconds + GRACE)
        elif self.conn.their_state is h11.IDLE:
            self._enter("head", self.settings.header_seconds)
        else:
            self._enter("", 0)
            self._dropped = 0

    def on_response_complete(self) -> None:
        self.since = self.loop.time()
        if self.conn.their_state is not h11.SEND_BODY:
            self._enter("", 0)
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._set_unread(self.settings.send_seconds)

    def resume_writing(self) -> None:
        self._set_unread(0)
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (uvicorn's own)
        """Answer a request that is no HTTP with a problem, and close."""
        if self.idle or not self.cycle.response_started:
            self.transport.write(_raw(Malformed()))
        if self.cycle is not None:
            self.cycle.disconnected = True
        self.transport.close()

    @property
    def idle(self) -> bool:
        """Say whether no request of this connection is in work."""
        return self.cycle is None or self.cycle.response_complete

    def _enter(self, stage: str, seconds: float) -> None:
        """Set the deadline of a stage that the client is in; a stage keeps the one it has."""
        if stage and stage == self._stage:
            return
        self._stage = stage
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if seconds:
            self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _set_unread(self, seconds: float) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        if seconds:
            self._unread = self.loop.call_later(seconds, self.transport.abort)

    def _make_room(self) -> bool:
        """End the connection that has been idle longest; return whether there was one."""
        others = (c for c in self.connections if isinstance(c, BoundedProtocol) and c is not self)
        idle = min((c for c in others if c.idle), key=lambda c: c.since, default=None)
        if idle is None:
            return False
        self.connections.discard(idle)
        idle.transport.abort()
        return True


def bounded_protocol(settings: Settings) -> type[BoundedProtocol]:
    """Return the protocol of a server with these settings."""
    return type("Protocol", (BoundedProtocol,), {"settings": settings})


def _raw(problem: Problem) -> bytes:
    """Return a problem as the bytes of a whole answer."""
    answer = problem.response()
    head = f"HTTP/1.1 {answer.status_code} {problem.detail}\r\n"
    headers = {**answer.headers, "connection": "close"}
    lines = (f"{name}: {value}\r\n" for name, value in headers.items())
    return (head + "".join(lines) + "\r\n").encode("latin-1") + bytes(answer.body)
