"""Ask a service from several threads, each request under a key of its own, and keep what it said."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.service.running import ROOT

ONE, MANY = "/v1/determinations", "/v1/batches"
BODIES = tuple(path.read_bytes() for path in sorted((ROOT / "examples").glob("*.json")))
BATCH = 5
FREE = {"IONM_RATE": "10000000", "IONM_BURST": "1000000"}
"""Settings under which no client asks too often."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what came back: 0 and nothing where the connection broke."""

    status: int
    id: str
    body: bytes
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """Hold a request that can be sent again under its key."""

    key: str
    path: str
    body: bytes

    def sent(self, port: int) -> Answer:
        """Send it and return the answer."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": self.key}
        return ask(port, "POST", self.path, self.body, headers)


@dataclass(slots=True)
class Told:
    """Hold what was acknowledged, what was sent and got no answer, and what was refused."""

    acknowledged: dict[Request, Answer] = field(default_factory=dict)
    unanswered: list[Request] = field(default_factory=list)
    refused: list[tuple[Request, Answer]] = field(default_factory=list)

    @property
    def determinations(self) -> int:
        """Return how many determinations were acknowledged."""
        return sum(BATCH if request.path == MANY else 1 for request in self.acknowledged)

    def note(self, request: Request, answer: Answer) -> None:
        """Put an answer where it belongs."""
        if answer.status == 200:
            self.acknowledged[request] = answer
        elif answer.status == 0:
            self.unanswered.append(request)
        else:
            self.refused.append((request, answer))


def drawn(draw: random.Random) -> Request:
    """Return a request of one case, or now and then of a batch."""
    key = uuid.UUID(int=draw.getrandbits(128)).hex
    if draw.random() < 0.1:
        cases = b", ".join(draw.choices(BODIES, k=BATCH))
        return Request(key, MANY, b"[" + cases + b"]")
    return Request(key, ONE, draw.choice(BODIES))


def ask(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Ask once over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        got = connection.getresponse()
        content = got.read()
    except (OSError, http.client.HTTPException):
        return Answer(0, "", b"")
    finally:
        connection.close()
    replayed = got.headers.get("Idempotency-Replayed") == "true"
    return Answer(got.status, got.headers.get("Determination-Id", ""), content, replayed)


def readiness(port: int) -> Answer:
    """Ask whether the service is ready."""
    return ask(port, "GET", "/readyz")


def wait_ready(port: int, seconds: float = 30) -> None:
    """Wait until the service is ready."""
    end = time.monotonic() + seconds
    while (found := readiness(port)).status != 200:
        assert time.monotonic() < end, found
        time.sleep(0.02)


def press(port: int, clients: int, draw: random.Random, until: threading.Event) -> Told:
    """Let clients ask until they are told to stop or the service is gone."""
    told, lock = Told(), threading.Lock()

    def one(mine: random.Random) -> None:
        while not until.is_set():
            request = drawn(mine)
            answer = request.sent(port)
            with lock:
                told.note(request, answer)
            if not answer.status:
                return

    threads = [threading.Thread(target=one, args=(random.Random(draw.random()),))  # noqa: S311
               for _ in range(clients)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def differing(port: int, told: Told, requests: Sequence[Request]) -> list[str]:
    """Return what is wrong with acknowledged answers, by asking for them again in both ways."""
    wrong = []
    for request in requests:
        kept = told.acknowledged[request]
        if request.path == ONE:
            found = ask(port, "GET", f"{ONE}/{kept.id}")
            if (found.status, found.body) != (200, kept.body):
                wrong.append(f"{kept.id}: {found.status}, other bytes")
        again = request.sent(port)
        if (again.status, again.id, again.body) != (200, kept.id, kept.body):
            wrong.append(f"{request.key}: {again.status}, another answer under its key")
        if not again.replayed:
            wrong.append(f"{request.key}: decided a second time")
    return wrong


def problem(answer: Answer) -> tuple[int, str, str]:
    """Return status, kind and first place of a problem document."""
    document = json.loads(answer.body)
    return (
        answer.status,
        document["type"].rsplit("/", 1)[-1],
        document.get("errors", [{"pointer": ""}])[0]["pointer"],
    )
