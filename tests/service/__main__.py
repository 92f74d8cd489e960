"""Measure the service under load: ``python -m tests.service [seconds]``."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.service.load import press, quantile
from tests.service.running import ROOT, Running, running


def bodies() -> list[bytes]:
    """Return the shipped examples."""
    return [path.read_bytes() for path in sorted((ROOT / "examples").glob("*.json"))]


def measure(service: Running, clients: int, seconds: float) -> str:
    """Press for some seconds and return a line of figures."""
    until = time.perf_counter() + seconds
    answers = asyncio.run(
        press(service.port, bodies(), clients, lambda _: time.perf_counter() < until)
    )
    failed = [a for a in answers if a.status != 200]
    return (
        f"{clients:>3} clients {len(answers) / seconds:7.1f}/s  p50 {quantile(answers, 0.5):7.1f} ms"
        f"  p99 {quantile(answers, 0.99):7.1f} ms  max {quantile(answers, 1):7.1f} ms"
        f"  failed {len(failed)}  resident {service.resident() / 2**20:.0f} MB"
    )


def main(seconds: float) -> None:
    """Print figures for 1, 16 and 64 clients."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "data") as service:
        measure(service, 4, 2)
        for clients in (1, 16, 64):
            print(measure(service, clients, seconds))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5)
