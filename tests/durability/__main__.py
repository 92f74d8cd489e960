"""Kill, fill, lock and damage: ``python -m tests.durability [rounds]`` (exit 1 where it fails)."""

from __future__ import annotations

import os
import random
import secrets
import sys
import tempfile
from pathlib import Path

from tests.durability.faults import FAULTS
from tests.durability.kills import kill_rounds, told_of

READY_SECONDS = 2.0


def main(rounds: int) -> int:
    """Run every drill and print what each came to."""
    seed = secrets.randbits(32)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["IONM_CACHE"] = cache  # so that nobody else's knowledge takes its place
        return _drill(rounds, seed)


def _drill(rounds: int, seed: int) -> int:
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        found = kill_rounds(Path(folder) / "data", rounds, random.Random(seed))  # noqa: S311
    print(told_of(found), flush=True)
    for wrong in found.wrong[:20]:
        print(f"  {wrong}")
    slow = max(found.ready_seconds) > READY_SECONDS
    print("ready in time" if not slow else f"NOT ready within {READY_SECONDS} s")
    failed |= bool(found.wrong) or slow
    for name, fault in FAULTS.items():
        with tempfile.TemporaryDirectory() as folder:
            try:
                said = fault(Path(folder), random.Random(seed))  # noqa: S311
            except AssertionError as error:
                said, failed = f"FAILED: {error}", True
        print(f"{name}: {said}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
