"""Send requests when they are due, whether or not those before them were answered.

Clients that wait for answers ask less of a slow service, and so hide how slow it is. Here the
time of a request counts from when it was due, also where it could not be sent then.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.service.load import Answer, Client

IDLE_SECONDS = 2.0
"""A connection that was idle for longer is opened anew, before the service closes it."""


@dataclass
class _Connections:
    port: int
    idle: list[tuple[float, Client]] = field(default_factory=list)

    async def take(self) -> Client:
        """Return the connection that was used last, or a new one."""
        if not self.idle:
            return Client(self.port)
        since, client = self.idle.pop()
        if time.perf_counter() - since > IDLE_SECONDS:
            await client.close()
        return client

    def give(self, client: Client) -> None:
        self.idle.append((time.perf_counter(), client))


async def arrive(port: int, bodies: Sequence[bytes], rate: float, seconds: float) -> list[Answer]:
    """Send so many requests a second for some seconds; return all answers, in order of sending."""
    connections = _Connections(port)
    began = time.perf_counter()

    async def one(number: int) -> Answer:
        due = began + number / rate
        client = await connections.take()
        answer = await client.post(bodies[number % len(bodies)])
        connections.give(client)
        return replace(answer, began=due, seconds=time.perf_counter() - due)

    sent = []
    for number in range(round(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        sent.append(asyncio.create_task(one(number)))
    answers = await asyncio.gather(*sent)
    for _, client in connections.idle:
        await client.close()
    return answers
