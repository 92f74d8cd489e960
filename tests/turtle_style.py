"""Check that every Turtle file is in canonical form; with ``--write``, put it there.

Run it as ``python -m tests.turtle_style [--write]``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from kg_engine.errors import KnowledgeRefused
from kg_engine.turtle import parse_turtle_file
from kg_engine.turtle_format import format_turtle, read_prefixes

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("ontology", "shapes", "tests", "docs")


def turtle_files() -> list[Path]:
    """Return every Turtle file of the project, in order."""
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.ttl"))


def faults(*, write: bool = False) -> Iterator[str]:
    """Yield a line for each file that is not canonical, after writing it so if told to."""
    table = ROOT / "ontology" / "prefixes.ttl"
    prefixes = read_prefixes(parse_turtle_file(table, place="ontology/prefixes.ttl"))
    for path in turtle_files():
        place = str(path.relative_to(ROOT))
        text = path.read_bytes()
        try:
            canonical = format_turtle(text, place=place, prefixes=prefixes).encode()
        except KnowledgeRefused as refused:
            yield str(refused)
            continue
        if canonical == text:
            continue
        if write:
            path.write_bytes(canonical)
        else:
            yield f"{place}: is not in canonical form. Run make fix."


def main(arguments: list[str]) -> int:
    """Print the faults and return 1 if there are any."""
    found = list(faults(write="--write" in arguments))
    for line in found:
        print(line, file=sys.stderr)  # noqa: T201 - this is the command's output
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
