"""Print the tables of conformance; ``--write`` puts them into docs/conformance.md."""

from __future__ import annotations

import argparse
import sys

from tests.conformance.figures import BEGIN, END, PAGE, tables
from tests.conformance.running import suites

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--write", action="store_true", help="put the tables into the page")
arguments = parser.parse_args()
folder = suites()
if folder is None:
    sys.exit("the suites are not here: set IONM_SUITES")
found = tables(folder)
print(found)
if arguments.write:
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{found}\n\n{END}{after}", encoding="utf-8")
