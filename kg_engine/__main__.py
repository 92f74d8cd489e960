"""Run the command line as ``python -m kg_engine``."""

import sys

from kg_engine.cli import main

if __name__ == "__main__":
    sys.exit(main())
