"""Fuzz the door in process and the service over HTTP: ``python -m tests.fuzz``; 1 for any fault."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from kg_engine import open_engine
from tests.fuzz import contract, door, wire
from tests.fuzz.serving import served

_WARM_UP = 5_000
_GROWTH = 1.10
_LITTLE = {"query_seconds": "0.3", "query_rows": "2000", "query_wait_seconds": "0.3"}
"""A query may run for little, so that many can be sent."""


def main() -> int:
    """Fuzz as the command line asks and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--door", type=int, default=1_000_000, help="bodies at the door")
    parser.add_argument("--requests", type=int, default=100_000, help="requests over HTTP")
    parser.add_argument("--contract", type=int, default=100, help="examples an operation")
    parser.add_argument("--seed", type=int, default=2026, help="of the draw")
    wanted = parser.parse_args()
    faults = at_the_door(wanted.door, wanted.seed)
    faults += over_http(wanted.requests, wanted.contract, wanted.seed)
    for fault in faults[:30]:
        print(f"FAULT {fault}")
    print(f"{len(faults)} faults")
    return bool(faults)


def at_the_door(count: int, seed: int) -> list[str]:
    """Bring bodies to the door in process; return the faults."""
    began = time.monotonic()
    tally = door.run(open_engine(), count, seed)
    print(f"door: {dict(tally.results)}, {len(tally.faults)} faults, "
          f"{time.monotonic() - began:.0f} s", flush=True)  # fmt: skip
    return tally.faults


def over_http(count: int, examples: int, seed: int) -> list[str]:
    """Send requests to a server of our own; return the faults."""
    if not count:
        return []
    with tempfile.TemporaryDirectory() as name:
        folder, log = Path(name) / "data", Path(name) / "log"
        with served(folder, log, **_LITTLE) as target:
            asyncio.run(wire.send_all(target, min(_WARM_UP, count), seed + 1))
            start, began = target.resident(), time.monotonic()
            heard = asyncio.run(wire.send_all(target, count, seed))
            end, seconds = target.resident(), time.monotonic() - began
            kept = contract.run(target.port, examples) if examples else []
        faults = heard.faults + kept
        print(f"http: {count} requests in {seconds:.0f} s to process {target.pid}, alive to the "
              f"end: {dict(sorted(heard.statuses.items()))}")  # fmt: skip
        failed = sum(n for s, n in heard.statuses.items() if s.startswith("5"))
        print(f"http: {failed} answers of 5xx; resident {start} kB after warm-up, {end} kB at the "
              f"end ({end / max(start, 1) - 1:+.1%})")  # fmt: skip
        if end > start * _GROWTH:
            faults.append(f"resident memory grew from {start} kB to {end} kB")
    return faults


if __name__ == "__main__":
    sys.exit(main())
