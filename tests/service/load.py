"""Press on a service with many clients at once, and keep what each answer was and how long it took."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

LONGEST = 4_194_304
PATH = "/v1/determinations"


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold one answer: its status (0 where there was none), body, start and seconds."""

    status: int
    body: bytes
    began: float
    seconds: float
    error: str = ""


@dataclass
class Client:
    """Ask over one connection at a time, opened again when the service closes it."""

    port: int
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None
    fresh: bool = True

    async def post(self, body: bytes, path: str = PATH, method: str = "POST") -> Answer:
        """Send one request and return its answer."""
        began = time.perf_counter()
        try:
            if self.writer is None:
                self.reader, self.writer = await asyncio.open_connection(
                    "127.0.0.1", self.port, limit=LONGEST
                )
            head = (
                f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            self.writer.write(head.encode() + body)
            status, answer = await self._read()
        except (OSError, EOFError, asyncio.IncompleteReadError) as error:
            await self.close()
            took = time.perf_counter() - began
            return Answer(0, b"", began, took, type(error).__name__)
        return Answer(status, answer, began, time.perf_counter() - began)

    async def _read(self) -> tuple[int, bytes]:
        assert self.reader is not None
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head.split(" ", 2)[1])
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        body = await self.reader.readexactly(length)
        if "connection: close" in head:
            await self.close()
        return status, body

    async def close(self) -> None:
        """Close the connection."""
        writer, self.reader, self.writer = self.writer, None, None
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def press(
    port: int,
    bodies: Sequence[bytes],
    clients: int,
    go_on: Callable[[int], bool],
    *,
    pause: float = 0.0,
) -> list[Answer]:
    """Let clients ask while ``go_on`` of the number of answers holds, each with pauses between."""
    found: list[Answer] = []

    async def one(number: int) -> None:
        client = Client(port)
        asked = number
        while go_on(len(found)):
            answer = await client.post(bodies[asked % len(bodies)])
            asked += 1
            found.append(answer)
            if answer.error == "ConnectionRefusedError":
                break
            if pause:
                await asyncio.sleep(pause)
        await client.close()

    await asyncio.gather(*(one(number) for number in range(clients)))
    return found
