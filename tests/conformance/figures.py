"""Count what passes, engine by engine, and write and read the tables of docs/conformance.md."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.conformance.others import Other, installed, pyshacl_report
from tests.conformance.owl_suites import OwlTest
from tests.conformance.owl_suites import every_test as every_owl_test
from tests.conformance.running import AS_WRITTEN, HERE, RESTATED, Verdict, failure, passed, verdict
from tests.conformance.shacl_suite import ShaclTest
from tests.conformance.shacl_suite import every_test as every_shacl_test

PAGE = HERE.parents[1] / "docs" / "conformance.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
OWN = "ionm"
Kind = tuple[str, str]


def owl_rows(
    tests: Iterable[OwlTest], answer: Callable[[OwlTest], Verdict | None] = verdict
) -> dict[Kind, str]:
    """Return for each suite and kind how many of its tests an engine's answers pass."""
    run, won = Counter[Kind](), Counter[Kind]()
    for test in tests:
        run[test.suite, test.kind] += 1
        won[test.suite, test.kind] += passed(test, answer(test))
    return {kind: f"{won[kind]} of {number}" for kind, number in run.items()}


def shacl_rows(tests: Collection[ShaclTest]) -> dict[Kind, str]:
    """Return for each way of running the SHACL suite how many of its tests our checker passes."""
    won = {mode: sum(not failure(test, mode) for test in tests) for mode in (AS_WRITTEN, RESTATED)}
    return {(mode, ""): f"{number} of {len(tests)}" for mode, number in won.items()}


def own_cells(folder: Path) -> dict[Kind, str]:
    """Return the cells that tell of our engine, by the two cells that begin their row."""
    shacl = shacl_rows(every_shacl_test(folder / "shacl" / "tests"))
    return owl_rows(every_owl_test(folder / "owl2")) | shacl


def page_cells(text: str) -> dict[Kind, str]:
    """Read the same cells off the page."""
    found = {}
    for line in text.partition(BEGIN)[2].partition(END)[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) > 3 and " of " in cells[2]:
            found[cells[0], cells[1]] = cells[2]
    return found


def tables(folder: Path) -> str:
    """Run every suite on every engine that is installed, and return the tables."""
    logging.disable(logging.WARNING)
    tests = every_owl_test(folder / "owl2")
    columns, seconds = dict[str, dict[Kind, str]](), dict[str, float]()
    for name in (OWN, "owlrl", "reasonable"):
        begun = time.monotonic()
        columns[name] = _column(name, tests)
        seconds[name] = time.monotonic() - begun
    shacl = every_shacl_test(folder / "shacl" / "tests")
    theirs = sum(pyshacl_report(test) == test.expected for test in shacl)
    lines = ["| suite | kind | ionm | owlrl | reasonable |", "|---|---|---|---|---|"]
    for kind in columns[OWN]:
        cells = [*kind, *(column.get(kind, "not installed") for column in columns.values())]
        lines.append(f"| {' | '.join(cells)} |")
    lines.append(f"| seconds | | {' | '.join(f'{s:.0f}' for s in seconds.values())} |")
    lines += ["", "| suite | | ionm | pyshacl |", "|---|---|---|---|"]
    for (mode, _), cell in shacl_rows(shacl).items():
        lines.append(f"| {mode} | | {cell} | {theirs} of {len(shacl)} |")
    lines += ["", f"Run on {datetime.now(tz=UTC):%Y-%m-%d}: " + ", ".join(_versions()) + "."]
    return "\n".join(lines)


def _column(name: str, tests: Iterable[OwlTest]) -> dict[Kind, str]:
    if name == OWN:
        return owl_rows(tests)
    if not installed(name):
        return {}
    other = Other(name)
    found = owl_rows(tests, other.verdict)
    other.stop()
    return found


def _versions() -> Iterator[str]:
    for name in ("owlrl", "reasonable", "pyshacl", "rdflib", "pyoxigraph"):
        yield f"{name} {version(name) if installed(name) else 'not installed'}"
