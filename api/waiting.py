"""Let callers wait in turn for something of which there is little, one after another of each name.

Whoever asks often waits behind whoever asks seldom: the line goes round by name, so that one
caller with many requests holds up another's by one of them at most.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class LineFull(Exception):
    """Say that too many wait, or that the wait was too long."""


class Line(Generic[T]):
    """Hold what is free, and who waits for it. May be called from any thread."""

    def __init__(self, *, most: int, most_of_one: int, seconds: float) -> None:
        self._most, self._most_of_one, self._seconds = most, most_of_one, seconds
        self._free: list[T] = []
        self._waiting: OrderedDict[str, deque[asyncio.Future[T]]] = OrderedDict()
        self._lock = threading.Lock()

    async def take(self, name: str) -> T:
        """Return a free one, at once or in turn. Raises LineFull."""
        with self._lock:
            if self._free:
                return self._free.pop()
            future = self._join(name)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._handed(future)
        except TimeoutError:
            raise LineFull from None
        finally:
            self._leave(name, future)

    async def _handed(self, future: asyncio.Future[T]) -> T:
        """Return what is handed over; what comes as the taker goes away is given on."""
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self.give(future.result())
            raise

    def give(self, one: T) -> None:
        """Give one to whoever is next, or keep it free."""
        with self._lock:
            future = self._next()
            if future is None:
                self._free.append(one)
                return
        try:
            future.get_loop().call_soon_threadsafe(self._hand, future, one)
        except RuntimeError:  # that loop is closed, and nobody waits
            self.give(one)

    def empty(self) -> list[T]:
        """Return all that are free, and keep none."""
        with self._lock:
            found, self._free = self._free, []
        return found

    def _join(self, name: str) -> asyncio.Future[T]:
        own = self._waiting.get(name, deque())
        if sum(map(len, self._waiting.values())) >= self._most or len(own) >= self._most_of_one:
            raise LineFull
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        own.append(future)
        self._waiting[name] = own
        return future

    def _leave(self, name: str, future: asyncio.Future[T]) -> None:
        """Take out of the line whoever gave up: it must keep no place that another could have."""
        with self._lock:
            own = self._waiting.get(name, deque())
            if future in own:
                own.remove(future)
                if not own:
                    del self._waiting[name]

    def _next(self) -> asyncio.Future[T] | None:
        while self._waiting:
            name, own = next(iter(self._waiting.items()))
            future = own.popleft()
            if own:
                self._waiting.move_to_end(name)
            else:
                del self._waiting[name]
            if not future.done():
                return future
        return None

    def _hand(self, future: asyncio.Future[T], one: T) -> None:
        if future.done():
            self.give(one)
        else:
            future.set_result(one)
