"""Hold requests that servers and proxies have read in two ways, or at too great a cost.

Each is a row: a name, the bytes, and the statuses of the one answer that may come back. What
hides in a body is a request for ``/livez``, which would be answered by 200: a second answer
means that it was smuggled in. Sources: RFC 9112, sections 5 to 7; CVE-2025-43859 and its kin.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass

from tests.service.raw import HEAD

HIDDEN = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
CLOSE = b"Connection: close\r\n"
_CHUNKED = b"Transfer-Encoding: chunked\r\n"


@dataclass(frozen=True)
class Row:
    """Hold a request and the statuses that its one answer may have."""

    name: str
    sent: bytes
    first: tuple[int, ...]


def _post(name: str, fields: bytes, body: bytes, *first: int) -> Row:
    return Row(name, HEAD + fields + b"\r\n" + body, first)


def _framed(name: str, fields: bytes) -> Row:
    """Frame a body in a way that must be refused, with a request hidden behind it."""
    return _post(name, fields, b"0\r\n\r\n" + HIDDEN, 400, 501)


def _chunk(name: str, body: bytes) -> Row:
    """Cut a body into chunks that must be refused, with a request hidden behind them."""
    return _post(f"chunk: {name}", _CHUNKED, body + HIDDEN, 400)


FRAMES = (
    _framed("length and chunks", b"Content-Length: 5\r\n" + _CHUNKED),
    _framed("chunks and length", _CHUNKED + b"Content-Length: 5\r\n"),
    _framed("chunked twice", _CHUNKED + _CHUNKED),
    _framed("chunked, then identity", b"Transfer-Encoding: chunked, identity\r\n"),
    _framed("identity", b"Transfer-Encoding: identity\r\n"),
    _framed("gzip, chunked", b"Transfer-Encoding: gzip, chunked\r\n"),
    _framed("two codings", b"Transfer-Encoding: cow\r\n" + _CHUNKED),
    _framed("almost chunked", b"Transfer-Encoding: xchunked\r\n"),
    _framed("chunked in quotes", b'Transfer-Encoding: "chunked"\r\n'),
    _framed("chunked with a parameter", b"Transfer-Encoding: chunked;a=b\r\n"),
    _framed("vertical tab", b"Transfer-Encoding: \x0bchunked\r\n"),
    _framed("space before the colon", b"Transfer-Encoding : chunked\r\n"),
    _framed("tab before the colon", b"Transfer-Encoding\t: chunked\r\n"),
    _framed("length in a folded line", b"X: a\r\n Content-Length: 5\r\nContent-Length: 0x5\r\n"),
    _framed("two lengths", b"Content-Length: 5\r\nContent-Length: 6\r\n"),
    _framed("two lengths in one", b"Content-Length: 5, 6\r\n"),
    _framed("length with a sign", b"Content-Length: +5\r\n"),
    _framed("negative length", b"Content-Length: -5\r\n"),
    _framed("length in hexadecimal", b"Content-Length: 0x5\r\n"),
    _framed("length with an underscore", b"Content-Length: 0_5\r\n"),
    _framed("length in other digits", "Content-Length: \u0665\r\n".encode()),
    _framed("empty length", b"Content-Length:\r\n"),
    _framed(
        "a carriage return alone", b"X: a\rTransfer-Encoding: chunked\r\nContent-Length: 5x\r\n"
    ),
    _framed("a null in a field", b"X: a\0b\r\nContent-Length: 5\r\n"),
    _framed("no name", b": a\r\nContent-Length: 5\r\n"),
    _framed("no colon", b"Content-Length 5\r\n"),
    _framed("a name in other letters", "Content\u2010Length: 5\r\n".encode()),
    _chunk("size in hexadecimal notation", b"0x2\r\n{}\r\n0\r\n\r\n"),
    _chunk("negative size", b"-2\r\n{}\r\n0\r\n\r\n"),
    _chunk("size with a sign", b"+2\r\n{}\r\n0\r\n\r\n"),
    _chunk("size with an underscore", b"0_2\r\n{}\r\n0\r\n\r\n"),
    _chunk("empty size", b"\r\n{}\r\n0\r\n\r\n"),
    _chunk("size past all bounds", b"F" * 40 + b"\r\n{}\r\n0\r\n\r\n"),
    _chunk("ended by other bytes", b"2\r\n{}XX0\r\n\r\n"),
    _chunk("longer than its size", b"2\r\n{}  \r\n0\r\n\r\n"),
    _chunk("a null in the size", b"2\0\r\n{}\r\n0\r\n\r\n"),
)

LINES = (
    Row("length in HTTP/1.0 with chunks", b"POST /livez HTTP/1.0\r\nHost: localhost\r\n" + _CHUNKED
        + b"Content-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN, (400, 405)),
    Row("no method", b" /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", (400,)),
    Row("two spaces", b"GET  /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", (400,)),
    Row("a space in the path", b"GET /li vez HTTP/1.1\r\nHost: localhost\r\n\r\n", (400,)),
    Row("a tab in the line", b"GET\t/livez HTTP/1.1\r\nHost: localhost\r\n\r\n", (400,)),
    Row("no version", b"GET /livez\r\n\r\n", (400,)),
    Row("another protocol", b"GET /livez RTSP/1.0\r\nHost: localhost\r\n\r\n", (400,)),
    Row("version 1.10", b"GET /livez HTTP/1.10\r\nHost: localhost\r\n\r\n", (400,)),
    Row("a null in the path", b"GET /\0livez HTTP/1.1\r\nHost: localhost\r\n\r\n", (400,)),
    Row("bytes beyond ASCII", b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n", (400, 404)),
    Row("a path past all bounds", b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        (400, 431)),
    Row("ten thousand fields", b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 10_000
        + b"\r\n", (400, 431)),
    *(Row(f"method {m[:20].decode()}", m + b" /v1/policies HTTP/1.1\r\nHost: localhost\r\n" + CLOSE
          + b"\r\n", (400, 405)) for m in (
        b"TRACE", b"CONNECT", b"get", b"CLOSE", b"__class__", b"receive", b"PROPFIND", b"M-SEARCH",
        b"DELETE", b"PUT", b"PATCH", b"OPTIONS", b"QUERY", b"A" * 5_000)),
    *(Row(f"host {h.decode('latin-1')}", b"GET /v1/policies HTTP/1.1\r\nHost: " + h + b"\r\n" + CLOSE
          + b"\r\n", (400, 421)) for h in (
        b"", b"evil.example", b"localhost.evil.example", b"evil.example:80", b"localhost@evil.example",
        b"localhost, evil.example", b"localhost/evil", b"localhost?a", b"localhost#a", b"localhost:80a",
        b"a/?x=", b"[::1", b"127.0.0.1.nip.example", b"localhost:80:80", b"loc\xe4lhost", b"0", b".")),
    Row("two hosts", b"GET /v1/policies HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n" + CLOSE
        + b"\r\n", (400,)),
    Row("host in the line alone", b"GET http://localhost/v1/policies HTTP/1.1\r\n" + CLOSE + b"\r\n",
        (400,)),
    Row("another host in the line", b"GET http://evil.example/livez HTTP/1.1\r\nHost: localhost\r\n"
        + CLOSE + b"\r\n", (404,)),
    *(Row(f"path {p.decode()}", b"GET " + p + b" HTTP/1.1\r\nHost: localhost\r\n" + CLOSE + b"\r\n",
          (400, 404)) for p in (
        b"/v1/../metrics", b"/%2e%2e/metrics", b"//metrics", b"/metrics;a", b"/metrics/", b"/METRICS",
        b"/metrics%00", b"/metrics%20", b"/metrics%0a", b"/.//metrics", b"/v1//policies", b"*",
        b"/metrics%7f", b"/metrics%09", b"/livez%0a", b"/v1/policies%2f..", b"\\metrics", b"/metrics%", b"/%u006detrics")),
)  # fmt: skip

_BOMB = gzip.compress(bytes(100_000_000), 9)
_PARTS = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n" * 20_000


def _typed(name: str, form: bytes, fields: bytes, body: bytes, *first: int) -> Row:
    head = HEAD.replace(b"application/json", form) + fields + CLOSE
    return Row(name, head + b"Content-Length: %d\r\n\r\n" % len(body) + body, first)


def _asked(name: str, path: bytes, fields: bytes, *first: int) -> Row:
    head = b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n" + CLOSE
    return Row(name, head + fields + b"\r\n", first)


BOMBS = (
    _typed("a bomb in gzip", b"application/json", b"Content-Encoding: gzip\r\n", _BOMB, 415),
    _typed("a bomb in x-gzip", b"application/json", b"Content-Encoding: x-gzip\r\n", _BOMB, 415),
    _typed("a bomb in brotli", b"application/json", b"Content-Encoding: br\r\n", b"\xcf\xff" * 99, 415),
    _typed("a bomb with no word of it", b"application/json", b"", _BOMB, 400),
    _typed("a bomb as its own type", b"application/gzip", b"", _BOMB, 415),
    _typed("many parts", b"multipart/form-data; boundary=x", b"", _PARTS, 415),
    _typed("many fields of a form", b"application/x-www-form-urlencoded", b"", b"a=&" * 300_000, 415),
    _typed("many parameters", b"application/json" + b";a=b" * 3_000, b"", b"{", 400),
    _typed("many quotes", b'application/json; a="' + b"\\" * 12_000, b"", b"{", 400),
    _typed("expects another thing", b"application/json", b"Expect: a miracle\r\n", b"{", 400, 417),
    _asked("many ranges", b"/openapi.json", b"Range: bytes=" + b"0-,1-," * 2_000 + b"2-\r\n", 200),
    _asked("overlapping ranges", b"/docs", b"Range: bytes=" + b"0-999999," * 1_500 + b"0-\r\n", 200),
    _asked("a range without end", b"/livez", b"Range: bytes=" + b"9" * 9_000 + b"-\r\n", 200),
    _asked("many types", b"/v1/determinations/a", b"Accept: " + b"a/b;q=0.1," * 1_200 + b"\r\n", 406),
    _asked("two thousand fields", b"/livez", b"A: b\r\n" * 2_000, 200),
    _asked("many cookies", b"/livez", b"Cookie: " + b"a=b; " * 3_000 + b"\r\n", 200),
    _asked("many keys", b"/v1/policies", b"Authorization: Bearer " + b"a" * 15_000 + b"\r\n", 200),
    _asked("many parameters asked", b"/v1/terms?" + b"q=a&" * 3_000, b"", 400),
    _asked("a web socket", b"/v1/policies", b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
           b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 200, 400),
    _asked("another protocol asked", b"/livez", b"Connection: Upgrade, HTTP2-Settings\r\n"
           b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n", 200),
)  # fmt: skip

GUARDED = (
    b"/v1/policies", b"//v1/policies", b"/v1//policies", b"/v1/./policies", b"/v1/../v1/policies",
    b"/v1/policies/", b"/v1/policies;a=b", b"/v1/policies%00", b"/v1/policies%0a", b"/v1/policies%20",
    b"/v1%2fpolicies", b"/%76%31/policies", b"/V1/policies", b"/livez/../v1/policies",
    b"/livez%2f..%2fv1/policies", b"/v1/policies?/livez", b"/v1/policies#/livez",
    b"http://localhost/v1/policies", b"http://localhost/livez/../v1/policies", b"@localhost/v1/policies",
    b"/v1/terms?q=nerve", b"/v1/requirements?procedure=60220", b"/metrics", b"/metrics%0a", b"/metrics?a",
    b"/v1/determinations/a", b"/v1/determinations/a/verify", b"/v1/determinations/a/reviews",
)  # fmt: skip
"""Paths that lead to what asks for a key, or nowhere."""
DISGUISES = (
    b"", b"Host: a/?x=\r\n", b"Host: localhost/livez?\r\n", b"X-Original-URL: /livez\r\n",
    b"X-Rewrite-URL: /livez\r\n", b"X-Forwarded-Host: localhost\r\nX-Forwarded-For: 127.0.0.1\r\n",
    b"Forwarded: for=127.0.0.1;host=localhost\r\n", b"X-HTTP-Method-Override: OPTIONS\r\n",
    b"Authorization: Basic YTpi\r\n", b"Authorization: Bearer\r\n", b"Authorization: Bearer \r\n",
    b"Authorization: Bearer ionm_aaaaaaaa_" + b"A" * 43 + b"\r\n", b"Cookie: key=a\r\n",
)  # fmt: skip
"""Fields that have let requests pass for others."""
