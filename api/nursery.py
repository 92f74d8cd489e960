"""Hold the process that raises query workers: ask it for one, or to end one.

All calls block and take turns; the nursery answers each at once, but for its start.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api.settings import ROOT
from kg_engine.errors import Fault, KnowledgeRefused

PATIENCE = 5.0
LONGEST_LINE = 1_048_576


class NurseryGone(Exception):
    """Say that the nursery does not answer: it has ended, or hangs."""


@dataclass(eq=False)
class Worker:
    """Hold one query worker: its number, our end of its channel, and who raised it."""

    pid: int
    channel: socket.socket
    nursery: Nursery
    asked: int = 0


@dataclass(eq=False)
class Nursery:
    """Hold the process, its channel, what it told of itself, and how many of its workers live.

    ``content`` identifies what its workers answer from; ``lost`` says that it did not answer.
    """

    process: subprocess.Popen[bytes]
    channel: socket.socket
    alone: bool = False
    quads: int = 0
    described: Mapping[str, str] = field(default_factory=dict)
    content: str = ""
    living: int = 0
    lost: bool = False
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def spawn(self) -> Worker:
        """Return a new worker. Raises NurseryGone."""
        try:
            ours, theirs = socket.socketpair()
        except OSError:
            raise NurseryGone from None
        with theirs:
            try:
                told = self._command({"do": "spawn"}, theirs)
            except NurseryGone:
                ours.close()
                raise
        ours.setblocking(False)
        self._count(1)
        return Worker(told["pid"], ours, self)

    def end(self, worker: Worker) -> int:
        """End a worker, and return the signal that ended it; 0 where none did, or none can tell."""
        worker.channel.close()
        self._count(-1)
        with contextlib.suppress(NurseryGone):
            return int(self._command({"do": "end", "pid": worker.pid})["signal"])
        return 0

    def close(self) -> None:
        """End the nursery and all its workers."""
        with self._turn:
            self.channel.close()
        if self.lost:
            self.process.kill()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _count(self, more: int) -> None:
        with self._turn:
            self.living += more

    def _command(self, command: Mapping[str, Any], given: socket.socket | None = None) -> Any:  # noqa: ANN401  (JSON is anything)
        line = json.dumps(command).encode() + b"\n"
        with self._turn:
            try:
                if given is None:
                    self.channel.sendall(line)
                else:
                    socket.send_fds(self.channel, [line], [given.fileno()])
                return _line(self.channel)
            except (OSError, ValueError):
                self.lost = True
                self.channel.close()  # a late answer must not be taken for that of another command
                raise NurseryGone from None


def start_nursery(wanted: Mapping[str, Any], *, seconds: float) -> Nursery:
    """Start a nursery, and wait until it has loaded what it is to load.

    Raises KnowledgeRefused where it cannot within some seconds.
    """
    unstarted = Fault("queries", "the process for queries did not start.", "See its memory.")
    try:
        found = _started()
    except OSError:
        raise KnowledgeRefused([unstarted]) from None
    found.channel.settimeout(seconds)
    try:
        told = found._command(wanted)
        faults = [Fault(*fault) for fault in told.get("faults", ())]
    except NurseryGone:
        faults = [unstarted]
    if faults:
        found.close()
        raise KnowledgeRefused(faults)
    found.channel.settimeout(PATIENCE)
    found.alone, found.quads = told["alone"], told["quads"]
    found.described, found.content = told["described"], told["content"]
    return found


def _started() -> Nursery:
    """Start the process. Raises OSError where the system has no room for it."""
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = subprocess.Popen(  # noqa: S603  (every word is ours)
                [sys.executable, "-m", "api.query_nursery", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env=os.environ | {"MALLOC_ARENA_MAX": "1"},
            )
        except OSError:
            ours.close()
            raise
    return Nursery(process, ours)


def _line(channel: socket.socket) -> Any:  # noqa: ANN401  (JSON is anything)
    """Return the next line of JSON. Raises OSError where there is none."""
    text = b""
    while not text.endswith(b"\n"):
        piece = channel.recv(LONGEST_LINE)
        if not piece:
            raise ConnectionError
        text += piece
    return json.loads(text)
