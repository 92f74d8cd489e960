"""Write the answers of all cases anew: ``python -m tests.golden``; prints which changed."""

from __future__ import annotations

import sys

from kg_engine import determine, open_engine
from tests.golden import differences, read_answers, short, write_answers
from tests.variants import read_cases


def main() -> int:
    """Write the kept answers from the knowledge as it stands."""
    engine, before, after = open_engine(), read_answers(), {}
    for name, case in read_cases().items():
        if "refused" in case["expect"]:
            continue
        after[name] = short(determine(case["record"], engine).document)
        for line in differences(before.get(name, {}), after[name]):
            print(f"{name}: {line[:200]}")
    write_answers(after)
    print(f"{len(after)} answers kept")
    return 0


if __name__ == "__main__":
    sys.exit(main())
