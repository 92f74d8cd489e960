"""Who waits is served in turn, one after another of each name, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from api.waiting import Line, LineFull


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 10))


def test_the_line_goes_round_by_name() -> None:
    async def work() -> None:
        line: Line[int] = Line(most=10, most_of_one=10, seconds=5)
        served: list[str] = []

        async def one(name: str) -> None:
            taken = await line.take(name)
            served.append(name)
            await asyncio.sleep(0)
            line.give(taken)

        tasks = [asyncio.ensure_future(one(name)) for name in ("a", "a", "a", "b", "c", "b")]
        await asyncio.sleep(0)
        line.give(1)
        await asyncio.gather(*tasks)
        assert served == ["a", "b", "c", "a", "b", "a"]
        assert line.empty() == [1]

    run(work())


def test_too_many_are_turned_away_at_once() -> None:
    async def work() -> None:
        line: Line[int] = Line(most=3, most_of_one=2, seconds=5)
        tasks = [asyncio.ensure_future(line.take(name)) for name in ("a", "a", "b")]
        await asyncio.sleep(0)
        for name in ("a", "c"):
            with pytest.raises(LineFull):
                await line.take(name)
        for number in range(3):
            line.give(number)
        assert sorted(await asyncio.gather(*tasks)) == [0, 1, 2]

    run(work())


def test_nothing_is_lost_where_a_wait_ends() -> None:
    async def work() -> None:
        line: Line[int] = Line(most=9, most_of_one=9, seconds=0.05)
        with pytest.raises(LineFull):
            await line.take("a")
        line.give(1)
        assert await line.take("a") == 1
        waiting = asyncio.ensure_future(line.take("b"))
        await asyncio.sleep(0)
        line.give(1)  # handed over, and then its taker goes away
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await line.take("c") == 1

    run(work())


def test_a_loop_that_has_ended_holds_nobody() -> None:
    line: Line[int] = Line(most=9, most_of_one=9, seconds=5)
    loop = asyncio.new_event_loop()
    left = loop.create_task(line.take("a"))
    loop.run_until_complete(asyncio.sleep(0))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    line.give(7)
    assert line.empty() == [7]
    del left


def test_who_gave_up_keeps_no_place() -> None:
    async def work() -> None:
        line: Line[int] = Line(most=2, most_of_one=1, seconds=0.05)
        for _ in range(3):
            with pytest.raises(LineFull):
                await line.take("a")
        later = asyncio.get_running_loop().call_later(0.01, line.give, 1)
        assert await line.take("a") == 1
        later.cancel()

    run(work())
