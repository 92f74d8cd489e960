"""Answer queries by worker processes that are killed past their bounds and raised anew.

A query goes to a free worker, or waits in turn. Past the time that it has, or where its worker
dies, it fails, and a new worker takes the place of the old.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import asdict, dataclass

from api.knowledge import Snapshot
from api.logs import say
from api.metrics import Metrics
from api.nursery import Nursery, NurseryGone, Worker, start_nursery
from api.query_run import QueryKilled, Run, Unread
from api.query_worker import Limits
from api.settings import Settings
from api.waiting import Line, LineFull
from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.query_results import Question

MOST_UNREAD = 268_435_456
MOST_ASKED = 1_000
SHARE = 4


class QueriesBusy(Exception):
    """Say that too many queries wait."""


class QueriesClosed(Exception):
    """Say that no query is answered now: the workers are being raised, or could not be."""


@dataclass(eq=False)
class Reply:
    """Hold an answer: its media type, its first bytes, and what is still to come, if anything."""

    form: str
    head: bytes
    rest: AsyncGenerator[bytes] | None


def _nothing(_: float) -> None:
    """Charge nobody."""


class QueryPool:
    """Hold the workers of the knowledge that serves."""

    def __init__(self, settings: Settings, metrics: Metrics, endpoint: str) -> None:
        self._settings, self._metrics, self.endpoint = settings, metrics, endpoint
        self.size = settings.query_workers or max(1, (os.cpu_count() or 2) - 1)
        self._limits = Limits(
            settings.query_rows, settings.query_bytes,
            settings.query_seconds, settings.query_memory,
        )  # fmt: skip
        waiting = settings.query_waiting
        self._line: Line[Worker] = Line(
            most=waiting, most_of_one=max(1, waiting // SHARE), seconds=settings.query_wait_seconds
        )
        self._nursery: Nursery | None = None
        self._unread = Unread()
        self._tasks: set[asyncio.Task[None]] = set()
        self._state, self._digest, self._closed = "loading", "", False
        self._lock = threading.Lock()

    # -- life ------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """Return ``ready``, ``loading``, or what went wrong."""
        return self._state

    def described(self, what: str) -> str:
        """Return the description of the ``service``, or its ``void``, in N-Triples.

        Raises QueriesClosed.
        """
        if self._nursery is None:
            raise QueriesClosed
        return self._nursery.described[what]

    def open(self, snapshot: Snapshot) -> None:
        """Raise the first workers; what fails is in the log and in the state."""
        self._open(lambda: self.prepare(snapshot))

    def _open(self, prepare: Callable[[], Callable[[], None]]) -> None:
        try:
            prepare()()
        except KnowledgeRefused as refused:
            self._state = f"failed: {refused.faults[0].message}"
            say("queries failed", logging.ERROR, faults=[str(f) for f in refused.faults])

    def prepare(self, snapshot: Snapshot) -> Callable[[], None]:
        """Raise workers for a snapshot beside the old ones; return what lets them serve.

        Raises KnowledgeRefused where they cannot be raised.
        """
        return self._prepare(snapshot.digest)

    def _prepare(self, digest: str) -> Callable[[], None]:
        nursery = self._start(digest)
        try:
            workers = [nursery.spawn() for _ in range(self.size)]
        except NurseryGone:
            nursery.close()
            fault = Fault("queries", "no worker could be raised.", "See the memory of the machine.")
            raise KnowledgeRefused([fault]) from None
        return lambda: self._take_over(digest, nursery, workers)

    def close(self) -> None:
        """End all workers."""
        with self._lock:
            self._closed, nursery = True, self._nursery
            self._nursery, self._state = None, "closed"
        for worker in self._line.empty():
            worker.channel.close()
        if nursery is not None:
            nursery.close()

    def _start(self, digest: str) -> Nursery:
        settings = self._settings
        wanted = {
            "ontology": [str(path.resolve()) for path in settings.ontology],
            "shapes": [str(path.resolve()) for path in settings.shapes],
            "digest": digest,
            "endpoint": self.endpoint,
            "limits": asdict(self._limits),
        }
        return start_nursery(wanted, seconds=settings.reload_seconds)

    def _take_over(self, digest: str, nursery: Nursery, workers: list[Worker]) -> None:
        with self._lock:
            old, self._nursery, self._state = self._nursery, nursery, "ready"
            self._digest, closed = digest, self._closed
        if closed:
            for worker in workers:
                worker.channel.close()
            nursery.close()
            return
        for worker in self._line.empty():
            worker.nursery.end(worker)
        for worker in workers:
            self._line.give(worker)
        self._close_if_left(old)
        say("queries ready", workers=self.size, quads=nursery.quads, no_network=nursery.alone)

    def _close_if_left(self, nursery: Nursery | None) -> None:
        """Close a nursery that no longer serves when its last worker is gone."""
        if nursery is not None and nursery is not self._nursery and nursery.living <= 0:
            nursery.close()

    # -- one query -------------------------------------------------------------------------

    async def ask(
        self, question: Question, name: str = "", spend: Callable[[float], None] = _nothing
    ) -> Reply:
        """Answer a question, for a caller of some name; ``spend`` is told the seconds it took.

        Raises QueryFailed, QueryKilled, QueriesBusy and QueriesClosed, as long as the answer has
        not begun; after that ``Reply.rest`` raises them.
        """
        if self._nursery is None:
            raise QueriesClosed
        if self._unread.size > MOST_UNREAD:
            raise QueriesBusy
        try:
            worker = await self._line.take(name)
        except LineFull:
            raise QueriesBusy from None
        run = Run(worker, self._unread)
        task = asyncio.ensure_future(self._follow(run, question, spend))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            head = await run.head()
        except asyncio.CancelledError:
            task.cancel()
            raise
        return Reply(run.form, head, None if run.done else _rest(run, task))

    async def _follow(self, run: Run, question: Question, spend: Callable[[float], None]) -> None:
        """Read an answer to its end, then let the worker, or a new one, be free again."""
        sound, began = False, time.monotonic()
        try:
            sound = await run.read(question, self._settings.query_seconds)
        finally:
            spend(time.monotonic() - began)
            await asyncio.shield(self._let_go(run, sound=sound))
            run.end()

    async def _let_go(self, run: Run, *, sound: bool) -> None:
        worker = run.worker
        worker.asked += 1
        if sound and worker.asked < MOST_ASKED and worker.nursery is self._nursery:
            self._line.give(worker)
        else:
            await asyncio.to_thread(self._replace, run, sound=sound)

    def _replace(self, run: Run, *, sound: bool) -> None:
        """End a worker, and let a new one be free in its place."""
        ended_by = run.worker.nursery.end(run.worker)
        if not sound:
            if isinstance(run.error, QueryKilled) and run.error.why == "crash":
                run.error = QueryKilled(_why(ended_by))
            why = run.error.why if isinstance(run.error, QueryKilled) else "left"
            self._metrics.query_kills.labels(why).inc()
        nursery = self._nursery
        if run.worker.nursery is not nursery:
            self._close_if_left(run.worker.nursery)
        elif nursery is not None:
            self._raise_one(nursery)

    def _raise_one(self, nursery: Nursery) -> None:
        try:
            worker = nursery.spawn()
        except NurseryGone:
            say("queries failed", logging.ERROR, faults=["the process for queries has ended."])
            self._raise_anew()
        else:
            self._line.give(worker)
            if self._closed:
                self.close()

    def _raise_anew(self) -> None:
        """Start a new nursery in the place of one that has ended."""
        with self._lock:
            gone, self._nursery, self._state = self._nursery, None, "loading"
        if gone is not None and not self._closed:
            gone.close()
            self._open(lambda: self._prepare(self._digest))


async def _rest(run: Run, task: asyncio.Task[None]) -> AsyncGenerator[bytes]:
    """Yield the rest of an answer; who stops reading ends its query."""
    try:
        async for piece in run.rest():
            yield piece
    finally:
        task.cancel()
        run.take()


def _why(ended_by: int) -> str:
    """Say why a worker died, by the signal that ended it: a native engine aborts out of memory."""
    late = (signal.SIGALRM, signal.SIGXCPU)
    return "time" if ended_by in late else "memory" if ended_by == signal.SIGABRT else "crash"
