"""Write down the head of the chain in a second file, so that a rewritten past shows.

One line of JSON an anchor: sequence, digest, time. The file only grows and is synced after each
line. A chain that was wholly rewritten is as sound as the true one; only its anchors differ.
Whoever can write both files can forge both: keep copies of the anchors where the service cannot
write, and check against them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from kg_engine.errors import Fault, LedgerBroken
from kg_engine.ledger import GENESIS

FILE = "anchors.jsonl"
_LONGEST = 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Anchor:
    """Hold the head of the chain at a time: ``sequence`` 0 is the empty ledger."""

    sequence: int
    digest: str
    at: str


def read_anchors(path: Path) -> tuple[Anchor, ...]:
    """Return the anchors of a file, in order; a last line that was cut short is left out.

    Raises LedgerBroken for a line that is none or that goes backwards, OSError where the file
    cannot be read.
    """
    lines = path.read_bytes().split(b"\n")[:-1]
    anchors = tuple(_read(text, path.name, number) for number, text in enumerate(lines, 1))
    for number, (earlier, later) in enumerate(pairwise(anchors), 2):
        if later.sequence <= earlier.sequence:
            raise _broken(path.name, number, "does not follow on the line before")
    if anchors and anchors[0] != Anchor(0, GENESIS, anchors[0].at):
        raise _broken(path.name, 1, "is not the anchor of the empty ledger")
    return anchors


def start_anchors(path: Path, at: str) -> None:
    """Make the file with the anchor of the empty ledger. Raises OSError."""
    path.touch(mode=0o600)
    append_anchor(path, Anchor(0, GENESIS, at))


def append_anchor(path: Path, anchor: Anchor) -> None:
    """Add one anchor and sync it; a line cut short before is taken away first. Raises OSError."""
    with path.open("r+b") as file:
        start = max(0, file.seek(0, os.SEEK_END) - _LONGEST)
        file.seek(start)
        file.seek(start + file.read().rfind(b"\n") + 1)
        file.truncate()
        text = {"sequence": anchor.sequence, "digest": anchor.digest, "at": anchor.at}
        file.write(json.dumps(text).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def last_of(anchors: Iterable[Anchor]) -> Anchor:
    """Return the newest anchor; without any, that of the empty ledger."""
    return max(anchors, key=lambda a: a.sequence, default=Anchor(0, GENESIS, ""))


def _read(text: bytes, name: str, number: int) -> Anchor:
    try:
        found = json.loads(text)
        anchor = Anchor(found["sequence"], found["digest"], found["at"])
    except (ValueError, KeyError, TypeError) as error:
        raise _broken(name, number, "is no anchor") from error
    whole = type(anchor.sequence) is int and isinstance(anchor.at, str)
    if not whole or not isinstance(anchor.digest, str) or not _DIGEST.fullmatch(anchor.digest):
        raise _broken(name, number, "is no anchor")
    return anchor


def _broken(name: str, number: int, why: str) -> LedgerBroken:
    remedy = "Compare with a copy of the anchors kept elsewhere, or restore a backup."
    return LedgerBroken([Fault(f"{name}, line {number}", f"{why}.", remedy)])
