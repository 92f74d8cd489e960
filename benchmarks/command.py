"""Run the benchmark: one command, one run, everything side by side."""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.enlarged import measure_enlarged
from benchmarks.growth import measure_growth
from benchmarks.plan import QUICK, Plan
from benchmarks.service import measure_service
from benchmarks.shipped import measure_shipped
from benchmarks.sparql import measure_sparql
from benchmarks.starts import measure_starts, own_cache
from benchmarks.tables import Table, Target, target_table

Part = Callable[[Plan], tuple[list[Table], list[Target]]]
PARTS: Mapping[str, Part] = {
    "shipped": measure_shipped,
    "starts": measure_starts,
    "service": measure_service,
    "sparql": measure_sparql,
    "growth": measure_growth,
    "enlarged": measure_enlarged,
}
_ENGINES = ("owlrl", "pyshacl", "rdflib", "nemo-python", "reasonable", "clingo", "oxigraph")


def main() -> int:
    """Measure, print each table when it is known, and write all of them where that is wanted."""
    wanted = _arguments()
    plan = QUICK if wanted.quick else Plan()
    if wanted.seconds:
        plan = replace(plan, arrival_seconds=wanted.seconds)
    written, targets = [_head()], []
    print(written[0], flush=True)
    with tempfile.TemporaryDirectory() as folder, own_cache(Path(folder)):
        for part in wanted.parts or PARTS:
            tables, found = PARTS[part](plan)
            targets += found
            written += [table.markdown() for table in tables]
            print(*written[-len(tables) :], sep="\n", flush=True)
    written.append(target_table(targets, quick=plan.quick).markdown())
    print(written[-1])
    if wanted.out:
        wanted.out.write_text("\n".join(written), encoding="utf-8")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="a trial of a minute or two")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the tables as Markdown")
    parser.add_argument("--seconds", type=float, metavar="S", help="of cases arriving at a service")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="what to measure; else all")
    return parser.parse_args()


def _head() -> str:
    engines = ", ".join(f"{name} {_version(name)}" for name in _ENGINES)
    return (
        f"# Benchmark\n\n{time.strftime('%Y-%m-%d')}, Python {platform.python_version()},"
        f" {platform.machine()}, {engines}.\nOne run; other work on the machine shows in wall-clock"
        " figures, so ratios between neighbours say more than absolute ones.\n"
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
