"""Sweep the service and the commands: ``python -m tests.silence``; 1 for any sign or fault.

Where the system allows it, all of it happens in a network of our own without routes, and the
kernel's count of connections must be that of our own requests.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

from kg_engine.cache_files import cache_directory
from tests.service.running import ROOT, Running, running
from tests.silence import alone, commands
from tests.silence.canary import baits, listening
from tests.silence.payloads import ADDRESSES, Lures
from tests.silence.sweep import Sender, keep, read_back, requests
from tests.silence.traced import Trace, traced

_FREE = {"IONM_RATE": "1e9", "IONM_BURST": "1000000000"}


def main() -> int:
    """Sweep as the command line asks and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.silence", description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="send one request of so many")
    parser.add_argument(
        "--commands", type=int, default=1, help="run one command of so many of each kind"
    )
    parser.add_argument("--verified", type=int, default=6, help="how many kept are verified")
    parser.add_argument("--json", action="store_true", help="print a document")
    wanted = parser.parse_args()
    why_not = alone.enter()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        found = sweep(Path(name), wanted.every, wanted.commands, wanted.verified, why_not)
    found["seconds"] = round(time.monotonic() - began, 1)
    faults = found["faults"]
    assert isinstance(faults, list)
    if wanted.json:
        print(json.dumps(found))
    else:
        told = {key: value for key, value in found.items() if key != "faults"}
        print("\n".join(f"{key}: {value}" for key, value in told.items()))
        print("\n".join(f"FAULT {fault}" for fault in faults[:30]))
        print(f"{len(faults)} faults")
    return bool(faults)


def sweep(
    folder: Path, every: int, every_command: int, verified: int, why_not: str
) -> dict[str, object]:
    """Send requests and run commands, and return what was seen of them."""
    with listening() as canary, baits(folder / "baits") as files:
        lures = Lures(canary, files)
        with running(folder / "data", env=_FREE) as service:
            sender = Sender(service.port, canary, files)
            before = alone.Counts(0, 0, 0) if why_not else alone.counts()
            trace, kept, document = _sent(folder, service, sender, lures, every, verified)
            logged = len(service.events("failure"))
            ended = service.stop()
        found = [*commands.commands(lures), *commands.forgeries(document, lures)]
        kinds = dict.fromkeys(words[0] for _, words, _ in found)
        chosen = [
            c for kind in kinds for c in [d for d in found if d[1][0] == kind][::every_command]
        ]
        ran = commands.run(chosen, folder, sender)
        sender.close()
        counted = before if why_not else alone.counts().since(before)
    seen = sender.seen
    if ended or logged:
        seen.faults.append(f"the service ended with {ended} and {logged} failures in its log")
    if not why_not:
        seen.faults.extend(_unaccounted(counted, seen.connections))
    return {
        "requests": seen.requests,
        "statuses": dict(sorted(Counter(seen.statuses).items())),
        "commands": ran,
        "kept": len(kept),
        "watched files": files.watched,
        "calls of the service watched": trace.why_not or "yes",
        "network of our own": why_not or "yes",
        "connections of ours": seen.connections,
        "connections counted": counted.connections if not why_not else "",
        "faults": seen.faults,
    }


def _sent(
    folder: Path, service: Running, sender: Sender, lures: Lures, every: int, verified: int
) -> tuple[Trace, list[str], str]:
    """Send the requests while the calls of the service are watched."""
    with traced(service.process.pid, folder / "trace") as trace:
        kept = keep(sender, lures, ADDRESSES[:: max(1, every // 8)])
        draw = Random(every)  # noqa: S311 - a draw that can be repeated
        for request in requests(lures, kept[0]):
            if draw.randrange(every) == 0:
                sender.send(request)
        read_back(sender, lures, kept, verified)
        document = sender.answer(kept[0])
    own = (ROOT, folder / "data", cache_directory())
    sender.seen.faults.extend(f"the service: {one}" for one in trace.faults(own))
    return trace, kept, document


def _unaccounted(counted: alone.Counts, own: int) -> list[str]:
    """Return what the kernel counted and we did not do."""
    faults = []
    if counted.connections != own:
        faults.append(f"{counted.connections} connections were tried, {own} of them by us")
    if counted.datagrams or counted.unreachable:
        faults.append(f"the network was to be left: {counted}")
    return faults


if __name__ == "__main__":
    sys.exit(main())
