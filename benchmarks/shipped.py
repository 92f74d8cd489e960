"""Measure determinations on the shipped knowledge, and the default stack on some of them."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.child import Child, Failure
from benchmarks.clocks import Spent, Spread, peak_memory, timed
from benchmarks.default_stack import given_to_default, prepare_default
from benchmarks.plan import Plan
from benchmarks.tables import Table, Target, milliseconds, size_of, times
from kg_engine import Engine, InputRefused, determine, open_engine
from kg_engine.determination import read_determination
from kg_engine.inference import infer
from kg_engine.pipeline import admit

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_STACK = (
    "thyroid/completion",
    "thyroid/lobectomy-routine",
    "spine/decompression-undocumented",
    "deformity/arthrodesis-instrumented",
    "services/differ",
)
PARTS = ("determination", "admit", "infer", "read")


@dataclass
class Runs:
    """The runs of every part, and of the default stack beside the same case."""

    parts: dict[str, list[Spent]] = field(default_factory=lambda: {part: [] for part in PARTS})
    pairs: list[tuple[str, float, float]] = field(default_factory=list)
    late: int = 0
    failure: str = ""
    peak: int = 0


def read_records(count: int | None = None) -> dict[str, object]:
    """Return the admissible records of the cases, or some of them at even distances, by name."""
    found: dict[str, object] = {}
    for path in sorted((ROOT / "tests" / "cases").rglob("*.json")):
        case = json.loads(path.read_bytes())
        if "record" in case:
            found[path.relative_to(ROOT / "tests" / "cases").with_suffix("").as_posix()] = case[
                "record"
            ]
    names = list(found)
    step = max(1, len(names) // (count or len(names)))
    return {name: found[name] for name in names[::step][:count]}


def measure_shipped(plan: Plan) -> tuple[list[Table], list[Target]]:
    """Determine every record, after a first round to warm up, and time the default stack."""
    chosen = read_records(plan.records)
    with Child(fill_cache, chosen, plan.compile_timeout) as child:
        child.must(None)
    engine, runs = open_engine(), Runs()
    records = admissible(chosen, engine)
    gc.freeze()
    for _ in range(plan.rounds):
        for record in records.values():
            _measure(record, engine, runs)
    everything = read_records()
    for name in [n for n in DEFAULT_STACK if n in everything][: plan.default_cases]:
        _measure_default(name, everything[name], engine, plan, runs)
    return [_parts_table(runs, len(records), plan), _default_table(runs, plan)], _targets(runs)


def fill_cache(records: dict[str, object]) -> Callable[[None], None]:
    """Leave all editions that some records need in the cache, as they are after a first run."""
    admissible(records, open_engine())
    return lambda _: None


def admissible(records: dict[str, object], engine: Engine) -> dict[str, object]:
    """Return the records that pass the door, each determined once."""
    found = {}
    for name, record in records.items():
        try:
            determine(record, engine)
        except InputRefused:
            continue
        found[name] = record
    return found


def _measure(record: object, engine: Engine, runs: Runs) -> None:
    """Run one record as a whole, then part by part."""
    runs.parts["determination"].append(timed(partial(determine, record, engine))[1])
    admitted, spent = timed(partial(admit, record, engine))
    runs.parts["admit"].append(spent)
    inference, spent = timed(partial(infer, admitted.edition, admitted.abox))
    runs.parts["infer"].append(spent)
    read = partial(read_determination, admitted.record, inference, engine.knowledge)
    runs.parts["read"].append(timed(read)[1])


def _measure_default(name: str, record: object, engine: Engine, plan: Plan, runs: Runs) -> None:
    """Run the default stack on a case, and ionm on the same case right before and after."""
    own = [timed(partial(determine, record, engine))[1] for _ in range(5)]
    with Child(prepare_default, given_to_default(record, engine), plan.timeout) as child:
        spent = child.ask(None)
        runs.peak = max(runs.peak, child.peak)
    own += [timed(partial(determine, record, engine))[1] for _ in range(4)]
    if isinstance(spent, Failure) and not spent.reason.startswith("over"):
        runs.failure = spent.reason
        return
    runs.late += isinstance(spent, Failure)
    seconds = plan.timeout if isinstance(spent, Failure) else spent.wall
    runs.pairs.append((name, Spread.of(own).p50, seconds))


def _parts_table(runs: Runs, records: int, plan: Plan) -> Table:
    meaning = (
        f"{records} records of tests/cases, each run {plan.rounds} times on an engine that was"
        " opened from the cache, has seen each once, and is then left out of garbage collection"
        " (gc.freeze), as the service does it. Determination: from a record of plain values to the document with its"
        " proof. Admit, infer and read are its parts, run once more by themselves. p50, p99 and"
        " max are wall-clock over all runs; CPU is processor time, which other work on the machine"
        f" disturbs less. Most memory of this process: {size_of(peak_memory())}."
    )
    rows = []
    for part, spent in runs.parts.items():
        spread = Spread.of(spent)
        figures = (spread.p50, spread.p99, spread.walls[-1], spread.cpu, spread.cpu99)
        rows.append((part, *map(milliseconds, figures)))
    columns = ("ionm, warm", "p50", "p99", "max", "CPU p50", "CPU p99")
    return Table("Determinations on the shipped knowledge", meaning, columns, tuple(rows))


def _default_table(runs: Runs, plan: Plan) -> Table:
    meaning = (
        "The default stack: owlrl closes the axioms in force with the facts of the case, then"
        " pyshacl validates once; one run in a process of its own, parsing not counted. ionm:"
        " the median of nine whole determinations right before and after. A run over"
        f" {plan.timeout:.0f} s is stopped and counted as that long: {runs.late} of"
        f" {len(runs.pairs)}. Most memory of the default stack: {size_of(runs.peak)}."
    )
    rows = [
        (name, milliseconds(own), f"{default:.1f} s", times(default / own))
        for name, own, default in runs.pairs
    ]
    if runs.failure:
        rows.append((runs.failure, "–", "–", "–"))
    columns = ("case", "ionm", "default stack", "ratio")
    return Table("Against the default stack", meaning, columns, tuple(rows))


def _targets(runs: Runs) -> list[Target]:
    spread = Spread.of(runs.parts["determination"])
    ratios = tuple(sorted(default / own for _, own, default in runs.pairs))
    ratio = ratios[len(ratios) // 2] if ratios else None
    return [
        Target("one determination, p50", 2, spread.p50 * 1000, "ms"),
        Target("one determination, p99", 5, spread.p99 * 1000, "ms"),
        Target("default stack over ionm, median of ratios", 5_000, ratio, "×",
               at_least=True, floor=bool(runs.late)),
    ]  # fmt: skip
