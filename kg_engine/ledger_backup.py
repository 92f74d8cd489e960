"""Copy a folder of data whole, beside a service that writes or without one, and bring it back.

A copy holds the ledger, its anchors, every knowledge that served, and the files that the caller
names. It gets its name when all of it was read again and holds.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from kg_engine import ledger_anchors, ledger_rows, snapshots
from kg_engine.errors import Fault, InputRefused, KgEngineError, LedgerBroken
from kg_engine.knowledge import load_knowledge
from kg_engine.ledger_anchors import Anchor, append_anchor, last_of, read_anchors
from kg_engine.ledger_check import Verdict, reading, verify_ledger
from kg_engine.ledger_folder import LOCK, check_private, locked, sync_folder
from kg_engine.ledger_rows import RESTORE, told
from kg_engine.snapshots import Snapshot, snapshots_in

_REST = ("-wal", "-shm", "-journal")


def back_up(
    folder: Path, target: Path, *, also: Sequence[str] = (), clock: Callable[[], str]
) -> Verdict:
    """Copy a folder of data to a new one, check the copy, and anchor its head.

    Raises InputRefused where the target is not new or there is no ledger, LedgerBroken where the
    copy does not hold, LedgerUnavailable where it cannot be written; then there is no target.
    """
    _refuse_unless_new(target, folder)
    with told(str(target)):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent) as new:
            made = Path(new) / "whole"
            made.mkdir(mode=0o700)
            _copy(folder, made, also)
            verdict = _anchored(made, clock)
            os.rename(made, target)  # noqa: PTH104  (atomic, and said so)
        sync_folder(target.parent)
    return verdict


def restore(source: Path, folder: Path, *, also: Sequence[str] = ()) -> Verdict:
    """Check a backup and copy it to a folder of data that holds nothing yet, locked meanwhile.

    The ledger's file comes last, so that a half of it is never taken for the whole. Raises
    InputRefused where the folder holds something, LedgerUnavailable where a service holds it,
    LedgerBroken where the backup does not hold.
    """
    _held(source)
    with told(str(folder)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_private(folder)
        lock = locked(folder)
        try:
            _refuse_unless_new(folder, source)
            _copy(source, folder, also)
            return _held(folder)
        finally:
            lock.release()


def _refuse_unless_new(target: Path, source: Path) -> None:
    if target.resolve().is_relative_to(source.resolve()):
        raise _refused(target, "lies in the folder that is copied.", "Name another place.")
    if target.exists() and not target.is_dir():
        raise _refused(target, "is a file.", "Name a new folder.")
    if target.exists() and any(path.name != LOCK for path in target.iterdir()):
        raise _refused(target, "holds files already; nothing is overwritten.",
                       "Name a new folder, or move this one away and keep it.")  # fmt: skip


def _refused(place: Path, why: str, remedy: str) -> InputRefused:
    return InputRefused([Fault(str(place), why, remedy)])


def _copy(source: Path, into: Path, also: Sequence[str]) -> None:
    """Copy all parts; the anchors before the entries, so that none is newer than these."""
    with reading(source) as connection:
        for kept in snapshots_in(source):
            _copy_tree(kept.home, into / snapshots.FOLDER / kept.home.name)
        for name in (*also, ledger_anchors.FILE):
            if (source / name).exists():
                _copy_file(source / name, into / name)
        last = last_of(read_anchors(into / ledger_anchors.FILE))
        _copy_entries(connection, into / ledger_rows.FILE)
    sync_folder(into)
    with reading(into) as connection:
        if ledger_rows.head_of(connection)[0] < last.sequence:
            raise LedgerBroken([Fault(str(source), "lacks entries that were anchored.", RESTORE)])


def _copy_entries(connection: sqlite3.Connection, path: Path) -> None:
    """Copy the file of entries as of one moment, by SQLite's own online backup."""
    part = path.with_name(path.name + ".part")
    os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # so that it can be read where none writes
        _sync(part)
        os.replace(part, path)
    finally:
        for rest in ("", *_REST):
            part.with_name(part.name + rest).unlink(missing_ok=True)


def _copy_tree(source: Path, into: Path) -> None:
    for path in sorted(source.rglob("*")):
        if path.is_file():
            place = into / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            _copy_file(path, place)


def _copy_file(source: Path, into: Path) -> None:
    shutil.copyfile(source, into)
    into.chmod(0o600)
    _sync(into)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _anchored(folder: Path, clock: Callable[[], str]) -> Verdict:
    """Check a copy and anchor its head, so that a backup that was cut off later shows."""
    verdict = _held(folder)
    if not verdict.unanchored:
        return verdict
    head = Anchor(verdict.entries, verdict.head, clock())
    append_anchor(folder / ledger_anchors.FILE, head)
    return replace(verdict, anchors=verdict.anchors + 1, unanchored=0)


def _held(folder: Path) -> Verdict:
    """Return the verdict on a folder that holds. Raises LedgerBroken with every fault."""
    verdict = verify_ledger(folder)
    faults = [*verdict.faults, *(f for kept in snapshots_in(folder) for f in _altered(kept))]
    if faults:
        raise LedgerBroken(faults)
    return verdict


def _altered(kept: Snapshot) -> Iterator[Fault]:
    """Yield a fault where a kept knowledge is not that of its digest."""
    try:
        same = load_knowledge(kept.ontology, kept.shapes).digest == kept.digest
    except KgEngineError:
        same = False
    if not same:
        remedy = "Bring it back from another backup."
        yield Fault(str(kept.home), "is not the knowledge of its digest.", remedy)
