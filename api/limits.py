"""Bound what a request may send: size and time of its body, enforced while it streams."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import BodyTooLarge, BodyTooSlow, EncodingRefused

_KEY = "ionm.body"


@dataclass(slots=True)
class _Allowed:
    size: int


def allow_body(connection: HTTPConnection, size: int) -> None:
    """Let the body of this request be larger, in bytes; to be called before it is read."""
    allowed = connection.scope.get(_KEY)
    if isinstance(allowed, _Allowed):
        allowed.size = size


class BodyLimits:
    """Refuse a body that is too large, too slow or compressed, when its reader asks for it."""

    def __init__(self, app: ASGIApp, *, size: int, seconds: float) -> None:
        self._app = app
        self._size = size
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if any(c.strip().lower() != "identity" for c in headers.getlist("content-encoding")):
            await EncodingRefused().response()(scope, receive, send)
            return
        allowed = scope[_KEY] = _Allowed(self._size)
        until = asyncio.get_running_loop().time() + self._seconds
        bounded = _bounded(receive, allowed, until, self._seconds, headers.get("content-length"))
        await self._app(scope, bounded, send)


def _bounded(
    receive: Receive, allowed: _Allowed, until: float, seconds: float, claimed: str | None
) -> Receive:
    got, done = 0, False

    async def next_message() -> Message:
        nonlocal got, done
        if done:
            return await receive()
        if claimed is not None and claimed.isdigit() and int(claimed[:19]) > allowed.size:
            raise BodyTooLarge(allowed.size)
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            raise BodyTooSlow(seconds) from None
        got += len(message.get("body", b""))
        if got > allowed.size:
            raise BodyTooLarge(allowed.size)
        done = not message.get("more_body", False)
        return message

    return next_message
