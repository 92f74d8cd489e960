"""Run a server of our own for a while, on a free port of this machine, and stop it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from tests.fuzz.wire import Target

ROOT = Path(__file__).resolve().parent.parent.parent
_LONGEST = 60.0


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def served(folder: Path, log: Path, **settings: str) -> Iterator[Target]:
    """Serve without keys, with data in a folder, until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "api", "serve", "--no-auth", "--port", str(port),
               "--data", str(folder)]  # fmt: skip
    environment = {**os.environ, **{f"IONM_{k.upper()}": v for k, v in settings.items()}}
    with log.open("wb") as told:
        process = subprocess.Popen(command, cwd=ROOT, stdout=told, stderr=told, env=environment)
        try:
            yield Target(port, process.pid, _operations(port, process))
            assert process.poll() is None, f"the server ended: {log.read_text()[-2000:]}"
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(_LONGEST)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _operations(port: int, process: subprocess.Popen[bytes]) -> tuple[str, ...]:
    """Wait until the server answers and return the operations that it describes."""
    until = time.monotonic() + _LONGEST
    while time.monotonic() < until and process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/openapi.json", timeout=10) as answer:
                paths = json.load(answer)["paths"]
                return tuple(f"{m.upper()} {p}" for p, methods in paths.items() for m in methods)
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server did not start")
