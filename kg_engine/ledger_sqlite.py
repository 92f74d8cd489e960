"""Keep the ledger in a folder: one SQLite file, a file of anchors, and a lock.

One thread writes. Whoever appends while a commit is being synced shares the next one, so the
cost of syncing falls with the number of callers. A commit that fails keeps nothing: the file is
opened anew before the next, and so it goes on by itself when the disk does.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from kg_engine import ledger_anchors, ledger_rows
from kg_engine.errors import Fault, IdempotencyConflict, KgEngineError, LedgerUnavailable
from kg_engine.ledger import (
    DETERMINATION,
    KINDS,
    REVIEW,
    Draft,
    Entry,
    chain_digest,
    content_digest,
    line,
)
from kg_engine.ledger_anchors import Anchor, append_anchor
from kg_engine.ledger_folder import Lock, prepared
from kg_engine.ledger_rows import checked, connect, entries_after, linked, told

PLACE = "ledger"
ANCHOR_EVERY = 100
IDLE_SECONDS = 1.0
PROOF_SECONDS = 1.0
LEAST_ROOM = 4 * 1024**2
_LARGEST_GROUP = 256
_TOUCH = "PRAGMA user_version = 0"
"""Write a page that says what it said."""


def utc_now() -> str:
    """Return the time in UTC, ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def open_ledger(
    folder: Path, *, clock: Callable[[], str] = utc_now, anchor_every: int = ANCHOR_EVERY
) -> SqliteLedger:
    """Open the ledger in a folder for this process alone; where there is none, begin one.

    The file's structure and the chain since the last anchor are checked. The head is anchored
    every so many entries, when nothing is appended for a second, and at closing. Raises
    LedgerUnavailable (held by another process, open to other users, full or read-only disk) and
    LedgerBroken, with the path.
    """
    lock, anchor = prepared(folder, clock)
    try:
        return SqliteLedger(folder, lock, anchor, clock, anchor_every)
    except BaseException:
        lock.release()
        raise


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Drafts that wait for the writer, packed, and where their entries are awaited."""

    drafts: tuple[Draft, ...]
    packed: tuple[bytes, ...]
    digests: tuple[str, ...]
    kept: Future[tuple[Entry, ...]] = field(default_factory=Future)


class SqliteLedger:
    """Keep entries in a folder that is locked for this process; see the port, ``Ledger``."""

    def __init__(
        self, folder: Path, lock: Lock, anchor: Anchor, clock: Callable[[], str], anchor_every: int
    ) -> None:
        self._lock, self._clock, self._anchor_every = lock, clock, anchor_every
        self._path, self._anchors = folder / ledger_rows.FILE, folder / ledger_anchors.FILE
        self._head, self._anchored = (anchor.sequence, anchor.digest), anchor.sequence
        self._proved = 0.0
        self._reading: sqlite3.Connection | None = None
        self._asking_to_read = threading.Lock()
        with told(str(self._path)):
            self._writing: sqlite3.Connection | None = self._opened()
        self._waiting: list[_Wanted] = []
        self._changed, self._closing = threading.Condition(), False
        self._keep_anchor()
        self._writer = threading.Thread(target=self._write, name="ledger", daemon=True)
        self._writer.start()

    @property
    def head(self) -> tuple[int, str]:
        """Return sequence and digest of the last entry that was acknowledged."""
        return self._head

    def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        if any(d.kind not in KINDS or not d.tenant for d in drafts):
            raise ValueError("a draft has a kind of the ledger and a tenant")
        wanted = _Wanted(
            tuple(drafts),
            tuple(ledger_rows.pack(d.content) for d in drafts),
            tuple(content_digest(d.content) for d in drafts),
        )
        with self._changed:
            if self._closing:
                raise _closed()
            self._waiting.append(wanted)
            self._changed.notify()
        return wanted.kept.result()

    def find(self, tenant: str, id: str) -> Entry | None:
        found = self._select(ledger_rows.BY_ID, (id, DETERMINATION))
        return found[0] if found and found[0].tenant == tenant else None

    def replayed(self, tenant: str, idempotency_key: str) -> tuple[Entry, str] | None:
        found = (
            self._select(ledger_rows.BY_KEY, (tenant, idempotency_key)) if idempotency_key else ()
        )
        return (found[0], found[0].request_digest) if found else None

    def reviews(self, tenant: str, id: str) -> tuple[Entry, ...]:
        return self._select(ledger_rows.REVIEWS, (id, REVIEW, tenant))

    def entries(self, after: int = 0) -> Iterator[Entry]:
        with told(PLACE), contextlib.closing(connect(self._path, writing=False)) as connection:
            yield from entries_after(connection, after)

    def check(self) -> None:
        if self._closing:
            raise _closed()
        with told(PLACE):
            if shutil.disk_usage(self._path.parent).free < LEAST_ROOM:
                raise LedgerUnavailable([Fault(PLACE, "has little room left.", "Make room.")])
        if time.monotonic() - self._proved > PROOF_SECONDS:
            self.append(())

    def close(self) -> None:
        with self._changed:
            if self._closing:
                return
            self._closing = True
            self._changed.notify()
        self._writer.join()
        with self._asking_to_read:
            _let_go(self._reading)
            self._reading = None
        _let_go(self._writing)
        self._writing = None
        self._lock.release()

    def _select(self, query: str, values: tuple[str, ...]) -> tuple[Entry, ...]:
        with self._asking_to_read:
            if self._closing:
                raise _closed()
            try:
                with told(PLACE):
                    self._reading = self._reading or connect(self._path, writing=False)
                    rows = self._reading.execute(query, values).fetchall()
                    return tuple(linked(self._reading, checked(row)) for row in rows)
            except KgEngineError:
                _let_go(self._reading)
                self._reading = None
                raise

    def _opened(self) -> sqlite3.Connection:
        """Open the file for writing and move the head to its last entry, checking what is new."""
        connection = connect(self._path, writing=True)
        try:
            for entry in entries_after(connection, *self._head):
                self._head = entry.sequence, entry.digest
        except BaseException:
            connection.close()
            raise
        return connection

    def _write(self) -> None:
        """Commit what waits, group by group, until closing; anchor the head now and then."""
        while True:
            group = self._group()
            if group:
                self._try(group)
            if not group or self._head[0] - self._anchored >= self._anchor_every:
                self._keep_anchor()
            if not group and self._closing:
                return

    def _group(self) -> list[_Wanted]:
        """Return what waits; nothing after a second without work, and at closing."""
        with self._changed:
            idle = IDLE_SECONDS if self._head[0] > self._anchored else None
            self._changed.wait_for(lambda: self._waiting or self._closing, idle)
            group = self._waiting[:_LARGEST_GROUP]
            del self._waiting[:_LARGEST_GROUP]
        return group

    def _try(self, group: list[_Wanted]) -> None:
        """Commit a group and tell those who wait; where that fails, open anew before the next."""
        try:
            with told(PLACE):
                told_to = self._commit(group)
        except BaseException as error:  # noqa: BLE001  (whoever waits must be told)
            _let_go(self._writing)
            self._writing, self._proved = None, 0.0
            told_to = [error] * len(group)
        for wanted, outcome in zip(group, told_to, strict=True):
            if isinstance(outcome, BaseException):
                wanted.kept.set_exception(outcome)
            else:
                wanted.kept.set_result(outcome)

    def _commit(self, group: list[_Wanted]) -> list[tuple[Entry, ...] | BaseException]:
        self._writing = self._writing or self._opened()
        connection, head = self._writing, self._head
        outcomes: list[tuple[Entry, ...] | BaseException] = []
        connection.execute("BEGIN IMMEDIATE")
        if not all(wanted.drafts for wanted in group):
            connection.execute(_TOUCH)
        for wanted in group:
            connection.execute("SAVEPOINT wanted")
            try:
                entries, head = self._add(connection, wanted, head)
                outcomes.append(entries)
            except IdempotencyConflict as conflict:
                connection.execute("ROLLBACK TO wanted")
                outcomes.append(conflict)
            connection.execute("RELEASE wanted")
        connection.execute("COMMIT")
        self._head, self._proved = head, time.monotonic()
        return outcomes

    def _add(
        self, connection: sqlite3.Connection, wanted: _Wanted, head: tuple[int, str]
    ) -> tuple[tuple[Entry, ...], tuple[int, str]]:
        """Insert drafts after the head; return their entries and the new head."""
        entries = []
        for draft, packed, digest in zip(wanted.drafts, wanted.packed, wanted.digests, strict=True):
            entry = _kept(connection, draft)
            if entry is None:
                entry = _entry(draft, head, digest, self._clock())
                connection.execute(ledger_rows.INSERT, ledger_rows.row_of(entry, packed))
                head = entry.sequence, entry.digest
            entries.append(entry)
        return tuple(entries), head

    def _keep_anchor(self) -> None:
        """Anchor the head; where the disk refuses, what was acknowledged stands, and later will do."""
        if self._head[0] > self._anchored:
            with contextlib.suppress(OSError):
                append_anchor(self._anchors, Anchor(*self._head, self._clock()))
                self._anchored = self._head[0]


def _kept(connection: sqlite3.Connection, draft: Draft) -> Entry | None:
    """Return the entry kept under a draft's key. Raises IdempotencyConflict for another request."""
    if not draft.idempotency_key:
        return None
    values = draft.tenant, draft.idempotency_key
    row = connection.execute(ledger_rows.BY_KEY, values).fetchone()
    if row is None:
        return None
    entry = checked(row)
    same = "request_digest", "kind", "about"
    if any(getattr(entry, name) != getattr(draft, name) for name in same):
        remedy = "Use a new key for a new request."
        raise IdempotencyConflict(
            [Fault("idempotency key", "was used for another request.", remedy)]
        )
    return entry


def _entry(draft: Draft, head: tuple[int, str], digest: str, at: str) -> Entry:
    """Return the entry of a draft after the head; ``digest`` is that of its content."""
    entry = Entry(
        head[0] + 1, draft.kind, draft.tenant, secrets.token_hex(16), at, draft.content,
        head[1], "", draft.about, draft.actor, draft.idempotency_key, draft.request_digest,
    )  # fmt: skip
    return replace(entry, digest=chain_digest(head[1], line(entry, digest)))


def _let_go(connection: sqlite3.Connection | None) -> None:
    if connection is not None:
        with contextlib.suppress(sqlite3.Error):
            connection.close()


def _closed() -> LedgerUnavailable:
    return LedgerUnavailable([Fault(PLACE, "is closed.", "Ask again when the service is up.")])
