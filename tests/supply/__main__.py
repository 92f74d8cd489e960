"""Look over the packages: ``python -m tests.supply``; 1 for any fault."""

from __future__ import annotations

import argparse
import sys

from tests.supply import advisories, pins


def main() -> int:
    """Print each fault of the packages and of their pins."""
    parser = argparse.ArgumentParser(prog="python -m tests.supply", description=__doc__)
    parser.add_argument("--strict", action="store_true", help="fail where nobody can be asked")
    wanted = parser.parse_args()
    faults = pins.faults()
    told, note = advisories.faults(pins.policy())
    faults += told
    if wanted.strict and not note.startswith(advisories.SERVICES):
        faults.append(note)
    print("\n".join([*faults, f"packages: {len(faults)} faults; {note}"]))
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
