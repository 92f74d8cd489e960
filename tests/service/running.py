"""Run the service in a process of its own, on a free port of the loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 180


@dataclass
class Running:
    """Hold a service that runs: its process, its port, and the lines of its log."""

    process: subprocess.Popen[str]
    port: int
    lines: list[dict[str, Any]] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)

    def resident(self) -> int:
        """Return the bytes that all its processes hold in memory."""
        return resident(self.process.pid)

    def judges(self) -> list[int]:
        """Return the processes that determine."""
        return [pid for pid in _processes(self.process.pid) if b"judge_process" in _command(pid)]

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the lines of its log with this event."""
        return [line for line in self.lines if line.get("event") == name]


@contextmanager
def running(
    folder: Path,
    *options: str,
    env: Mapping[str, str] | None = None,
    auth: bool = False,
    queries: bool = True,
) -> Iterator[Running]:
    """Run the service with data in a folder, from when it answers queries; it ends with the block.

    Without ``queries`` it is not waited for until it answers them.
    """
    command = [sys.executable, "-m", "api", "serve", "--port", "0", "--data", str(folder)]
    process = subprocess.Popen(
        [*command, *([] if auth else ["--no-auth"]), *options],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stderr=subprocess.PIPE,
        text=True,
    )
    found = Running(process, 0)
    started = threading.Event()
    reader = threading.Thread(target=_read, args=(found, started), daemon=True)
    reader.start()
    try:
        assert started.wait(START_SECONDS), "".join(found.raw)
        assert found.port, "".join(found.raw)
        if queries:
            _await_queries(found)
        yield found
    finally:
        process.kill()
        process.wait()
        reader.join()
        assert process.stderr is not None
        process.stderr.close()


def resident(pid: int) -> int:
    """Return the bytes that a process and those that it started hold in memory; 0 for none.

    What several of them share is counted once.
    """
    return sum(_share(one) for one in _processes(pid))


def _await_queries(found: Running) -> None:
    """Wait until queries are answered, or never will be: the workers are raised meanwhile."""
    until = time.monotonic() + START_SECONDS
    while not (found.events("queries ready") or found.events("queries failed")):
        assert time.monotonic() < until and found.process.poll() is None, found.raw[-3:]
        time.sleep(0.01)


def _processes(pid: int) -> list[int]:
    """Return a process and all that it started; none where it has ended."""
    try:
        lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    started = (int(child) for found in lists for child in found.split())
    return [pid, *(p for child in started for p in _processes(child))]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _share(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _read(found: Running, started: threading.Event) -> None:
    assert found.process.stderr is not None
    for raw in found.process.stderr:
        found.raw.append(raw)
        if not raw.startswith("{"):
            continue
        line = json.loads(raw)
        found.lines.append(line)
        if line["event"] == "serving":
            found.port = line["port"]
            started.set()
    started.set()
