"""Send every bait through every door of a service, and note what it did besides answering."""

from __future__ import annotations

import http.client
import socket
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from tests.silence.canary import MARK, Canary, Files
from tests.silence.entries import (
    DETERMINATIONS,
    DOORS,
    FORMS_OF_ANSWERS,
    HEADER_FORMS,
    HEADERS,
    KEPT,
    PLACES,
    QUERY_DOORS,
    TARGETS,
)
from tests.silence.payloads import ADDRESSES, JSON, Lures, admitted, payloads
from tests.silence.queries import QUERIES

SECRETS = (MARK, "root:x:0:0:", "PATH=/")
"""What stands in the baits and in the usual files, and in no address that is sent."""


@dataclass(frozen=True)
class Request:
    """Hold one request, with the name by which a fault tells of it."""

    name: str
    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    line: str = ""


@dataclass
class Seen:
    """Count the requests and their answers; keep each sign that something was fetched or read."""

    requests: int = 0
    connections: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class _Line(http.client.HTTPConnection):
    """A connection that counts how often it was made."""

    made = 0

    def connect(self) -> None:
        self.made += 1
        super().connect()


class Sender:
    """Send requests one after another, so that a sign belongs to the last one."""

    def __init__(self, port: int, canary: Canary, files: Files) -> None:
        self.seen = Seen()
        self._canary, self._files, self._port = canary, files, port
        self._line = _Line("127.0.0.1", port, timeout=120)

    def send(self, request: Request) -> tuple[int, bytes, str]:
        """Send one request; return status, body and the id of what was kept."""
        try:
            found = self._exchange(request)
        except (OSError, http.client.HTTPException) as error:
            self._line.close()
            self.seen.faults.append(f"{request.name}: {type(error).__name__}")
            found = (0, b"", "")
        self.seen.requests += 1
        self.seen.statuses[str(found[0])] += 1
        if found[0] >= 500 and not any(kind in found[1] for kind in ENDED):
            self.seen.faults.append(f"{request.name}: {found[0]} {found[1][:200]!r}")
        self.look(request.name, found[1])
        return found

    def look(self, name: str, answer: bytes) -> None:
        """Note a connection, an opened file, or the content of one in an answer."""
        for heard in (self._canary.heard, self._files.opened()):
            self.seen.faults.extend(f"{name}: {one}" for one in heard)
        self._canary.heard.clear()
        for secret in SECRETS:
            if secret.encode() in answer:
                self.seen.faults.append(f"{name}: the answer tells {secret}")

    def answer(self, id_: str) -> str:
        """Return what is kept under an id."""
        return self.send(Request("read", "GET", KEPT.replace("{kept}", id_)))[1].decode()

    def close(self) -> None:
        """Close the connection and count what was made."""
        self._line.close()
        self.seen.connections += self._line.made

    def _exchange(self, request: Request) -> tuple[int, bytes, str]:
        if request.line:
            return self._raw(request)
        names = {name.lower() for name, _ in request.headers}
        self._line.putrequest(request.method, request.path, skip_host="host" in names,
                              skip_accept_encoding=True)  # fmt: skip
        for name, value in request.headers:
            self._line.putheader(name, value.encode("utf-8"))
        if request.body or request.method == "POST":
            self._line.putheader("Content-Length", str(len(request.body)))
        self._line.endheaders(request.body)
        answer = self._line.getresponse()
        body = answer.read()
        return answer.status, body, answer.headers.get("Determination-Id", "")

    def _raw(self, request: Request) -> tuple[int, bytes, str]:
        self.seen.connections += 1
        with socket.create_connection(("127.0.0.1", self._port), timeout=30) as door:
            head = (
                f"{request.line}\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n"
            )
            door.sendall(head.encode() + b"\r\n")
            said = b""
            while chunk := door.recv(65_536):
                said += chunk
        return int(said[9:12] or 0), said, ""


ENDED = (b"problem/query-killed", b"problem/busy")
"""How a query may end that asks for too much."""


def requests(lures: Lures, kept: str) -> Iterator[Request]:
    """Yield every request: bodies, queries, texts in paths, headers, first lines."""
    for door in DOORS:
        path = door.path.replace("{kept}", kept)
        for payload in payloads():
            body = door.wrap(lures.put(payload.text, payload.suffix)).encode()
            for form in dict.fromkeys((payload.form, *door.forms)):
                name = f"{door.method} {door.path} {form or 'no type'}: {payload.name}"
                headers = (("Content-Type", form),) if form else ()
                yield Request(name, door.method, path, headers, body)
    for door in QUERY_DOORS:
        for title, query in QUERIES.items():
            for form in door.forms:
                name = f"{door.method} {door.path} {form}: {title}"
                body = door.wrap(lures.put(query)).encode()
                yield Request(name, door.method, door.path, (("Content-Type", form),), body)
    yield from _placed(lures, kept)
    yield from _headed(lures, kept)
    for line in TARGETS:
        yield Request(line, "", "", line=lures.put(line))


def _placed(lures: Lures, kept: str) -> Iterator[Request]:
    for place in PLACES:
        texts: Iterable[str] = ADDRESSES if place.takes == "addresses" else QUERIES.values()
        for text in texts:
            for safe in ("", "/:"):
                put = quote(lures.put(text), safe=safe)
                path = place.path.replace("{kept}", kept).replace("{}", put)
                yield Request(f"GET {place.path}: {text}", "GET", path)


def _headed(lures: Lures, kept: str) -> Iterator[Request]:
    own = (("Content-Type", JSON),)
    asked = (("POST", DETERMINATIONS, b'{"id": "a"}'),
             ("GET", KEPT.replace("{kept}", kept), b""), ("GET", "/v1/terms?q=nerve", b""))  # fmt: skip
    for header in HEADERS:
        for pattern in HEADER_FORMS:
            for address in ("%URL%", "%FILE%", "127.0.0.1:%PORT%", "../../../etc/passwd"):
                value = lures.put(pattern.replace("{}", address), "jsonld")
                for method, path, body in asked:
                    headers = ((header, value), *(h for h in own if header != h[0] and body))
                    yield Request(f"{method} {path[:24]} {header}: {pattern} {address}",
                                  method, path, headers, body)  # fmt: skip


def keep(sender: Sender, lures: Lures, addresses: Iterable[str]) -> list[str]:
    """Have a record determined for each address; return the ids of what is kept."""
    found = []
    for address in addresses:
        body = lures.put(admitted(address)).encode()
        request = Request(
            f"keep {address}", "POST", DETERMINATIONS, (("Content-Type", JSON),), body
        )
        status, answer, id_ = sender.send(request)
        if status == 200:
            found.append(id_)
        elif "\x00" not in address:
            sender.seen.faults.append(f"keep {address}: {status} {answer[:200]!r}")
    return found


def read_back(sender: Sender, lures: Lures, kept: Iterable[str], verified: int) -> None:
    """Read what is kept in every form, decide it anew, and verify some of it."""
    for place, id_ in enumerate(kept):
        path = KEPT.replace("{kept}", id_)
        for form in FORMS_OF_ANSWERS:
            request = Request(f"read {form}", "GET", path, (("Accept", form),))
            page = sender.send(request)[1]
            for reached in ('="%URL%', "='%URL%", '="//127', "url(%URL%"):
                if form == "text/html" and lures.put(reached).encode() in page:
                    sender.seen.faults.append(f"the page of {id_} links to {reached}")
        for rest in ("replay", "reviews", *(["verify"] if place < verified else [])):
            sender.send(Request(f"{rest} what is kept", "GET", f"{path}/{rest}"))
