"""Measure determinations while the shipped ontology grows by knowledge that has no part in them."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks.answers import write
from benchmarks.child import Child, Failure
from benchmarks.clocks import Spent, Spread, timed
from benchmarks.generated import generate
from benchmarks.plan import Plan
from benchmarks.shipped import ROOT, admissible, read_records
from benchmarks.starts import own_cache
from benchmarks.tables import Table, Target, milliseconds, size_of, times
from kg_engine import determine, open_engine
from kg_engine.stored_knowledge import open_knowledge

Given = tuple[Path | None, dict[str, object]]


def measure_enlarged(plan: Plan) -> tuple[list[Table], list[Target]]:
    """Determine the same records on the shipped ontology and on larger ones, turn by turn."""
    records = read_records(plan.enlarged_records)
    knowledge, _ = open_knowledge([ROOT / "ontology"], [ROOT / "shapes"])
    shipped = len(knowledge.graph)
    added = {"shipped": 0, "twice": shipped, "large": plan.enlarged_size - shipped}
    added = {name: count for name, count in added.items() if count >= 0}
    largest = list(added)[-1]
    with tempfile.TemporaryDirectory() as folder, own_cache(Path(folder)), ExitStack() as stack:
        children = {}
        for name, count in added.items():
            extra = write(generate(count), Path(folder) / f"{name}.ttl") if count else None
            with Child(prepare_determiner, (extra, records), plan.compile_timeout) as filling:
                filling.must(0)
            child = Child(prepare_determiner, (extra, records), plan.compile_timeout)
            children[name] = stack.enter_context(child)
        runs: dict[str, list[Spent]] = {name: [] for name in added}
        for number in [n for _ in range(plan.rounds) for n in range(len(records))]:
            for name, child in children.items():
                spent = child.ask(number)
                if isinstance(spent, Spent):
                    runs[name].append(spent)
        failures = {name: child.failure for name, child in children.items()}
        peaks = {name: child.peak for name, child in children.items()}
    spreads = {name: Spread.of(spent) for name, spent in runs.items() if spent}
    rows = tuple(
        _row(f"{shipped + count:,}", spreads.get(name), spreads["shipped"], peaks[name],
             failures[name])
        for name, count in added.items()
    )  # fmt: skip
    columns = ("triples", "p50", "p99", "CPU p50", "p50 over shipped", "memory")
    table = Table("Determinations as the ontology grows", _MEANING, columns, rows)
    large = spreads.get(largest)
    ratio = large.p50 / spreads["shipped"].p50 if large else None
    what = f"determination: p50 at {shipped + added[largest]:,} triples over p50 at {shipped:,}"
    return [table], [Target(what, 4, ratio, "×")]


_MEANING = (
    "Whole determinations, as above, with the shipped ontology alone (the first row) and with"
    " generated knowledge beside it that says nothing of the records; the same records turn by"
    " turn, each engine in a process of its own that opened it from the cache, after it has"
    " determined every record once."
)


def prepare_determiner(given: Given) -> Callable[[int], Spent | None]:
    """Return what determines a record by its number; None where the door refuses it."""
    extra, records = given
    engine = open_engine([ROOT / "ontology", *([extra] if extra else [])])
    admitted = admissible(records, engine)
    chosen = [admitted.get(name) for name in records]
    gc.freeze()

    def answer(number: int) -> Spent | None:
        record = chosen[number]
        return None if record is None else timed(partial(determine, record, engine))[1]

    return answer


def _row(
    triples: str, spread: Spread | None, shipped: Spread, peak: int, failure: Failure | None
) -> tuple[str, ...]:
    if spread is None:
        return (triples, failure.reason if failure else "–", "–", "–", "–", size_of(peak))
    figures = map(milliseconds, (spread.p50, spread.p99, spread.cpu))
    return (triples, *figures, times(spread.p50 / shipped.p50), size_of(peak))
