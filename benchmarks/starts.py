"""Measure starts: with an empty cache, from the cache, and of the whole command line."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.child import Child
from benchmarks.clocks import Spent, Spread, timed
from benchmarks.plan import Plan
from benchmarks.tables import Table, Target, milliseconds, size_of

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "completion-thyroidectomy.json"


@contextmanager
def own_cache(folder: Path) -> Iterator[None]:
    """Let everything, child processes too, keep its cache in a folder."""
    before = os.environ.get("IONM_CACHE")
    os.environ["IONM_CACHE"] = str(folder)
    try:
        yield
    finally:
        del os.environ["IONM_CACHE"]
        if before is not None:
            os.environ["IONM_CACHE"] = before


def measure_starts(plan: Plan) -> tuple[list[Table], list[Target]]:
    """Start with an empty cache, then from the full one, in turns with the command line."""
    cold, warm, commands = [], [], []
    peaks: dict[str, int] = {}
    sizes: dict[str, int] = {}
    for _ in range(plan.cold_starts):
        with tempfile.TemporaryDirectory() as folder, own_cache(Path(folder)):
            cold.append(_start(plan, peaks, "empty cache"))
            _command()
            for _ in range(-(-plan.starts // plan.cold_starts)):
                warm.append(_start(plan, peaks, "from the cache"))
                commands.append(_command())
            sizes = _cache_sizes(Path(folder))
    spreads = {
        "empty cache": Spread.of(cold),
        "from the cache": Spread.of(warm),
        "command line": Spread.of(commands),
    }
    rows = tuple(
        (name, str(len(s.walls)), milliseconds(s.p50), milliseconds(s.walls[-1]),
         milliseconds(s.cpu) if s.cpu else "–", size_of(peaks.get(name, 0)))
        for name, s in spreads.items()
    )  # fmt: skip
    columns = ("start", "runs", "p50", "max", "CPU p50", "memory")
    table = Table("Start on the shipped knowledge", _meaning(sizes), columns, rows)
    return [table], [
        Target("start with an empty cache, p50", 5, spreads["empty cache"].p50, "s"),
        Target("start from the cache, p50", 0.5, spreads["from the cache"].p50, "s"),
        Target("command line, warm, p50", 0.5, spreads["command line"].p50, "s"),
    ]


def prepare_start(example: Path) -> Callable[[None], Spent]:
    """Return what imports the engine, opens it and determines a first case."""

    def start() -> object:
        from kg_engine import determine, open_engine, read_case  # noqa: PLC0415

        engine = open_engine()
        return determine(read_case(example.read_bytes(), engine), engine)

    return lambda _: timed(start)[1]


def _start(plan: Plan, peaks: dict[str, int], kind: str) -> Spent:
    with Child(prepare_start, EXAMPLE, plan.compile_timeout) as child:
        spent = child.must(None)
        peaks[kind] = max(peaks.get(kind, 0), child.peak)
    return spent


def _command() -> Spent:
    command = [sys.executable, "-m", "kg_engine", "determine", str(EXAMPLE), "--format", "json"]
    run = partial(subprocess.run, command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return timed(run)[1]._replace(cpu=0.0)


def _cache_sizes(folder: Path) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for path in folder.rglob("*.cache"):
        kind = path.name.split("-")[0]
        sizes[kind] = sizes.get(kind, 0) + path.stat().st_size
    return sizes


def _meaning(sizes: dict[str, int]) -> str:
    files = ", ".join(f"{kind} {size_of(count)}" for kind, count in sorted(sizes.items()))
    return (
        "From a fresh Python process: import the engine, open it, determine a first case; once"
        " with an empty cache, so that Turtle is parsed and the edition compiled, and from the"
        " cache that this leaves. Starting Python itself is not counted there. Command line: the"
        " whole of `python -m kg_engine determine … --format json` with that cache, Python's start"
        f" included. Cache on disk: {files}."
    )
