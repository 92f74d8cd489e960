"""Take the disk away from a service in several ways, give it back, and look what it said."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kg_engine.errors import LedgerBroken
from kg_engine.ledger_check import verify_ledger
from kg_engine.ledger_rows import FILE
from kg_engine.ledger_sqlite import open_ledger
from tests.durability.clients import (
    FREE,
    ONE,
    Request,
    Told,
    ask,
    differing,
    drawn,
    problem,
    readiness,
    wait_ready,
)
from tests.service.running import ROOT, Running, running

Draw = random.Random
MEBIBYTE = 1024**2
PAGES = {0x02: "inner page of an index", 0x05: "inner page of the table",
         0x0A: "leaf of an index", 0x0D: "leaf of the table", 0x00: "overflow page"}  # fmt: skip


def ask_some(port: int, draw: Draw, number: int) -> Told:
    """Send some requests and return what was said."""
    told = Told()
    for _ in range(number):
        request = drawn(draw)
        told.note(request, request.sent(port))
    return told


def outage(service: Running, draw: Draw, take: Callable[[], None], give: Callable[[], None]) -> str:
    """Take what the service needs to write, then give it back; nothing may be lost or untrue."""
    port, told = service.port, ask_some(service.port, draw, 20)
    assert not told.refused, told.refused
    take()
    refused: list[Request] = []
    spent = 0
    while len(refused) < 5:
        request = drawn(draw)
        told.note(request, answer := request.sent(port))
        refused += [request] if answer.status != 200 else []
        spent += 1
        assert spent < 5000, "nothing was refused"
    assert {problem(a) for _, a in told.refused} == {(503, "unavailable", "ledger")}, told.refused
    ready = readiness(port)
    assert ready.status == 503 and "ledger" in json.loads(ready.body)["reasons"], ready
    kept = list(told.acknowledged)
    singles = [a for r in kept if r.path == ONE and (a := told.acknowledged[r])]
    assert all(ask(port, "GET", f"{ONE}/{a.id}").body == a.body for a in singles), "not readable"
    give()
    began = time.monotonic()
    wait_ready(port)
    back = time.monotonic() - began
    for request in refused:
        told.note(request, again := request.sent(port))
        assert again.status == 200 and not again.replayed, again
    assert not (wrong := differing(port, told, list(told.acknowledged))), wrong
    assert service.stop() == 0
    logged = {fault for line in service.events("ledger") for fault in line["faults"]}
    return f"{len(told.acknowledged)} acknowledged, 0 lost, back in {back:.2f} s; log: {sorted(logged)}"


def full_disk(folder: Path, draw: Draw) -> str:
    """Fill a small disk while the service runs, then make room."""
    with small_disk(folder, 24) as disk, running(disk / "data", env=FREE, queries=False) as service:
        ballast = disk / "ballast"

        def fill() -> None:
            with ballast.open("wb") as file:
                while True:
                    try:
                        os.write(file.fileno(), bytes(4096))
                    except OSError:
                        return

        said = outage(service, draw, fill, ballast.unlink)
        assert verify_ledger(disk / "data").holds
        return said


def no_file_may_grow(folder: Path, draw: Draw) -> str:
    """Let no file of the service grow, by a limit of the system, then lift the limit."""
    with running(folder / "data", env=FREE, queries=False) as service:
        pid, (_, hard) = service.process.pid, resource.getrlimit(resource.RLIMIT_FSIZE)

        def limit(size: int) -> None:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))

        said = outage(service, draw, lambda: limit(4096), lambda: limit(hard))
    assert verify_ledger(folder / "data").holds
    return said


def read_only_disk(folder: Path, draw: Draw) -> str:
    """Start on a disk that cannot be written: the service says so, and what is kept stays."""
    with small_disk(folder, 24) as disk:
        data = disk / "data"
        with running(data, env=FREE, queries=False) as service:
            told = ask_some(service.port, draw, 5)
            service.stop()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        code, said = refusal(data)
        assert code == 2 and str(data) in said, said
        assert verify_ledger(data).holds
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        with running(data, env=FREE, queries=False) as service:
            assert not (w := differing(service.port, told, list(told.acknowledged))), w
    return f"refused with exit code {code}: {said.splitlines()[-1]}"


def second_process(folder: Path, draw: Draw) -> str:
    """Start a second service on the same folder: it is refused, and the first serves on."""
    with running(folder / "data", env=FREE, queries=False) as service:
        told = ask_some(service.port, draw, 5)
        began = time.monotonic()
        code, said = refusal(folder / "data")
        took = time.monotonic() - began
        assert code == 2 and "in use" in said and str(folder) in said, said
        assert not differing(service.port, told, list(told.acknowledged))
        assert ask_some(service.port, draw, 1).acknowledged
    return f"refused in {took:.1f} s with exit code {code}: {said.splitlines()[-1]}"


def damaged_pages(folder: Path, draw: Draw) -> str:
    """Flip bytes in pages of every kind, and cut the file: a true answer, or none."""
    data = folder / "data"
    with running(data, env=FREE, queries=False) as service:
        told = ask_some(service.port, draw, 80)
        service.stop()
    whole, counts = (data / FILE).read_bytes(), dict.fromkeys(("refused", "503", "unharmed"), 0)
    for name, damaged in _damages(whole, draw):
        (data / FILE).write_bytes(damaged)
        holds = verify_ledger(data).holds
        for rest in ("-wal", "-shm"):
            (data / f"{FILE}{rest}").unlink(missing_ok=True)
        outcome = _served(data, told, name)
        assert outcome == "unharmed" or not holds, (name, holds, outcome)
        counts[outcome] += 1
        for rest in ("-wal", "-shm"):
            (data / f"{FILE}{rest}").unlink(missing_ok=True)
    (data / FILE).write_bytes(whole)
    assert _served(data, told, "whole") == "unharmed"
    return f"{sum(counts.values())} damages: {json.dumps(counts)}; never a wrong answer"


def _damages(whole: bytes, draw: Draw) -> Iterator[tuple[str, bytes]]:
    size = int.from_bytes(whole[16:18], "big")
    by_kind: dict[str, list[int]] = {"first page": [0]}
    for start in range(size, len(whole), size):
        by_kind.setdefault(PAGES.get(whole[start], "other page"), []).append(start)
    for kind, starts in by_kind.items():
        for length in (1, 16, size):
            start = draw.choice(starts)
            place = start + (draw.randrange(size - length) if length < size else 0)
            yield (
                f"{kind}, {length} bytes at {place}",
                whole[:place]
                + bytes(byte ^ 0x55 for byte in whole[place : place + length])
                + whole[place + length :],
            )
    for cut in (0, 100, size, len(whole) // 2, len(whole) - 1):
        yield f"cut to {cut} bytes", whole[:cut]


def _served(data: Path, told: Told, name: str) -> str:
    """Start on a damaged file; say whether it was refused, answered in part, or harmed nothing."""
    if (code := start_code(data)) is not None:
        assert code == 4, (name, code)
        return "refused"
    with running(data, env=FREE, queries=False) as service:
        states = {_state(service.port, request, told, name) for request in told.acknowledged}
    return "unharmed" if states == {200} else "503"


def _state(port: int, request: Request, told: Told, name: str) -> int:
    """Ask for an answer in both ways; return 200 where both are as they were, else 503."""
    kept, answers = told.acknowledged[request], [request.sent(port)]
    if request.path == ONE:
        answers.append(ask(port, "GET", f"{ONE}/{kept.id}"))
    for found in answers:
        assert found.status in {200, 503}, (name, found.status)
        assert found.status == 503 or found.body == kept.body, (name, "another answer")
    return max(found.status for found in answers)


def start_code(data: Path) -> int | None:
    """Open the ledger as the service does; return its exit code where it is refused."""
    try:
        open_ledger(data).close()
    except LedgerBroken:
        return 4
    return None


def refusal(data: Path) -> tuple[int, str]:
    """Start a service that must not start; return its exit code and what it said."""
    command = [sys.executable, "-m", "api", "serve", "--port", "0", "--no-auth", "--data"]
    done = subprocess.run(
        [*command, str(data)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr.strip()


@contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[Path]:
    """Lend a disk of a size. Raises PermissionError where none can be mounted."""
    disk = folder / "disk"
    disk.mkdir()
    options = f"size={mebibytes}m,mode=700"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        raise PermissionError("no disk can be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def if_mounted(drill: Callable[[Path, Draw], str]) -> Callable[[Path, Draw], str]:
    """Skip a drill, and say so, where no disk can be mounted."""

    def tried(folder: Path, draw: Draw) -> str:
        try:
            return drill(folder, draw)
        except PermissionError as error:
            return f"skipped: {error}"

    return tried


FAULTS: dict[str, Callable[[Path, Draw], str]] = {
    "full disk": if_mounted(full_disk),
    "no file may grow": no_file_may_grow,
    "read-only disk": if_mounted(read_only_disk),
    "second process": second_process,
    "damaged pages": damaged_pages,
}
