"""Try knowledge in a process of its own: ``python -m api.rehearsal`` reads paths, tells faults."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from api.knowledge import open_snapshot
from api.settings import Settings
from kg_engine.errors import KgEngineError

NICENESS = 10


def main() -> int:
    """Open and test the knowledge that standard input names; print its digest and its faults."""
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    paths = json.load(sys.stdin)
    settings = replace(
        Settings(),
        ontology=tuple(map(Path, paths["ontology"])),
        shapes=tuple(map(Path, paths["shapes"])),
        cases=Path(paths["cases"]),
    )
    told: dict[str, object] = {"digest": "", "faults": []}
    try:
        told["digest"] = open_snapshot(settings).digest
    except KgEngineError as error:
        told["faults"] = [(f.place, f.message, f.remedy) for f in error.faults]
    json.dump(told, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
