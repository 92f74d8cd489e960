"""Hold entries in one SQLite file: its tables, its durability, and what its errors mean.

Contents are packed by zlib, since a page that is not written need not be synced. Each row is
checked against its digest whenever it is read, so that a flipped bit is never an answer.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kg_engine.errors import Fault, LedgerBroken, LedgerUnavailable
from kg_engine.ledger import GENESIS, Entry, chain_digest, content_digest, line

FILE = "ledger.sqlite3"
BUSY_SECONDS = 1.0
_SCHEMA = """
CREATE TABLE entry (
    sequence INTEGER PRIMARY KEY CHECK (sequence > 0), kind TEXT NOT NULL, tenant TEXT NOT NULL, id TEXT NOT NULL,
    at TEXT NOT NULL, about TEXT NOT NULL, actor TEXT NOT NULL, idempotency_key TEXT NOT NULL,
    request_digest TEXT NOT NULL, content BLOB NOT NULL, previous TEXT NOT NULL,
    digest TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX entry_by_id ON entry (id);
CREATE UNIQUE INDEX entry_by_key ON entry (tenant, idempotency_key)
    WHERE idempotency_key <> '';
CREATE INDEX entry_by_about ON entry (about, kind) WHERE about <> '';
"""
_COLUMNS = (
    "sequence, kind, tenant, id, at, about, actor, idempotency_key, request_digest, content,"
    " previous, digest"
)
SELECT = f"SELECT {_COLUMNS} FROM entry"  # noqa: S608  (a constant)
INSERT = f"INSERT INTO entry ({_COLUMNS}) VALUES ({', '.join('?' * 12)})"  # noqa: S608
BY_ID = f"{SELECT} WHERE id = ? AND kind = ?"
BY_KEY = f"{SELECT} WHERE tenant = ? AND idempotency_key = ? AND idempotency_key <> ''"
REVIEWS = f"{SELECT} WHERE about = ? AND about <> '' AND kind = ? AND tenant = ? ORDER BY sequence"
"""What an index leaves out a query must leave out in the same words, or the index is not used."""
_PAGE = f"{SELECT} WHERE sequence > ? ORDER BY sequence LIMIT 100"
_AROUND = "SELECT sequence, previous, digest FROM entry WHERE sequence IN (?, ?)"
_MASTER = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
_DAMAGED = "a page of the file is damaged"
_BROKEN = {
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: "the file is no ledger, or its first page is damaged",
}
_UNAVAILABLE = {
    sqlite3.SQLITE_FULL: ("the disk is full", "Make room; it goes on by itself."),
    sqlite3.SQLITE_READONLY: ("the disk or file is read-only", "Make it writable."),
    sqlite3.SQLITE_PERM: ("access is refused", "Give the folder to the user of the service."),
    sqlite3.SQLITE_BUSY: ("another process holds the file", "End that process."),
    sqlite3.SQLITE_LOCKED: ("another process holds the file", "End that process."),
    sqlite3.SQLITE_IOERR: ("the disk fails to read or write", "Look at the disk and its room."),
    sqlite3.SQLITE_CANTOPEN: ("the file cannot be opened", "Check the folder, its rights and room."),
    sqlite3.SQLITE_NOMEM: ("there is no memory left", "Give the service more memory."),
}  # fmt: skip
RESTORE = "Keep the folder for study, and restore a backup: ionm ledger restore."


def connect(path: Path, *, writing: bool) -> sqlite3.Connection:
    """Open the file, for one writer or for reading alone, with autocommit; raises sqlite3.Error."""
    mode = "rw" if writing else "ro"
    unlogged = not writing and not _has_log(path) and not os.access(path.parent, os.W_OK)
    uri = f"file:{quote(str(path))}?mode={mode}" + ("&immutable=1" if unlogged else "")
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS
    )
    connection.text_factory = _text
    try:
        for pragma in _pragmas(writing=writing):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _text(raw: bytes) -> str:
    """Read text of a page that may be damaged: it is found out by its digest, not by an error."""
    return raw.decode("utf-8", "replace")


def _pragmas(*, writing: bool) -> tuple[str, ...]:
    shared = ("cell_size_check = ON", "trusted_schema = OFF")
    if not writing:
        return (*shared, "query_only = ON")
    return (
        *shared,
        "journal_mode = WAL",
        "synchronous = FULL",
        "fullfsync = ON",
        "checkpoint_fullfsync = ON",
        "journal_size_limit = 67108864",
    )


def _has_log(path: Path) -> bool:
    """Say whether commits wait in the write-ahead log: then the file alone is not the whole."""
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of an empty file. Raises sqlite3.Error."""
    connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")


def is_empty(connection: sqlite3.Connection) -> bool:
    """Say whether a file has no table yet. Raises sqlite3.Error."""
    return not connection.execute(_MASTER).fetchall()


def check_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file whose tables are not ours: a trigger could drop what is acknowledged.

    Raises LedgerBroken, sqlite3.Error.
    """
    with closing(sqlite3.connect(":memory:")) as fresh:
        make_tables(fresh)
        ours = fresh.execute(_MASTER).fetchall()
    if connection.execute(_MASTER).fetchall() != ours:
        why = "is broken: its tables are not those of a ledger."
        raise LedgerBroken([Fault(str(path), why, RESTORE)])


@contextmanager
def told(place: str) -> Iterator[None]:
    """Turn what SQLite and the system say into LedgerUnavailable or LedgerBroken at a place."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        primary = sqlite3.SQLITE_ERROR if code is None else code & 0xFF
        if primary in _UNAVAILABLE:
            why, remedy = _UNAVAILABLE[primary]
            raise LedgerUnavailable([Fault(place, f"keeps nothing now: {why}.", remedy)]) from error
        why = _BROKEN.get(primary, "its tables are not those of a ledger")
        raise LedgerBroken([Fault(place, f"is broken: {why}.", RESTORE)]) from error
    except UnicodeDecodeError as error:  # a message of SQLite that quotes damaged text
        raise LedgerBroken([Fault(place, f"is broken: {_DAMAGED}.", RESTORE)]) from error
    except OSError as error:
        why = error.strerror or "the system refuses"
        remedy = "Check the disk, its room and the folder's rights."
        raise LedgerUnavailable([Fault(place, f"keeps nothing now: {why}.", remedy)]) from error


def linked(connection: sqlite3.Connection, entry: Entry) -> Entry:
    """Return an entry that stands where its neighbours say. Raises LedgerBroken, sqlite3.Error.

    Who changes one entry and its digest must then change all later ones, up to the next anchor.
    """
    around = connection.execute(_AROUND, (entry.sequence - 1, entry.sequence + 1)).fetchall()
    digests = {sequence: digest for sequence, _, digest in around}
    follows = entry.previous == digests.get(entry.sequence - 1, GENESIS)
    if not follows or any(n > entry.sequence and p != entry.digest for n, p, _ in around):
        why = "does not fit between its neighbours."
        raise LedgerBroken([Fault(f"entry {entry.sequence}", why, RESTORE)])
    return entry


def entries_after(connection: sqlite3.Connection, after: int, digest: str = "") -> Iterator[Entry]:
    """Yield the entries after a sequence number, each checked and bound to the one before.

    ``digest`` is what the entry of that number must have, where it is known.

    Pages are read one by one, so that no long reading keeps the log from being emptied. Raises
    sqlite3.Error, LedgerBroken.
    """
    head = after, _digest_at(connection, after)
    if digest and digest != head[1]:
        raise LedgerBroken([Fault(f"entry {after}", "is not the one that was anchored.", RESTORE)])
    while rows := connection.execute(_PAGE, (head[0],)).fetchall():
        for row in rows:
            entry = checked(row)
            if entry.sequence != head[0] + 1:
                missing = f"entry {head[0] + 1}"
                raise LedgerBroken(
                    [Fault(missing, "is missing, and later ones are there.", RESTORE)]
                )
            if entry.previous != head[1]:
                why = "does not follow on the entry before."
                raise LedgerBroken([Fault(f"entry {entry.sequence}", why, RESTORE)])
            head = entry.sequence, entry.digest
            yield entry


def _digest_at(connection: sqlite3.Connection, sequence: int) -> str:
    if sequence == 0:
        return GENESIS
    row = connection.execute(f"{SELECT} WHERE sequence = ?", (sequence,)).fetchone()
    if row is None:
        raise LedgerBroken([Fault(f"entry {sequence}", "is missing.", RESTORE)])
    return checked(row).digest


def head_of(connection: sqlite3.Connection) -> tuple[int, str]:
    """Return sequence and digest of the last entry; 0 and the first digest where there is none.

    Raises sqlite3.Error, LedgerBroken.
    """
    row = connection.execute(f"{SELECT} ORDER BY sequence DESC LIMIT 1").fetchone()
    return (0, GENESIS) if row is None else (row[0], checked(row).digest)


def row_of(entry: Entry, packed: bytes) -> tuple[Any, ...]:
    """Return the row of an entry whose content was packed before."""
    return (
        entry.sequence, entry.kind, entry.tenant, entry.id, entry.at, entry.about, entry.actor,
        entry.idempotency_key, entry.request_digest, packed, entry.previous, entry.digest,
    )  # fmt: skip


def pack(content: str) -> bytes:
    """Pack a content. Raises UnicodeEncodeError for a text that UTF-8 cannot hold."""
    return zlib.compress(content.encode(), 1)


def unchecked(row: tuple[Any, ...]) -> Entry:
    """Return the entry of a row as it stands. Raises ValueError where it cannot be unpacked."""
    sequence, kind, tenant, name, at, about, actor, key, request, packed, previous, digest = row
    texts = kind, tenant, name, at, about, actor, key, request, previous, digest
    if not isinstance(packed, bytes) or not all(isinstance(text, str) for text in texts):
        raise ValueError("a part is of another type")
    try:
        content = zlib.decompress(packed).decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise ValueError("its content cannot be unpacked") from error
    return Entry(sequence, kind, tenant, name, at, content, previous, digest, about, actor, key,
                 request)  # fmt: skip


def checked(row: tuple[Any, ...]) -> Entry:
    """Return the entry of a row. Raises LedgerBroken where it is not what was appended."""
    place = f"entry {row[0]}"
    try:
        entry = unchecked(row)
    except ValueError as error:
        raise LedgerBroken([Fault(place, f"is damaged: {error}.", RESTORE)]) from error
    if chain_digest(entry.previous, line(entry, content_digest(entry.content))) != entry.digest:
        raise LedgerBroken([Fault(place, "is not what was appended: its digest differs.", RESTORE)])
    return entry
