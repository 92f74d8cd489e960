"""Answer queries by worker processes that are killed past their bounds and raised anew.

A query goes to a free worker, or waits in turn. Past the time that it has, or where its worker
dies, it fails, and a new worker takes the place of the old.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import asdict, dataclass
from functools import partial

from api.judging import Kept
from api.knowledge import Snapshot
from api.logs import say
from api.metrics import Metrics
from api.nursery import Nursery, NurseryGone, Worker, start_nursery
from api.query_run import QueryKilled, Run, Unread, why_ended
from api.query_worker import Limits
from api.settings import Settings
from api.waiting import Line, LineFull
from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.query_results import Question

MOST_UNREAD = 268_435_456
MOST_UNREAD_OF_ONE = MOST_UNREAD // 2
RETRY_SECONDS = 5.0
MOST_ASKED = 1_000
SHARE = 4


class QueriesBusy(Exception):
    """Say that too many queries wait."""


class QueriesClosed(Exception):
    """Say that no query is answered now: the workers are being raised, or could not be."""


@dataclass(eq=False)
class Reply:
    """Hold an answer: its media type, its first bytes, and what is still to come, if anything.

    ``content`` identifies what it was answered from. Whoever does not read all of ``rest`` calls
    ``leave``, which ends the query.
    """

    form: str
    head: bytes
    rest: AsyncGenerator[bytes] | None = None
    content: str = ""
    leave: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Served:
    """Name the knowledge of some workers: its digest, and where it is kept unchanged."""

    digest: str
    kept: Kept | None = None


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
        self._state, self._retry_at, self._closed = "loading", 0.0, False
        self._served = Served("")
        self._lock = threading.Lock()

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

    @property
    def content(self) -> str:
        """Return what identifies all that is answered now; empty where nothing is."""
        nursery = self._nursery
        return "" if nursery is None else nursery.content

    def open(self, snapshot: Snapshot) -> None:
        """Raise the first workers; what fails is in the log and in the state."""
        self._served = Served(snapshot.digest, snapshot.kept)
        self._open()

    def _open(self) -> None:
        """Raise workers where there are none; a failure is tried again when somebody asks."""
        try:
            self._prepare(self._served, anew=True)()
        except KnowledgeRefused as refused:
            self._retry_at = time.monotonic() + RETRY_SECONDS
            if self._nursery is None and not self._closed:
                self._state = f"failed: {refused.faults[0].message}"
            say("queries failed", logging.ERROR, faults=[str(f) for f in refused.faults])

    def prepare(self, snapshot: Snapshot) -> Callable[[], None]:
        """Raise workers for a snapshot beside the old ones; return what lets them serve.

        Raises KnowledgeRefused where they cannot be raised.
        """
        return self._prepare(Served(snapshot.digest, snapshot.kept))

    def _prepare(self, served: Served, *, anew: bool = False) -> Callable[[], None]:
        nursery = self._start(served)
        try:
            workers = [nursery.spawn() for _ in range(self.size)]
        except NurseryGone:
            nursery.close()
            fault = Fault("queries", "no worker could be raised.", "See the memory of the machine.")
            raise KnowledgeRefused([fault]) from None
        return lambda: self._take_over(served, nursery, workers, anew=anew)

    def close(self) -> None:
        """End all workers."""
        with self._lock:
            self._closed, nursery = True, self._nursery
            self._nursery, self._state = None, "closed"
        for worker in self._line.empty():
            worker.channel.close()
        if nursery is not None:
            nursery.close()

    def _start(self, served: Served) -> Nursery:
        settings = self._settings
        kept = served.kept or Kept(settings.ontology, settings.shapes)
        wanted = {
            "ontology": [str(path.resolve()) for path in kept.ontology],
            "shapes": [str(path.resolve()) for path in kept.shapes],
            "digest": served.digest,
            "endpoint": self.endpoint,
            "limits": asdict(self._limits),
        }
        return start_nursery(wanted, seconds=settings.reload_seconds)

    def _take_over(
        self, served: Served, nursery: Nursery, workers: list[Worker], *, anew: bool
    ) -> None:
        """Let workers serve; those of a start anew do not where others came to serve meanwhile."""
        with self._lock:
            old = self._nursery
            late = self._closed or (anew and old is not None)
            if not late:
                self._nursery, self._state, self._served = nursery, "ready", served
        if late:
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

    async def ask(
        self, question: Question, name: str = "", spend: Callable[[float], None] = _nothing
    ) -> Reply:
        """Answer a question, for a caller of some name; ``spend`` is told the seconds it took.

        Raises QueryFailed, QueryKilled, QueriesBusy and QueriesClosed, as long as the answer has
        not begun; after that ``Reply.rest`` raises them.
        """
        if self._nursery is None:
            self._try_again()
            raise QueriesClosed
        if self._unread.total > MOST_UNREAD or self._unread.of(name) > MOST_UNREAD_OF_ONE:
            raise QueriesBusy
        try:
            worker = await self._taken(name)
        except LineFull:
            raise QueriesBusy from None
        run = Run(worker, self._unread, name)
        task = asyncio.ensure_future(self._follow(run, question, spend))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            head = await run.head()
        except asyncio.CancelledError:
            _leave(run, task)
            raise
        rest = None if run.done else run.rest()
        return Reply(run.form, head, rest, worker.nursery.content, partial(_leave, run, task))

    async def _taken(self, name: str) -> Worker:
        """Return a free worker; one that came late from knowledge of before is ended."""
        while (worker := await self._line.take(name)).nursery is not self._nursery:
            await asyncio.to_thread(self._retire, worker)
        return worker

    def _retire(self, worker: Worker) -> None:
        worker.nursery.end(worker)
        self._close_if_left(worker.nursery)

    async def _follow(self, run: Run, question: Question, spend: Callable[[float], None]) -> None:
        """Read an answer to its end, then let the worker, or a new one, be free again."""
        sound, began = False, time.monotonic()
        try:
            sound = await run.read(question, self._settings.query_seconds)
        finally:
            spend(time.monotonic() - began)
            try:
                await asyncio.shield(self._let_go(run, sound=sound))
            finally:
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
                run.error = QueryKilled(why_ended(ended_by))
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
            self._open()

    def _try_again(self) -> None:
        """Start what could not be started some time ago, beside whoever asks."""
        with self._lock:
            failed = self._state.startswith("failed") and not self._closed
            if not failed or time.monotonic() < self._retry_at:
                return
            self._state = "loading"
        threading.Thread(target=self._open, daemon=True).start()


def _leave(run: Run, task: asyncio.Task[None]) -> None:
    """End the query of an answer that nobody reads any more."""
    task.cancel()
    run.leave()
