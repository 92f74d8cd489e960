"""Send hostile requests one after another from some clients while others determine cases."""

from __future__ import annotations

import http.client
import json
import os
import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from tests.hostile.requests import CASES, Hostile

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
CLIENT_NICE = 15


@dataclass(frozen=True, slots=True)
class Ended:
    """Hold how a hostile request ended: its status (0: broken off), seconds, and kind of problem."""

    name: str
    status: int
    seconds: float
    kind: str = ""

    @property
    def allowed(self) -> bool:
        """Say whether it was answered, refused, or ended by force alone."""
        return self.status < 500 or self.kind in ("query-killed", "busy")


@dataclass(slots=True)
class Normal:
    """Hold the seconds of determinations, and what failed of them."""

    seconds: list[float] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        """Return the milliseconds within which a share was answered."""
        times = sorted(self.seconds)
        return times[min(len(times) - 1, int(share * len(times)))] * 1_000


def attack(port: int, hostile: Hostile) -> Ended:
    """Send one hostile request and see how it ends."""
    began = time.monotonic()
    status, kind = 0, ""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("POST", hostile.path, hostile.body, {"Content-Type": hostile.form})
        answer = connection.getresponse()
        status, body = answer.status, answer.read()
        if status >= 500:
            kind = json.loads(body)["type"].rpartition("/")[2]
    except (OSError, http.client.HTTPException, ValueError):
        pass  # broken off: an answer that failed when it had begun
    finally:
        connection.close()
    return Ended(hostile.name, status, time.monotonic() - began, kind)


def determine_for(port: int, seconds: float, every: float) -> Normal:
    """Determine the examples at a steady rate for some seconds, each timed from its own moment."""
    bodies = [path.read_bytes() for path in sorted((ROOT / "examples").glob("*.json"))]
    found = Normal()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    start = time.monotonic()
    for number in range(int(seconds / every)):
        due = start + number * every
        time.sleep(max(0.0, due - time.monotonic()))
        body = bodies[number % len(bodies)]
        connection.request("POST", CASES, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        found.seconds.append(time.monotonic() - due)
        if answer.status != 200:
            found.failed.append(answer.status)
    connection.close()
    return found


def press(port: int, requests: Sequence[Hostile], attackers: int) -> list[Future[Ended]]:
    """Let clients in processes of their own send all requests, and tell how each ended.

    They give way to all else: what a client costs would elsewhere be borne by another machine.
    """
    pool = ProcessPoolExecutor(attackers, get_context("spawn"), os.nice, (CLIENT_NICE,))
    ended = [pool.submit(attack, port, hostile) for hostile in requests]
    pool.shutdown(wait=False)
    return ended
