"""Prove the checker on thousands of proofs and forgeries: ``python -m tests.prove``."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.prove.trial import Tally, run


def main() -> int:
    """Try as the command line asks and print the tally; 1 if the checker failed anywhere."""
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="of proofs, and of mutants")
    parser.add_argument("--seed", type=int, default=2025, help="of the draw")
    parser.add_argument("--processes", type=int, default=1, help="that share the work")
    wanted = parser.parse_args()
    start, parts = time.monotonic(), wanted.processes
    tally = Tally()
    if parts == 1:
        tally = run(wanted.count, wanted.seed)
    else:
        with ProcessPoolExecutor(parts) as pool:
            shares = [pool.submit(run, wanted.count, wanted.seed, k, parts) for k in range(parts)]
            for share in shares:
                tally.add(share.result())
    report(tally, time.monotonic() - start)
    return bool(tally.faults)


def report(tally: Tally, seconds: float) -> None:
    """Print what was tried and what came of it."""
    rejected = [fault for fault in tally.faults if fault.startswith("rejected")]
    accepted = len(tally.faults) - len(rejected)
    print(f"{tally.determinations} determinations, {tally.proofs} proofs: "
          f"{len(rejected)} wrongly rejected.")  # fmt: skip
    print(f"{tally.mutants.total()} mutants rejected, {accepted} wrongly accepted:")
    for kind, number in sorted(tally.mutants.items()):
        reasons = {r: n for (k, r), n in tally.by_class.items() if k == kind}
        told = ", ".join(f"{r} {n}" for r, n in sorted(reasons.items(), key=lambda rn: -rn[1]))
        print(f"  {number:6} {kind}: {told}")
    print("by reason:")
    for reason, number in tally.reasons.most_common():
        print(f"  {number:6} {reason}")
    print(f"{tally.valid.total()} mutants are still valid proofs and are not counted:")
    for kind, number in sorted(tally.valid.items()):
        print(f"  {number:6} {kind}")
    told = ", ".join(f"{name} {number}" for name, number in sorted(tally.dropped.items()))
    print(f"the engine made to forget one fact: {told}.")
    for fault in tally.faults[:20]:
        print(f"FAULT {fault}")
    print(f"{seconds:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
