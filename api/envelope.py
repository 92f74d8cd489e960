"""Put every request into one envelope: name, log line, figures, headers, and a last resort.

Nothing that goes wrong inside gets past it: an error becomes a problem without its message, and
the server never sees a traceback that could quote a case.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders, State
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.logs import request_id, say, say_failure
from api.metrics import Metrics
from api.problems import (
    Failed,
    HeadTooLarge,
    HostRefused,
    Malformed,
    Overloaded,
    PathRefused,
    Problem,
)

HEAD_SIZE = 16_384
VERSIONS = frozenset({"1.0", "1.1"})
PROBES = frozenset({"/livez", "/readyz"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Headers of every answer that does not set its own."""

SHARED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Type, ETag, Link, Location, Retry-After, X-Request-ID",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""Headers of what pages of any origin may read: knowledge, never a case."""


class Broken(Exception):
    """End an answer that failed when it had begun; it carries nothing."""


@dataclass(slots=True)
class _Answer:
    status: int = 0
    size: int = 0


class Envelope:
    """Name, admit, watch and close each request."""

    def __init__(self, app: ASGIApp, *, hosts: Sequence[str], most: int) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._most = most
        self._in_work = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = Headers(scope=scope)
        name = request_id(headers.get("x-request-id"))
        scope.setdefault("state", {})["request_id"] = name
        answer = _Answer()
        self._in_work += 1
        try:
            await self._answer(scope, headers, receive, _sealed(send, scope, answer), answer)
        except ClientDisconnect:
            pass  # nobody is there to be answered; the line of the log has status 0
        finally:
            self._in_work -= 1
            self._tell(scope, name, answer, time.perf_counter() - began)

    async def _answer(
        self, scope: Scope, headers: Headers, receive: Receive, send: Send, answer: _Answer
    ) -> None:
        problem = self._refusal(scope, headers)
        if problem is not None:
            await problem.response()(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except (Broken, ClientDisconnect):
            raise
        except Exception as error:  # noqa: BLE001  (the last resort)
            name = scope["state"]["request_id"]
            say_failure("failure", error, request_id=name, route=_route(scope))
            if answer.status:
                raise Broken from None
            await Failed().response()(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> Problem | None:
        if _head_size(scope) > HEAD_SIZE:
            return HeadTooLarge(HEAD_SIZE)
        if scope["http_version"] not in VERSIONS or _framed_twice(headers):
            return Malformed()
        if any(ord(c) < 32 or ord(c) == 127 for c in scope["path"]):
            return PathRefused()
        if scope["path"] in PROBES:
            return None
        if "*" not in self._hosts and _host(headers) not in self._hosts:
            return HostRefused()
        return Overloaded() if self._in_work > self._most else None

    def _tell(self, scope: Scope, name: str, answer: _Answer, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = _route(scope)
        metrics = _metrics(scope)
        if metrics is not None:
            metrics.answered(method, route, answer.status, seconds)
            metrics.in_work.set(self._in_work)
        level = logging.DEBUG if scope["path"] in PROBES else logging.INFO
        say(
            "request",
            level,
            request_id=name,
            method=method,
            route=route,
            status=answer.status,
            ms=round(seconds * 1000, 2),
            bytes=answer.size,
            key=getattr(State(scope["state"]), "key_id", ""),
        )


async def share(request: Request) -> None:
    """Let pages of any origin read the answers of a route: a dependency, before any other.

    It is a coroutine, as every dependency here: another kind costs each request a thread.
    """
    request.state.shared = True


def _sealed(send: Send, scope: Scope, answer: _Answer) -> Send:
    async def sealed(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            headers = MutableHeaders(scope=message)
            shared = SHARED if scope["state"].get("shared") else {}
            for header, value in (HEADERS | shared).items():
                headers.setdefault(header, value)
            headers["X-Request-ID"] = scope["state"]["request_id"]
        else:
            answer.size += len(message.get("body", b""))
        await send(message)

    return sealed


def _head_size(scope: Scope) -> int:
    fields = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
    return fields + len(scope.get("raw_path") or b"") + len(scope["query_string"])


def _framed_twice(headers: Headers) -> bool:
    """Say whether a body has two ends, so that what follows could be read as another request.

    Source: RFC 9112, section 6.1.
    """
    return "transfer-encoding" in headers and "content-length" in headers


def _host(headers: Headers) -> str:
    """Return the name by which a client calls the service, without its port."""
    given = headers.getlist("host")
    host = given[0].lower() if len(given) == 1 else ""
    name, _, port = host.rpartition(":")
    return name if port.isdigit() and name else host


def _route(scope: Scope) -> str:
    """Return the template of the route that was taken; a path could hold anything."""
    return str(getattr(scope.get("route"), "path", "unmatched"))


def _metrics(scope: Scope) -> Metrics | None:
    app = scope.get("app")
    return getattr(getattr(app.state, "service", None), "metrics", None) if app else None
