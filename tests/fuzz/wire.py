"""Send hostile requests to a running server and note what comes back, and how it bears them."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import quote

from api.sparql_request import DIRECT, FORM
from kg_engine.query_results import GRAPHS, SOLUTIONS
from tests.fuzz import nasty
from tests.fuzz.door import RDF
from tests.hostile.requests import every_hostile
from tests.service.running import resident
from tests.variants import read_cases

SLOW = ("/verify", "/admin")
SPARQL = "/sparql"
ENDED = (b"problem/query-killed", b"problem/busy")
_QUERIES = Path(__file__).resolve().parents[2] / "docs" / "sparql"
_WAIT = 60.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_PARAMETERS = ("all_policies", "full", "as_of", "q", "kind", "limit", "procedure", "service",
               "policy", "date", "query", "x")  # fmt: skip


@dataclass
class Heard:
    """Count the answers by status; keep what should not have come."""

    statuses: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Target:
    """A running server: its port, its process, and its operations as method and path."""

    port: int
    pid: int
    operations: tuple[str, ...]

    def resident(self) -> int:
        """Return the resident memory of all its processes in kilobytes; 0 where it has died."""
        return resident(self.pid) // 1024


class Source:
    """Draw requests for a target."""

    def __init__(self, target: Target, seed: int) -> None:
        self.draw = Random(seed)  # noqa: S311 - a draw that can be repeated
        self.operations = tuple(o for o in target.operations if not any(s in o for s in SLOW))
        self.cases = tuple(case["record"] for case in read_cases().values())
        self.texts = (*map(nasty.encoded, self.cases), *RDF)
        self.queries = tuple(hostile.body for hostile in every_hostile() if hostile.path == SPARQL)
        self.queries += tuple(path.read_bytes() for path in sorted(_QUERIES.glob("*.rq")))
        self.known: list[str] = []

    def request(self) -> bytes:
        """Return the bytes of one request."""
        draw = self.draw
        method, _, path = draw.choice(self.operations).partition(" ")
        method = draw.choice(nasty.METHODS) if draw.random() < 0.1 else method
        if path == SPARQL and draw.random() < 0.8:
            return self._query(method)
        sent = b"" if method == "GET" else self._body()
        head = [f"{method} {self._path(path)} HTTP/1.1", "Host: localhost", *self._headers()]
        if method != "GET" or sent:
            head.append(f"Content-Length: {len(sent)}")
        return "\r\n".join(head).encode("latin-1", "replace") + b"\r\n\r\n" + sent

    def _query(self, method: str) -> bytes:
        """Return the bytes of a request that asks a query, in one of the ways of the protocol."""
        draw = self.draw
        query = nasty.query(draw, self.queries)
        accept = f"Accept: {draw.choice((*SOLUTIONS, *GRAPHS, *nasty.ACCEPTS))}"
        field = f"query={quote(query)}"
        if method == "GET" and len(field) < 8_000:
            head = [f"GET {SPARQL}?{field} HTTP/1.1", "Host: localhost", accept]
            return "\r\n".join(head).encode("latin-1", "replace") + b"\r\n\r\n"
        form, sent = draw.choice(
            ((FORM, field.encode()), (DIRECT, query), (draw.choice(nasty.MEDIA), query))
        )
        head = [f"POST {SPARQL} HTTP/1.1", "Host: localhost", accept, f"Content-Type: {form}",
                f"Content-Length: {len(sent)}"]  # fmt: skip
        return "\r\n".join(head).encode("latin-1", "replace") + b"\r\n\r\n" + sent

    def _body(self) -> bytes:
        body = nasty.body(self.draw, self.cases, self.texts)
        if self.draw.random() < 0.1:
            wrapped = {"case": self.draw.choice(self.cases), "patch": nasty.value(self.draw)}
            return nasty.encoded(wrapped)
        if self.draw.random() < 0.1:
            return b"[" + b",".join([body] * self.draw.randrange(4)) + b"]"
        return body

    def _path(self, path: str) -> str:
        draw = self.draw
        if draw.random() < 0.05:
            path = "/" + quote(nasty.text(draw).encode("utf-8", "surrogatepass"))
        id_ = draw.choice(self.known) if self.known and draw.random() < 0.5 else None
        shown = (
            id_ or quote(nasty.text(draw)[:300].encode("utf-8", "surrogatepass"), safe="") or "x"
        )
        path = re.sub(r"{\w+}", shown.replace("\\", ""), path)
        if draw.random() < 0.5:
            return path
        pairs = []
        for _ in range(draw.randrange(4)):
            text = nasty.text(draw)[:300].encode("utf-8", "surrogatepass")
            pairs.append(f"{draw.choice(_PARAMETERS)}={quote(text)}")
        return path + "?" + "&".join(pairs)

    def _headers(self) -> list[str]:
        draw, found = self.draw, []
        if draw.random() < 0.8:
            found.append(f"Content-Type: {draw.choice(nasty.MEDIA)}")
        if draw.random() < 0.4:
            found.append(f"Accept: {draw.choice(nasty.ACCEPTS)}")
        if draw.random() < 0.2:
            found.append(f"Idempotency-Key: {draw.choice(nasty.KEYS)}{draw.randrange(50)}")
        if draw.random() < 0.05:
            odd = ("Content-Encoding: gzip", "Expect: 100-continue", "Range: bytes=0-,-1",
                   "Authorization: Bearer x", "X-Request-Id: " + "z" * 500, "Cookie: a=b",
                   "Origin: null", "If-None-Match: *", "TE: trailers")  # fmt: skip
            found.append(draw.choice(odd))
        return found


RAW = (
    b"", b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00",
    b"GET / HTTP/1.1\r\nHost: a/?x=\r\n\r\n", b"GET @evil HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: localhost\r\nA: " + b"x" * 100_000 + b"\r\n\r\n",
    b"POST /v1/determinations HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST /v1/determinations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999\r\n\r\n{}",
    b"POST /v1/determinations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /v1/determinations HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"ZZ\r\n{}\r\n0\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n\r\n",
)  # fmt: skip


async def send_all(target: Target, count: int, seed: int, clients: int = 4) -> Heard:
    """Send ``count`` requests by some clients at once and return what was heard."""
    heard = Heard()
    shares = [count // clients + (n < count % clients) for n in range(clients)]
    async with asyncio.TaskGroup() as group:
        for n, share in enumerate(shares):
            group.create_task(_client(target, share, seed * 100 + n, heard))
    return heard


async def _client(target: Target, count: int, seed: int, heard: Heard) -> None:
    source, stream = Source(target, seed), None
    for _ in range(count):
        raw = source.draw.random() < 0.01
        sent = source.draw.choice(RAW) if raw else source.request()
        if raw and stream is not None:
            stream[1].close()
            stream = None
        if stream is None:
            stream = await asyncio.open_connection("127.0.0.1", target.port)
        began = time.monotonic()
        try:
            async with asyncio.timeout(3.0 if raw else _WAIT):
                answer = await _exchange(*stream, sent, head_only=sent.startswith(b"HEAD"))
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            answer = b""
        _note(heard, source, sent, answer, time.monotonic() - began, raw=raw)
        if raw or not answer or b"connection: close" in answer.partition(b"\r\n\r\n")[0].lower():
            stream[1].close()
            stream = None
    if stream is not None:
        stream[1].close()


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytes, *, head_only: bool
) -> bytes:
    writer.write(sent)
    await writer.drain()
    head = await reader.readuntil(b"\r\n\r\n")
    while head.startswith(b"HTTP/1.1 100"):
        head = await reader.readuntil(b"\r\n\r\n")
    if head_only or head.startswith((b"HTTP/1.1 204", b"HTTP/1.1 304")):
        return head
    if found := _LENGTH.search(head):
        return head + await reader.readexactly(int(found[1]))
    body = bytearray(head)
    while _CHUNKED.search(head):
        size = int(await reader.readuntil(b"\r\n"), 16)
        body += (await reader.readexactly(size + 2))[:-2]
        if not size:
            break
    return bytes(body)


def _note(
    heard: Heard, source: Source, sent: bytes, answer: bytes, seconds: float, *, raw: bool
) -> None:
    """Count an answer, learn ids from it, and keep it where it should not have come."""
    status = answer[9:12].decode("latin-1") if answer else "closed"
    heard.statuses[status] += 1
    told = sent[:200].decode("latin-1")
    asked = SPARQL.encode() in sent.partition(b"\r\n")[0]
    ended = asked and (status == "closed" or any(kind in answer for kind in ENDED))
    if (status.startswith("5") or (status == "closed" and not raw)) and not ended:
        heard.faults.append(f"{status}: {told!r} -> {answer[-300:]!r}")
    if seconds > 30:
        heard.faults.append(f"took {seconds:.0f} s: {told!r}")
    if found := re.search(rb"\r\ndetermination-id: ([0-9a-z]+)\r", answer, re.IGNORECASE):
        source.known = [*source.known[-20:], found[1].decode()]
    head, _, body = answer.partition(b"\r\n\r\n")
    if status.startswith("4") and b"problem+json" in head and body:
        json.loads(body)
