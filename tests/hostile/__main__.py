"""Send every hostile request beside normal load: ``python -m tests.hostile``; 1 for any fault.

Determinations go in at a steady rate, first alone, then while some clients send hostile requests
without a pause; printed are their times in both, their ratio, and how each hostile request ended.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.hostile.pressing import Ended, Normal, determine_for, press
from tests.hostile.requests import every_hostile
from tests.service.running import Running, running

GRACE = 2.0
MOST = 2.0


def main() -> int:
    """Press on a service of its own, print what came of it, and return 1 for any fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="of load alone, to compare with")
    parser.add_argument("--rate", type=float, default=10, help="determinations a second")
    parser.add_argument("--attackers", type=int, default=3, help="hostile clients")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "data") as service:
        determine_for(service.port, 5, 1 / wanted.rate)
        alone = determine_for(service.port, wanted.seconds, 1 / wanted.rate)
        ended, beside = beside_hostile(service, wanted.attackers, 1 / wanted.rate)
        alive = service.process.poll() is None
    return tell(alone, beside, ended, alive=alive)


def beside_hostile(
    service: Running, attackers: int, every: float
) -> tuple[list[Ended], list[Normal]]:
    """Determine for as long as the hostile requests last."""
    ended = press(service.port, every_hostile(), attackers)
    beside = []
    while not all(one.done() for one in ended):
        beside.append(determine_for(service.port, 2, every))
    return [one.result() for one in ended], beside


def tell(alone: Normal, parts: list[Normal], ended: list[Ended], *, alive: bool) -> int:
    """Print figures and faults; return 1 for any fault."""
    beside = Normal(
        [s for part in parts for s in part.seconds], [f for part in parts for f in part.failed]
    )
    for name, normal in (("alone", alone), ("beside", beside)):
        print(f"{name:7} {len(normal.seconds)} determinations, p50 {normal.quantile(0.5):.1f} ms, "
              f"p99 {normal.quantile(0.99):.1f} ms, failed {len(normal.failed)}")  # fmt: skip
    ratios = [beside.quantile(share) / alone.quantile(share) for share in (0.5, 0.99)]
    print(f"ratio   p50 {ratios[0]:.2f}, p99 {ratios[1]:.2f}")
    kinds = Counter(f"{e.status} {e.kind}".strip() for e in ended)
    print(f"hostile {len(ended)} requests: {dict(sorted(kinds.items()))}, "
          f"longest {max(e.seconds for e in ended):.1f} s")  # fmt: skip
    faults = [f"{e.name}: {e.status} {e.kind}" for e in ended if not e.allowed]
    longest = 10.0 + 5.0 + GRACE
    faults += [f"{e.name}: took {e.seconds:.1f} s" for e in ended if e.seconds > longest]
    faults += ["determinations failed"] * bool(alone.failed or beside.failed)
    faults += [f"p99 grew {ratios[1]:.2f} times"] * (ratios[1] >= MOST)
    faults += ["the server ended"] * (not alive)
    for fault in faults:
        print(f"FAULT {fault}")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
