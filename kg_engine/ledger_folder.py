"""Make a folder ready for one ledger and one writer: rights, lock, files, a first look.

The lock is a POSIX record lock: it falls when its process ends, however it ends, and children
that are forked do not hold it. Within one process a list of the locked folders stands for it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kg_engine import ledger_anchors, ledger_rows
from kg_engine.errors import Fault, LedgerBroken, LedgerUnavailable
from kg_engine.ledger_anchors import Anchor, last_of, read_anchors, start_anchors
from kg_engine.ledger_rows import RESTORE, check_tables, connect, is_empty, make_tables, told

LOCK = "lock"
CHECKED_BYTES = 1024**3
_held: set[tuple[int, int]] = set()
_holding = threading.Lock()


@dataclass(frozen=True, slots=True)
class Lock:
    """Hold a folder for this process."""

    handle: int
    file: tuple[int, int]

    def release(self) -> None:
        """Let another take the folder."""
        with _holding:
            os.close(self.handle)
            _held.discard(self.file)


def prepared(folder: Path, clock: Callable[[], str]) -> tuple[Lock, Anchor]:
    """Make or check a folder, lock it, look its files over; return the lock and the last anchor.

    Raises LedgerUnavailable, LedgerBroken, with the path.
    """
    with told(str(folder)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_private(folder)
        lock = locked(folder)
    try:
        with told(str(folder)):
            return lock, _begun(folder, clock)
    except BaseException:
        lock.release()
        raise


def check_private(folder: Path) -> None:
    """Refuse a folder that others can read, or that is another's. Raises LedgerUnavailable."""
    status = folder.stat()
    if status.st_uid != os.getuid():
        raise _unavailable(folder, "belongs to another user.", "Give it to the service's user.")
    if stat.S_IMODE(status.st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise _unavailable(folder, "is open to other users.", f"chmod 700 {folder}")


def check_pages(connection: sqlite3.Connection, path: Path) -> None:
    """Look over the pages of a file, and each index against its table.

    An index that lost a key would let a request be decided twice. Raises LedgerBroken with up to 20 faults, sqlite3.Error.
    """
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
    if found != ["ok"]:
        texts = {line for text in found for line in text.splitlines()}
        raise LedgerBroken([Fault(str(path), f"is damaged: {text}.", RESTORE) for text in texts])


def locked(folder: Path) -> Lock:
    """Lock a folder for this process. Raises LedgerUnavailable where it is held, OSError.

    The file is not opened where this process holds it: closing it would let go.
    """
    path = folder / LOCK
    with _holding:
        if path.exists() and _identity(path.stat()) in _held:
            raise _in_use(folder)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            raise _in_use(folder) from error
        lock = Lock(handle, _identity(os.fstat(handle)))
        _held.add(lock.file)
    return lock


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _begun(folder: Path, clock: Callable[[], str]) -> Anchor:
    """Return the last anchor of a ledger; where there is no ledger, begin one.

    The anchors are begun first, so that a file without them is never a young one. A file that is
    too large to be looked over at every start is left to ``ionm ledger verify``; each entry is
    checked whenever it is read.
    """
    path, anchors = folder / ledger_rows.FILE, folder / ledger_anchors.FILE
    if not path.exists():
        _begin(path, anchors, clock)
    if not anchors.exists():
        raise LedgerBroken([Fault(str(anchors), "is missing.", RESTORE)])
    last = last_of(read_anchors(anchors))
    with contextlib.closing(connect(path, writing=True)) as connection:
        if is_empty(connection) and not last.sequence:
            make_tables(connection)
        check_tables(connection, path)
        if path.stat().st_size <= CHECKED_BYTES:
            check_pages(connection, path)
    sync_folder(folder)
    return last


def _begin(path: Path, anchors: Path, clock: Callable[[], str]) -> None:
    if not anchors.exists() or not read_anchors(anchors):
        start_anchors(anchors, clock())
    if count := last_of(read_anchors(anchors)).sequence:
        fault = Fault(str(path), f"is missing, and {count} entries were anchored.", RESTORE)
        raise LedgerBroken([fault])
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _in_use(folder: Path) -> LedgerUnavailable:
    return _unavailable(folder, "is in use by another process.", "End that process, or name "
                        "another folder.")  # fmt: skip


def _unavailable(folder: Path, why: str, remedy: str) -> LedgerUnavailable:
    return LedgerUnavailable([Fault(str(folder), why, remedy)])
