"""Run the command line with the commands of the service as ``python -m api``."""

import sys

from api.cli import main

if __name__ == "__main__":
    sys.exit(main())
