"""Check a whole ledger and name every entry that is not what was appended.

The walk does not stop at the first fault. It runs beside a service that appends: the anchors are
read first, so that no anchor is newer than the entries.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kg_engine import ledger_anchors, ledger_rows
from kg_engine.errors import Fault, InputRefused, KgEngineError, LedgerBroken
from kg_engine.ledger import GENESIS, KINDS, Entry, chain_digest, content_digest, line
from kg_engine.ledger_anchors import Anchor, last_of, read_anchors
from kg_engine.ledger_folder import check_pages
from kg_engine.ledger_rows import RESTORE, check_tables, connect, told, unchecked

_ROWS = f"{ledger_rows.SELECT} ORDER BY sequence"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Say what a check found: ``unanchored`` entries are newer than the last anchor."""

    entries: int
    head: str
    anchors: int
    unanchored: int
    faults: tuple[Fault, ...]
    remarks: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Say whether no fault was found."""
        return not self.faults


@dataclass(slots=True)
class _Walk:
    """What a walk along the chain knows: where it is, and what it found."""

    anchors: dict[int, Anchor]
    sequence: int = 0
    digest: str = GENESIS
    at: str = ""
    backwards: int = 0
    faults: list[Fault] = field(default_factory=list)

    def blame(self, place: str, message: str) -> None:
        self.faults.append(Fault(place, message, RESTORE))


@contextlib.contextmanager
def reading(folder: Path) -> Iterator[sqlite3.Connection]:
    """Lend a connection that only reads a folder's ledger, beside its writer or without one.

    Raises InputRefused where there is no ledger, LedgerUnavailable, LedgerBroken.
    """
    path = folder / ledger_rows.FILE
    if not path.exists() and not (folder / ledger_anchors.FILE).exists():
        remedy = "Name the folder of a service that ran: --data FOLDER."
        raise InputRefused([Fault(str(folder), "holds no ledger.", remedy)])
    if not path.exists():
        raise LedgerBroken([Fault(str(path), "is missing.", RESTORE)])
    with told(str(path)), contextlib.closing(connect(path, writing=False)) as connection:
        yield connection


def verify_ledger(folder: Path, *, anchors: Path | None = None) -> Verdict:
    """Check pages, indexes, every entry, the whole chain, and each anchor.

    ``anchors`` names a copy of the anchors that was kept elsewhere; without it those in the
    folder are taken. Raises InputRefused where there is no ledger, LedgerUnavailable.
    """
    walk = _Walk({})
    try:
        with reading(folder) as connection:
            walk.anchors = _anchors(anchors or folder / ledger_anchors.FILE, walk)
            _look_over(connection, folder / ledger_rows.FILE, walk)
            _follow(connection, walk)
    except LedgerBroken as broken:
        walk.faults.extend(broken.faults)
    _beyond(walk)
    last = last_of(walk.anchors.values()).sequence
    turned = f"the clock went backwards {walk.backwards} times between entries"
    return Verdict(
        walk.sequence,
        walk.digest,
        len(walk.anchors),
        max(0, walk.sequence - last),
        tuple(dict.fromkeys(walk.faults)),
        (turned,) if walk.backwards else (),
    )


def _anchors(path: Path, walk: _Walk) -> dict[int, Anchor]:
    try:
        with told(str(path)):
            found = read_anchors(path) if path.exists() else ()
    except LedgerBroken as broken:
        walk.faults.extend(broken.faults)
        return {}
    if not found:
        walk.blame(str(path), "holds no anchor.")
    return {anchor.sequence: anchor for anchor in found}


def _look_over(connection: sqlite3.Connection, path: Path, walk: _Walk) -> None:
    """Check tables, pages and indexes; what is damaged there may still be read."""
    for look in (check_tables, check_pages):
        try:
            with told(str(path)):
                look(connection, path)
        except LedgerBroken as broken:
            walk.faults.extend(broken.faults)


def _follow(connection: sqlite3.Connection, walk: _Walk) -> None:
    """Walk along every row; one that cannot be read ends the walk and is named."""
    rows = connection.execute(_ROWS)
    while True:
        try:
            with told(f"entry {walk.sequence + 1}"):
                row = rows.fetchone()
        except KgEngineError as error:
            walk.faults.extend(error.faults)
            return
        if row is None:
            return
        if not isinstance(row[0], int) or row[0] < 1:
            walk.blame(f"entry {row[0]}", "is before the first.")
            continue
        _step(row, walk)


def _step(row: tuple[object, ...], walk: _Walk) -> None:
    sequence, previous, digest = row[0], row[-2], row[-1]
    assert isinstance(sequence, int)
    place = f"entry {sequence}"
    if sequence != walk.sequence + 1:
        _missing(walk, sequence - 1, "is missing, and later ones are there.")
    elif previous != walk.digest:
        walk.blame(place, "does not follow on the entry before.")
    try:
        entry = unchecked(row)
    except ValueError as error:
        walk.blame(place, f"is damaged: {error}.")
    else:
        _judge(entry, walk)
    anchor = walk.anchors.get(sequence)
    if anchor is not None and anchor.digest != digest:
        walk.blame(place, f"is not the one that was anchored at {anchor.at}: the chain up to it was"
                          " rewritten.")  # fmt: skip
    walk.sequence, walk.digest = sequence, str(digest)


def _judge(entry: Entry, walk: _Walk) -> None:
    place = f"entry {entry.sequence}"
    if chain_digest(entry.previous, line(entry, content_digest(entry.content))) != entry.digest:
        walk.blame(place, "is not what was appended: its digest differs.")
    if entry.kind not in KINDS:
        walk.blame(place, "is of no kind of the ledger.")
    walk.backwards += entry.at < walk.at
    walk.at = entry.at


def _missing(walk: _Walk, last: int, why: str) -> None:
    first = walk.sequence + 1
    place = f"entry {first}" if first == last else f"entries {first} to {last}"
    walk.blame(place, why)


def _beyond(walk: _Walk) -> None:
    """Name what was anchored and is no more: a tail that was cut off."""
    last = last_of(walk.anchors.values())
    if last.sequence > walk.sequence:
        _missing(walk, last.sequence, f"anchored at {last.at}, is missing at the end.")
