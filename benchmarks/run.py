"""Time ionm and the default stack on the same cases in one run: ``python benchmarks/run.py``.

The default stack is what most would reach for first: rdflib, owlrl and pyshacl. For each case it
closes the axioms in force together with the case's facts under OWL 2 RL, then validates the
closure once against the shapes that attest. That is less work than a determination, which has
five strata, all completions of the record, reasons and a proof; nothing is subtracted for it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kg_engine import Engine, determine, open_engine  # noqa: E402 - the checkout comes first
from kg_engine.namespaces import NEC  # noqa: E402
from kg_engine.pipeline import admit  # noqa: E402
from kg_engine.terms import Triple, ntriple  # noqa: E402

CASES = (
    "thyroid/completion",
    "thyroid/lobectomy-routine",
    "spine/decompression-undocumented",
    "deformity/arthrodesis-instrumented",
    "services/differ",
)
MILLISECONDS = 1000


@dataclass(frozen=True)
class Timing:
    """The seconds that each stack needed for a case; None where it ran out of time."""

    case: str
    own: float
    default: float | None


def main() -> int:
    """Measure, and print a table, the medians and their ratio."""
    wanted = read_arguments()
    engine, loading, closing = open_and_close()
    records = read_records(wanted.cases)
    timings = []
    for name, record in records.items():
        own = time_own(record, engine, wanted.repeats)
        default = time_default(record, engine, wanted.timeout)
        timings.append(Timing(name, own, default))
        print_row(timings[-1], wanted.timeout)
    print_summary(timings, loading, closing, wanted)
    return 0


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--timeout", type=float, default=120.0, metavar="SECONDS",
                        help="for the default stack on one case (default 120)")  # fmt: skip
    parser.add_argument("--repeats", type=int, default=9, metavar="N",
                        help="runs of ionm on one case (default 9)")  # fmt: skip
    parser.add_argument("cases", nargs="*", default=CASES, help="paths below tests/cases")
    return parser.parse_args()


def read_records(names: Iterable[str]) -> dict[str, object]:
    """Return the records of the named cases; a name that is gone is said and left out."""
    found: dict[str, object] = {}
    for name in names:
        path = ROOT / "tests" / "cases" / f"{name}.json"
        if path.exists():
            found[name] = json.loads(path.read_bytes())["record"]
        else:
            print(f"no case {name}", file=sys.stderr)
    return found


def open_and_close() -> tuple[Engine, float, float]:
    """Return an engine that is warm, and the seconds for loading and for closing knowledge."""
    start = time.perf_counter()
    engine = open_engine()
    loaded = time.perf_counter()
    determine({"date_of_service": "2025-06-10"}, engine)
    return engine, loaded - start, time.perf_counter() - loaded


def time_own(record: object, engine: Engine, repeats: int) -> float:
    """Return the median seconds from a record to the bytes of its determination."""
    determine(record, engine)
    return statistics.median(
        clock(lambda: determine(record, engine).json()) for _ in range(repeats)
    )


def clock(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def time_default(record: object, engine: Engine, timeout: float) -> float | None:
    """Return the seconds of the default stack in a process of its own, or None on time-out."""
    admitted = admit(record, engine)
    data = [*admitted.edition.axioms, *admitted.abox.facts]
    receiving, sending = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("fork")
    process = context.Process(
        target=run_default, args=(sending, data, attesting_shapes(engine)), daemon=True
    )
    process.start()
    answered = receiving.poll(timeout)
    seconds = float(receiving.recv()) if answered else None
    process.kill()
    process.join()
    return seconds


def run_default(sending: Connection, data: Iterable[Triple], shapes: Iterable[Triple]) -> None:
    """Close with owlrl, validate with pyshacl, and send the seconds; parsing is not counted."""
    import owlrl  # noqa: PLC0415 - loaded where it is used, so that ionm is timed without it
    import pyshacl  # noqa: PLC0415
    import rdflib  # noqa: PLC0415

    graphs = [rdflib.Graph().parse(data="\n".join(map(ntriple, part)), format="nt")
              for part in (data, shapes)]  # fmt: skip
    start = time.perf_counter()
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graphs[0])
    pyshacl.validate(graphs[0], shacl_graph=graphs[1], inference="none")
    sending.send(time.perf_counter() - start)


def attesting_shapes(engine: Engine) -> frozenset[Triple]:
    """Return the shape files that attest; those for the raw record and for curators stay out."""
    files = engine.knowledge.shape_files.values()
    return frozenset(t for file in files if any(u.p == NEC.attests for u in file) for t in file)


def print_row(timing: Timing, timeout: float) -> None:
    """Print what one case took."""
    default = f"over {timeout:.0f} s" if timing.default is None else f"{timing.default:.1f} s"
    own = f"{timing.own * MILLISECONDS:.0f} ms"
    print(f"{timing.case:40} ionm {own:>8}   default stack {default:>10}", flush=True)


def print_summary(
    timings: list[Timing], loading: float, closing: float, wanted: argparse.Namespace
) -> None:
    """Print the medians, the ratio, and what was measured."""
    if not timings:
        print("nothing was measured")
        return
    own = statistics.median(t.own for t in timings)
    default = statistics.median(wanted.timeout if t.default is None else t.default for t in timings)
    late = sum(t.default is None for t in timings)
    bound = "at least " if late else ""
    print(f"\nmedian: ionm {own * MILLISECONDS:.0f} ms, default stack {bound}{default:.1f} s, "
          f"ratio {bound}{default / own:.0f}")  # fmt: skip
    print(f"once at the start: ionm loads in {loading:.1f} s and closes in {closing:.1f} s\n")
    print("ionm: a warm engine, from the record to the JSON of the determination with its proof,"
          f"\n  median of {wanted.repeats} runs. Default stack: owlrl closes the axioms in force with"
          "\n  the facts of the case, then pyshacl validates once; one run, parsing not counted."
          f"\n  A run over {wanted.timeout:.0f} s is stopped and counted as that long: {late}"
          f" of {len(timings)}.")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
