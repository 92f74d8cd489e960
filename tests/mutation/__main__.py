"""Report how many mutants of the knowledge the cases catch: ``python -m tests.mutation``."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable

from tests.mutation.hunt import Hunt, Verdict, draw, open_hunt, spread

SAMPLE = 8


def main() -> int:
    """Hunt as the command line asks, and print the report."""
    wanted = read_arguments()
    start = time.monotonic()
    hunt = open_hunt()
    population, idle = hunt.population()
    kinds = {k: m for k, m in population.items() if not wanted.kind or wanted.kind in k}
    print_field(hunt, {k: len(m) for k, m in kinds.items()}, idle)
    mutants = draw(kinds, SAMPLE if wanted.sample else wanted.count, wanted.seed)
    verdicts = []
    for verdict in spread(hunt, Hunt.judge, mutants):
        verdicts.append(verdict)
        print_progress(verdict, len(verdicts), len(mutants))
    print_report(verdicts, time.monotonic() - start)
    return 0


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--seed", type=int, default=2025, help="of the draw (default 2025)")
    parser.add_argument("--count", type=int, default=240, help="of mutants (default 240)")
    parser.add_argument("--kind", default="", help="draw only kinds whose name holds this")
    parser.add_argument("--sample", action="store_true", help=f"try {SAMPLE} mutants only")
    return parser.parse_args()


def print_field(hunt: Hunt, sizes: dict[str, int], idle: Counter[str]) -> None:
    """Print what is drawn from, and what no proof rests on."""
    failing = sorted(set(hunt.readings) - set(hunt.passing))
    print(f"{len(hunt.passing)} cases pass on the sound knowledge and are used.")
    if failing:
        print(f"{len(failing)} fail and are left out: {', '.join(failing)}")
    print(f"{sum(sizes.values())} mutants can be drawn, of {len(sizes)} kinds.")
    listed = ", ".join(f"{kind} {n}" for kind, n in sorted(idle.items()))
    print(f"{sum(idle.values())} axioms are in no case's proof, so not dropped: {listed}\n")


def print_progress(verdict: Verdict, number: int, total: int) -> None:
    """Print one verdict on the error stream."""
    how = f"caught by {verdict.case}" if verdict.caught else "SURVIVED"
    line = f"{number}/{total} {how} after {verdict.cases_run}: {verdict.mutant.text}"
    print(line, file=sys.stderr, flush=True)


def print_report(verdicts: Iterable[Verdict], seconds: float) -> None:
    """Print caught of tried by kind, then every survivor with its file."""
    tried: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    survivors: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        tried[verdict.mutant.kind] += 1
        caught[verdict.mutant.kind] += verdict.caught
        if not verdict.caught:
            survivors[verdict.mutant.file].append(verdict)
    for kind in sorted(tried):
        print(f"{kind:32} {caught[kind]:3} of {tried[kind]:3}")
    share = 100 * caught.total() / max(1, tried.total())
    unnoticed = sum(bool(v.unnoticed) for found in survivors.values() for v in found)
    print(f"\n{unnoticed} survivors change an answer in a way that no case expects or forbids.")
    print(f"caught {caught.total()} of {tried.total()} ({share:.1f} %) in {seconds:.0f} s")
    for file in sorted(survivors):
        print(f"\nsurvivors in {file}:")
        for verdict in survivors[file]:
            seen = f"; {verdict.unnoticed} is answered otherwise" if verdict.unnoticed else ""
            print(
                f"  {verdict.mutant.kind}: {verdict.mutant.text} ({verdict.cases_run} cases{seen})"
            )


if __name__ == "__main__":
    sys.exit(main())
