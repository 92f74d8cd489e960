"""Requests arrive when they are due, and the time that each waits is counted."""

from __future__ import annotations

import asyncio
import itertools
import time

from benchmarks.arrivals import arrive
from tests.service.load import Answer

STALL = 0.3
RATE, SECONDS = 100, 0.6


async def _arrive_at_a_stall() -> list[Answer]:
    """Send requests to a server that answers nobody at first, and then everybody at once."""
    until = time.perf_counter() + STALL
    ended = asyncio.Event()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            await reader.readuntil(b"\r\n\r\nx")
            await asyncio.sleep(max(0.0, until - time.perf_counter()))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        ended.set()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        answers = await arrive(port, [b"x"], RATE, SECONDS)
        await ended.wait()
        await asyncio.sleep(0.1)
        return answers


def test_a_stall_is_felt_by_every_request_that_was_due() -> None:
    answers = asyncio.run(_arrive_at_a_stall())
    assert [answer.status for answer in answers] == [200] * round(RATE * SECONDS)
    began = [answer.began for answer in answers]
    assert all(abs(b - a - 1 / RATE) < 1e-6 for a, b in itertools.pairwise(began))
    late = [answer for answer in answers if answer.seconds > STALL / 3]
    assert len(late) >= RATE * STALL / 2
