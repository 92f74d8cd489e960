"""Answers that nobody reads, nurseries that fail, and knowledge that changes cost nobody else."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import resource
import socket
import subprocess
import weakref
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from fcntl import F_DUPFD, fcntl
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest

from api import query_pool
from api.judging import Kept
from api.main import create_app
from api.metrics import Metrics
from api.nursery import Nursery, NurseryGone, Worker, start_nursery
from api.query_frames import BEGIN, PIECE, written
from api.query_nursery import _serve
from api.query_pool import QueriesBusy, QueriesClosed, QueryPool, Reply, Served
from api.query_run import HEAD_SIZE, QueryKilled, Run, Unread
from api.query_worker import Limits, Queried
from api.service import Service
from api.sparql import _LongAnswer
from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.query_results import Question
from tests.api.conftest import send, settings_in

SERVED = Served("sha256:" + "0" * 64, Kept((Path("kept/ontology"),), (Path("kept/shapes"),)))
QUERY = "/sparql?query=ASK%20%7B%7D"
CSV = {"Accept": "text/csv"}


class Still:
    """Stand for a process that does nothing."""

    def wait(self, _: float = 0) -> int:
        return 0

    def kill(self) -> None:
        """Do nothing."""


OPEN: list[socket.socket] = []


def pair() -> tuple[socket.socket, socket.socket]:
    """Return two ends of a channel; they are closed after the test."""
    found = socket.socketpair()
    OPEN.extend(found)
    return found


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def still(content: str = "") -> Nursery:
    """Return a nursery that answers nothing."""
    ours, _ = pair()
    ours.settimeout(0.05)
    return Nursery(cast("subprocess.Popen[bytes]", Still()), ours, content=content)


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[QueryPool]:
    """Return a pool of one worker that was not opened."""
    settings = settings_in(tmp_path / "data", query_workers=1, query_seconds=2.0)
    found = QueryPool(settings, Metrics(), "http://localhost/sparql")
    yield found
    found.close()


def open_by_hand(pool: QueryPool, content: str = "") -> socket.socket:
    """Let a pool have one worker; return the worker's end of its channel."""
    nursery, (ours, theirs) = still(content), pair()
    ours.setblocking(False)
    nursery.living = 1
    pool._take_over(SERVED, nursery, [Worker(0, ours, nursery)], anew=False)
    return theirs


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 10))


def long_answer(worker: socket.socket) -> None:
    """Begin an answer that is longer than its head."""
    worker.setblocking(False)
    worker.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * HEAD_SIZE)
    worker.send(written(BEGIN, b"text/csv"))
    for _ in range(3):
        worker.sendall(written(PIECE, b"x" * (HEAD_SIZE // 3 + 1)))


def test_a_reader_takes_one_piece_after_another() -> None:
    async def work() -> None:
        unread = Unread()
        found = Run(cast("Worker", None), unread, "a")
        for _ in range(3):
            found._note(PIECE, b"12345")
        assert (unread.total, unread.of("a"), unread.of("b")) == (15, 15, 0)
        found.end()
        left = [(piece, unread.total) async for piece in found.rest()]
        assert left == [(b"12345", 10), (b"12345", 5), (b"12345", 0)]

    run(work())


@pytest.mark.parametrize("begun", [True, False])
def test_an_answer_that_is_left_counts_no_more(pool: QueryPool, *, begun: bool) -> None:
    async def work() -> None:
        worker = open_by_hand(pool)
        long_answer(worker)
        reply = await pool.ask(Question("ASK {}"), "a")
        pool._unread.add("a", 7)
        assert reply.rest is not None
        if begun:

            async def refuse(_: object) -> None:
                raise OSError

            async def wait() -> NoReturn:
                await asyncio.sleep(60)
                raise AssertionError

            with pytest.raises(BaseException):  # noqa: B017, PT011  (of whatever kind)
                await _LongAnswer(reply, {})(
                    {"type": "http"}, cast("Any", wait), cast("Any", refuse)
                )
        else:
            reply.leave()
        await asyncio.gather(*pool._tasks, return_exceptions=True)
        assert pool._unread.total == 7

    run(work())


def test_who_leaves_much_unread_waits_and_others_do_not(
    pool: QueryPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        worker = open_by_hand(pool)
        pool._unread.add("a", query_pool.MOST_UNREAD_OF_ONE + 1)
        with pytest.raises(QueriesBusy):
            await pool.ask(Question("ASK {}"), "a")
        long_answer(worker)
        (await pool.ask(Question("ASK {}"), "b")).leave()
        await asyncio.gather(*pool._tasks, return_exceptions=True)

    monkeypatch.setattr(pool, "_replace", lambda *_, **__: None)
    run(work())


def test_a_page_of_a_long_answer_leaves_it(service: Service) -> None:
    left: list[int] = []

    class Pool:
        endpoint, content = "http://localhost/sparql", "a"

        async def ask(self, *_: object) -> Reply:
            async def rest() -> Any:
                yield b""

            form = "application/sparql-results+json"
            return Reply(form, b"{", rest(), "a", lambda: left.append(1))

    app = create_app(service=dataclasses.replace(service, pool=cast("QueryPool", Pool())))
    found = send(app, "GET", QUERY, headers={"Accept": "text/html"})
    assert found.status_code == 200
    assert left == [1]


def test_a_tag_is_of_what_was_answered_from(service: Service) -> None:
    class Pool:
        endpoint, content, answers = "http://localhost/sparql", "new", "old"

        async def ask(self, *_: object) -> Reply:
            return Reply("text/csv", b"true", content=self.answers)

    pool = Pool()
    app = create_app(service=dataclasses.replace(service, pool=cast("QueryPool", pool)))
    old = send(app, "GET", QUERY, headers=CSV).headers["etag"]
    pool.answers = "new"
    again = send(app, "GET", QUERY, headers=CSV | {"If-None-Match": old})
    assert again.status_code == 200
    assert again.headers["etag"] != old
    kept = CSV | {"If-None-Match": '"a", ' + again.headers["etag"].removeprefix("W/")}
    assert send(app, "GET", QUERY, headers=kept).status_code == 304
    direct = kept | {"Content-Type": "application/sparql-query"}
    posted = send(app, "POST", "/sparql", headers=direct, content="ASK {}")
    assert posted.status_code == 200
    assert "etag" not in posted.headers


def test_a_nursery_that_answered_late_is_asked_no_more() -> None:
    ours, theirs = pair()
    found = Nursery(cast("subprocess.Popen[bytes]", Still()), ours)
    ours.settimeout(0.05)
    with pytest.raises(NurseryGone):
        found.spawn()
    with suppress(OSError):  # nobody hears what comes late
        theirs.send(b'{"signal": 9}\n')
    with pytest.raises(NurseryGone):
        found.spawn()


@pytest.mark.parametrize("what", ["Popen", "socketpair"])
def test_a_nursery_that_cannot_start_is_refused(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> NoReturn:
        raise BlockingIOError

    monkeypatch.setattr(subprocess if what == "Popen" else socket, what, full)
    with pytest.raises(KnowledgeRefused):
        start_nursery({}, seconds=1)


def test_no_worker_without_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    found = still()

    def full() -> NoReturn:
        raise OSError

    monkeypatch.setattr(socket, "socketpair", full)
    with pytest.raises(NurseryGone):
        found.spawn()


def test_whatever_fails_a_reader_sees_the_end(
    pool: QueryPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise ZeroDivisionError

    async def work() -> None:
        open_by_hand(pool).close()
        monkeypatch.setattr(pool, "_replace", fail)
        with pytest.raises(QueryKilled):
            await pool.ask(Question("ASK {}"))
        await asyncio.gather(*pool._tasks, return_exceptions=True)

    run(work())


def test_what_could_not_start_is_tried_again(
    pool: QueryPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts: list[Callable[[], Nursery]] = []

    def start(_: object) -> Nursery:
        return starts.pop()()

    def refuse() -> NoReturn:
        raise KnowledgeRefused([Fault("queries", "no.")])

    def give() -> Nursery:
        monkeypatch.setattr(Nursery, "spawn", lambda self: Worker(0, pair()[0], self))
        return still()

    monkeypatch.setattr(pool, "_start", start)
    starts[:] = [give, refuse]
    pool._open()
    assert pool.state.startswith("failed")
    with pytest.raises(QueriesClosed):
        asyncio.run(pool.ask(Question("ASK {}")))
    assert starts == [give]
    pool._retry_at = 0
    with pytest.raises(QueriesClosed):
        asyncio.run(pool.ask(Question("ASK {}")))
    for _ in range(200):
        if pool.state == "ready":
            break
        asyncio.run(asyncio.sleep(0.01))
    assert pool.state == "ready"


def test_a_late_start_does_not_displace_new_knowledge(pool: QueryPool) -> None:
    open_by_hand(pool, "new")
    pool._take_over(Served("old"), still("old"), [], anew=True)
    assert pool.content == "new"


def test_workers_read_what_is_kept(pool: QueryPool, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: dict[str, Any] = {}

    def start(asked: dict[str, Any], *, seconds: float) -> Nursery:
        wanted.update(asked, seconds=seconds)
        return still()

    monkeypatch.setattr(query_pool, "start_nursery", start)
    pool._start(SERVED)
    assert [Path(path).parts[-2:] for path in wanted["ontology"]] == [("kept", "ontology")]


def test_a_nursery_may_have_a_high_number_of_a_file() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2_000:
        pytest.skip("the system allows few files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2_000), hard))
    ours, theirs = socket.socketpair()
    try:
        high = socket.socket(fileno=fcntl(theirs.fileno(), F_DUPFD, 1_500))
        ours.close()
        _serve(high, cast("Queried", None), cast("Limits", None))
        assert high.fileno() >= 1_500
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        high.close()
        theirs.close()


def test_a_worker_that_comes_late_from_knowledge_of_before_is_ended(pool: QueryPool) -> None:
    nursery = still("new")
    fresh, late = Worker(1, pair()[0], nursery), Worker(2, pair()[0], still("old"))
    pool._take_over(SERVED, nursery, [fresh], anew=False)
    pool._line.give(late)
    assert asyncio.run(pool._taken("")) is fresh
    assert late.channel.fileno() == -1


def test_a_query_that_failed_is_held_by_nothing_once_it_was_told() -> None:
    async def told() -> weakref.ref[Run]:
        run = Run(cast("Worker", None), Unread(), "a")
        run.error = QueryKilled("time")
        run.end()
        with pytest.raises(QueryKilled):
            await run.head()
        return weakref.ref(run)

    gc.disable()
    try:
        assert asyncio.run(told())() is None
    finally:
        gc.enable()
