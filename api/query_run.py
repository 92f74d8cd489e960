"""Follow one query from its question to the end of its answer.

The answer is read as fast as its worker writes it, up to a bound, so that a slow reader keeps no
worker; the reader takes what has come.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections import Counter, deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from api.nursery import Worker
from api.query_frames import BEGIN, END, FAILED, PIECE, QUESTION, split, write_question, written
from kg_engine.query_results import QueryFailed, Question

HEAD_SIZE = 262_144
"""Bytes that are read before an answer begins: a shorter one is whole, or a failure, by then."""

_READ_SIZE = 262_144


class QueryKilled(Exception):
    """Say that a query was ended by force, and why: ``time``, ``memory`` or ``crash``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Unread:
    """Count the bytes of answers that were received and that nobody took yet, by who asked."""

    def __init__(self) -> None:
        self.total = 0
        self._of: Counter[str] = Counter()

    def of(self, name: str) -> int:
        """Return what one who asks left unread."""
        return self._of[name]

    def add(self, name: str, size: int) -> None:
        """Count bytes that came, or that were taken where they are below 0."""
        self.total += size
        self._of[name] += size
        if not self._of[name]:
            del self._of[name]


@dataclass(eq=False)
class Run:
    """Hold one query: its worker, what was received of its answer, and how it ended."""

    worker: Worker
    unread: Unread
    name: str = ""
    form: str = ""
    size: int = 0
    done: bool = False
    error: Exception | None = None
    _left: bool = False
    _pieces: deque[bytes] = field(default_factory=deque)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, question: Question, seconds: float) -> bool:
        """Read the whole answer; return whether its worker is still sound."""
        try:
            async with asyncio.timeout(seconds):
                await self._read(question)
        except TimeoutError:
            self.error = QueryKilled("time")
        except (OSError, ValueError):
            self.error = QueryKilled("crash")
        else:
            return True
        return False

    def end(self) -> None:
        """Let whoever reads see the end."""
        self.done = True
        self._news.set()

    async def head(self) -> bytes:
        """Return the first bytes when there are many, or the whole answer.

        Raises QueryFailed and QueryKilled.
        """
        while not self.done and self.size < HEAD_SIZE:
            await self._news.wait()
            self._news.clear()
        found = self._take(len(self._pieces))
        self._raise()
        return found

    async def rest(self) -> AsyncGenerator[bytes]:
        """Yield what comes after the head, no more at once than one piece, so that all is counted.

        Raises QueryFailed and QueryKilled.
        """
        while True:
            self._news.clear()
            if self._pieces:
                yield self._take(1)
            elif self.done:
                break
            else:
                await self._news.wait()
        self._raise()

    def leave(self) -> None:
        """Drop what is there and what still comes: nobody reads it any more."""
        self._left = True
        self._take(len(self._pieces))

    def _raise(self) -> None:
        """Raise what went wrong, if anything, and let go of it: else each would hold the other."""
        error, self.error = self.error, None
        try:
            if error is not None:
                raise error
        finally:
            del error

    def _take(self, number: int) -> bytes:
        found = b"".join(self._pieces.popleft() for _ in range(number))
        self.unread.add(self.name, -len(found))
        return found

    async def _read(self, question: Question) -> None:
        loop, channel, held = asyncio.get_running_loop(), self.worker.channel, bytearray()
        await loop.sock_sendall(channel, written(QUESTION, write_question(question)))
        while True:
            received = await loop.sock_recv(channel, _READ_SIZE)
            if not received:
                raise ConnectionError
            held += received
            for kind, content in split(held):
                if kind in (END, FAILED):
                    self.error = QueryFailed(*json.loads(content)) if content else None
                    return
                self._note(kind, content)

    def _note(self, kind: bytes, content: bytes) -> None:
        if kind == BEGIN:
            self.form = content.decode()
        elif kind == PIECE and not self._left:
            self._pieces.append(content)
            self.size += len(content)
            self.unread.add(self.name, len(content))
            self._news.set()


def why_ended(ended_by: int) -> str:
    """Say why a worker died, by the signal that ended it: a native engine aborts out of memory."""
    late = (signal.SIGALRM, signal.SIGXCPU)
    return "time" if ended_by in late else "memory" if ended_by == signal.SIGABRT else "crash"
