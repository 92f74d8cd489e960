"""Measure how the reasoner grows with the knowledge, beside other engines, on generated cases."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.answers import Found, Question, write
from benchmarks.child import Child, Failure
from benchmarks.clocks import Spread
from benchmarks.generated import generate, generate_case
from benchmarks.own import CompiledSize, prepare_compiler, prepare_reasoner
from benchmarks.peers import (
    Answering,
    prepare_clingo,
    prepare_nemo,
    prepare_owlrl,
    prepare_reasonable,
)
from benchmarks.plan import Plan
from benchmarks.tables import Table, Target, milliseconds, size_of, times

SMALL = 2_000
PEERS: Mapping[str, Callable[[Path], Answering]] = {
    "nemo": prepare_nemo,
    "reasonable": prepare_reasonable,
    "clingo": prepare_clingo,
    "owlrl": prepare_owlrl,
}
_SMALL_ONLY = ("clingo", "owlrl")


@dataclass
class Runs:
    """The answers of one engine at one size, by the number of the case."""

    engine: str
    found: dict[int, Found] = field(default_factory=dict)
    peak: int = 0
    failure: str = ""

    @property
    def spread(self) -> Spread | None:
        """Return how long the answers took; None without any."""
        return Spread.of(f.spent for f in self.found.values()) if self.found else None


@dataclass
class Size:
    """All that was measured at one size."""

    triples: int
    compiled: CompiledSize
    compiler_peak: int
    opening: float
    runs: list[Runs]
    batch: tuple[int, Found | Failure]

    @property
    def own(self) -> Runs:
        """Return the answers of ionm."""
        return self.runs[0]


def measure_growth(plan: Plan) -> tuple[list[Table], list[Target]]:
    """Measure every size of a plan; return the tables and the target of growth."""
    sizes = [measure_size(n, plan) for n in plan.sizes]
    medians = {s.triples: s.own.spread.p50 for s in sizes if s.own.spread}
    ratio = medians[plan.sizes[-1]] / medians[SMALL] if len(medians) > 1 else None
    what = f"closure and proof: p50 at {plan.sizes[-1]:,} triples over p50 at {SMALL:,}"
    return [_compile_table(sizes), _case_table(sizes)], [Target(what, 4, ratio, "×")]


def measure_size(size: int, plan: Plan) -> Size:
    """Measure one size: ionm on every case, each peer on the first few, turn by turn."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        tbox = write(generate(size), Path(folder) / "tbox.ttl")
        with Child(prepare_compiler, size, plan.compile_timeout) as compiler:
            compiled = compiler.must(None)
        own = stack.enter_context(Child(prepare_reasoner, size, plan.compile_timeout))
        opening = own.must(None).spent.wall
        peers = {
            name: stack.enter_context(Child(prepare, tbox, plan.timeout))
            for name, prepare in PEERS.items()
            if size <= SMALL or name not in _SMALL_ONLY
        }
        runs = [Runs("ionm"), *map(Runs, peers)]
        for number in range(plan.own_cases):
            question = _question(size, range(number, number + 1), Path(folder))
            _ask(runs[0], own, number, question)
            if number < plan.peer_cases:
                for run in runs[1:]:
                    _ask(run, peers[run.engine], number, question)
        batch = _question(size, range(plan.batch), Path(folder))
        batched = peers["nemo"].ask(batch)
        return Size(size, compiled, compiler.peak, opening, runs, (plan.batch, batched))


def _ask(
    run: Runs, child: Child[int, Question | None, Found] | Child[Path, Question, Found],
    number: int, question: Question,
) -> None:  # fmt: skip
    found = child.ask(question)
    run.peak = child.peak
    if isinstance(found, Failure):
        run.failure = found.reason
    else:
        run.found[number] = found


def _question(size: int, numbers: range, folder: Path) -> Question:
    facts = [t for number in numbers for t in generate_case(size, number)]
    return Question(facts, write(facts, folder / "facts.ttl"))


def _compile_table(sizes: list[Size]) -> Table:
    meaning = (
        "Generated knowledge: compile and close it and choose the smallest derivation of every"
        " entailment (reading not counted); the file that the cache keeps; opening that file in a"
        " fresh process; and the most memory that the compiling process and the process that"
        " answers cases ever held, Python and libraries included."
    )
    columns = ("triples", "clauses", "facts", "compile", "CPU", "cached", "open",
               "memory: compile", "memory: answer")  # fmt: skip
    rows = tuple(
        (f"{s.compiled.triples:,}", f"{s.compiled.clauses:,}", f"{s.compiled.facts:,}",
         milliseconds(s.compiled.spent.wall), milliseconds(s.compiled.spent.cpu),
         size_of(s.compiled.cached), milliseconds(s.opening),
         size_of(s.compiler_peak), size_of(s.own.peak))
        for s in sizes
    )  # fmt: skip
    return Table("Generated knowledge: compiling", meaning, columns, rows)


def _case_table(sizes: list[Size]) -> Table:
    meaning = (
        "One generated case of 10 to 50 triples on the same knowledge, engines turn by turn. ionm"
        " answers upon knowledge that is closed already, records every derivation and chooses the"
        " smallest proof of what governs each request; the others keep nothing between cases, so"
        " they close knowledge and case together and record no proof. nemo and reasonable read"
        " both from files, which is counted; clingo and owlrl have them in memory. Ratio: p50 over"
        " that of ionm on the same cases. Lacks: of what ionm concludes of the individuals of the"
        " cases (no blank nodes), how much the engine does not; reasonable has no property chains."
        " Agrees: the same recommendations govern the same requests in every case both answered."
        " nemo, batch: all cases closed at once, divided by their number."
    )
    columns = ("triples", "engine", "cases", "p50", "p99", "CPU p50", "ratio", "lacks", "agrees",
               "memory")  # fmt: skip
    rows = [row for s in sizes for row in (*(_row(s, run) for run in s.runs), _batch_row(s))]
    return Table("Generated knowledge: one case", meaning, columns, tuple(rows))


def _row(s: Size, run: Runs) -> tuple[str, ...]:
    head, spread = (f"{s.compiled.triples:,}", run.engine), run.spread
    if spread is None:
        return (*head, "0", run.failure, *["–"] * 6)
    common = {n: f for n, f in s.own.found.items() if n in run.found}
    base = Spread.of(f.spent for f in common.values()).p50
    lacking = sum(len(f.said - run.found[n].said) for n, f in common.items())
    total = sum(len(f.said) for f in common.values())
    agrees = all(f.governed == run.found[n].governed for n, f in common.items())
    governed = sum(len(f.governed) for f in common.values())
    return (
        *head, f"{len(run.found):,}" + (f" ({run.failure})" if run.failure else ""),
        milliseconds(spread.p50), milliseconds(spread.p99), milliseconds(spread.cpu),
        times(spread.p50 / base), f"{lacking:,} of {total:,}",
        f"{'yes' if agrees else 'NO'}, {governed:,}", size_of(run.peak),
    )  # fmt: skip


def _batch_row(s: Size) -> tuple[str, ...]:
    count, found = s.batch
    head = f"{s.compiled.triples:,}", "nemo, batch"
    if isinstance(found, Failure):
        return (*head, f"{count:,}", found.reason, *["–"] * 6)
    spread = s.own.spread
    wall, cpu = found.spent.wall / count, found.spent.cpu / count
    answered = [f for n, f in s.own.found.items() if n < count]
    governed = sum(len(f.governed) for f in answered)
    whole = frozenset(t for f in answered for t in f.governed)
    agrees = "–" if len(answered) < count else "yes" if whole == found.governed else "NO"
    ratio = times(wall / spread.p50) if spread else "–"
    return (*head, f"{count:,}", milliseconds(wall), "–", milliseconds(cpu), ratio, "–",
            f"{agrees}, {governed:,}", "–")  # fmt: skip
