"""Each record that was flipped, deleted, reordered or cut off is found and named."""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kg_engine.errors import InputRefused, KgEngineError, LedgerBroken
from kg_engine.ledger import GENESIS, chain_digest, content_digest, line
from kg_engine.ledger_anchors import FILE as ANCHORS
from kg_engine.ledger_check import Verdict, verify_ledger
from kg_engine.ledger_rows import FILE, INSERT, SELECT, checked, pack, row_of, unchecked
from kg_engine.ledger_sqlite import SqliteLedger, open_ledger
from tests.ledger.strategies import draft

Tampering = Callable[[sqlite3.Connection], object]
COLUMNS = ("sequence", "kind", "tenant", "id", "at", "about", "actor", "idempotency_key",
           "request_digest", "content", "previous", "digest")  # fmt: skip


def tamper(folder: Path, change: Tampering) -> None:
    """Change the file of a closed ledger as someone with an editor for it can."""
    with contextlib.closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
        change(connection)


def places(verdict: Verdict) -> set[str]:
    return {fault.place for fault in verdict.faults}


def run(statement: str) -> Tampering:
    return lambda connection: connection.executescript(statement)


def test_an_untouched_ledger_holds(twelve: Path) -> None:
    verdict = verify_ledger(twelve)
    assert verdict.holds
    assert (verdict.entries, verdict.anchors, verdict.unanchored) == (12, 4, 0)
    assert verdict.remarks == ()


def test_it_is_checked_beside_its_writer(ledger: SqliteLedger, folder: Path) -> None:
    ledger.append([draft(n) for n in range(30)])
    verdict = verify_ledger(folder)
    assert verdict.holds
    assert verdict.entries == 30
    assert ledger.append([draft()])[0].sequence == 31


@pytest.mark.parametrize("column", COLUMNS[1:])
@pytest.mark.parametrize("sequence", [1, 6, 12])
def test_a_flipped_record_is_named(twelve: Path, column: str, sequence: int) -> None:
    value = "x'00112233'" if column == "content" else f"{column} || 'x'"
    tamper(twelve, run(f"UPDATE entry SET {column} = {value} WHERE sequence = {sequence}"))  # noqa: S608
    assert f"entry {sequence}" in places(verify_ledger(twelve))
    assert refuses(twelve)


def refuses(folder: Path) -> bool:
    """Say whether a tampered ledger refuses to open or to tell its entries."""
    try:
        ledger = open_ledger(folder)
    except LedgerBroken:
        return True
    try:
        list(ledger.entries())
    except LedgerBroken:
        return True
    finally:
        ledger.close()
    return False


def another_content(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE entry SET content = ? WHERE sequence = 4", (pack('{"n": 5}'),))


def rewrite(connection: sqlite3.Connection) -> None:
    """Write all after the third anew, with digests that agree: a chain as sound as the true one."""
    rows = connection.execute(f"{SELECT} ORDER BY sequence").fetchall()
    digest = GENESIS
    connection.execute("DELETE FROM entry")
    for row in rows:
        entry = unchecked(row)
        content = entry.content if entry.sequence < 3 else '{"outcome": "necessary"}'
        entry = replace(entry, content=content, previous=digest)
        digest = chain_digest(digest, line(entry, content_digest(content)))
        connection.execute(INSERT, row_of(replace(entry, digest=digest), pack(content)))


TAMPERINGS: dict[str, tuple[Tampering, set[str]]] = {
    "another content": (another_content, {"entry 4"}),
    "contents exchanged": (
        run("CREATE TABLE t AS SELECT sequence s, content c FROM entry WHERE sequence IN (3, 7);"
            "UPDATE entry SET content = (SELECT c FROM t WHERE s = 10 - sequence)"
            " WHERE sequence IN (3, 7); DROP TABLE t"),
        {"entry 3", "entry 7"},
    ),
    "one deleted": (run("DELETE FROM entry WHERE sequence = 4"), {"entry 4"}),
    "the first deleted": (run("DELETE FROM entry WHERE sequence = 1"), {"entry 1"}),
    "several deleted": (run("DELETE FROM entry WHERE sequence IN (4, 5, 8)"), {"entries 4 to 5", "entry 8"}),
    "deleted, and the rest moved up": (
        run("DELETE FROM entry WHERE sequence = 4;"
            "PRAGMA ignore_check_constraints = ON; UPDATE entry SET sequence = -sequence + 1 WHERE sequence > 4;"
            "UPDATE entry SET sequence = -sequence WHERE sequence < 0"),
        {"entry 4", "entry 5", "entry 11", "entry 12"},
    ),
    "two reordered": (
        run("UPDATE entry SET sequence = 99 WHERE sequence = 7; UPDATE entry SET sequence = 7"
            " WHERE sequence = 8; UPDATE entry SET sequence = 8 WHERE sequence = 99"),
        {"entry 7", "entry 8"},
    ),
    "the tail cut off": (run("DELETE FROM entry WHERE sequence > 10"), {"entries 11 to 12"}),
    "all deleted": (run("DELETE FROM entry"), {"entries 1 to 12"}),
    "rewritten": (rewrite, {"entry 5", "entry 10", "entry 12"}),
    "one before the first": (
        run("PRAGMA ignore_check_constraints = ON; INSERT INTO entry SELECT 0, kind, tenant, 'x', at, about, actor, '', '', content,"
            " previous, digest FROM entry WHERE sequence = 1"),
        {"entry 0"},
    ),
    "one forged at the end": (
        run("INSERT INTO entry SELECT 13, kind, tenant, 'x', at, about, actor, '', '', content,"
            " digest, digest FROM entry WHERE sequence = 12"),
        {"entry 13"},
    ),
    "a trigger": (
        run("CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM entry; END"), {FILE},
    ),
    "an index dropped": (run("DROP INDEX entry_by_key"), {FILE}),
    "the table dropped": (run("DROP TABLE entry"), {FILE}),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampering_is_found_and_named(twelve: Path, name: str) -> None:
    change, expected = TAMPERINGS[name]
    tamper(twelve, change)
    found = {place.rsplit("/", 1)[-1] for place in places(verify_ledger(twelve))}
    assert expected <= found
    assert refuses(twelve)


def test_entries_exchanged_between_tenants_are_found(folder: Path) -> None:
    ledger = open_ledger(folder)
    ledger.append([draft(n, tenant="ab"[n % 2]) for n in range(6)])
    ledger.close()
    tamper(folder, run("UPDATE entry SET tenant = CASE tenant WHEN 'a' THEN 'b' ELSE 'a' END"
                       " WHERE sequence IN (3, 4)"))  # fmt: skip
    assert places(verify_ledger(folder)) == {"entry 3", "entry 4"}
    assert refuses(folder)


def test_an_index_that_lost_a_key_is_found_at_the_start(twelve: Path) -> None:
    whole = (twelve / FILE).read_bytes()
    place = whole.rindex(b"hospitalk7")  # in the index: the table holds other parts between
    damaged = whole[:place] + b"hospitalk_" + whole[place + 10 :]
    (twelve / FILE).write_bytes(damaged)
    with pytest.raises(LedgerBroken, match="entry_by_key"):
        open_ledger(twelve)
    assert not verify_ledger(twelve).holds


def test_a_wholly_rewritten_chain_is_found_by_anchors_alone(twelve: Path) -> None:
    tamper(twelve, rewrite)
    said = {f.message for f in verify_ledger(twelve).faults}
    assert said
    assert all("rewritten" in message for message in said)


def test_who_forges_the_anchors_too_is_found_by_a_copy_kept_elsewhere(
    twelve: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.jsonl"
    shutil.copy(twelve / ANCHORS, copy)
    tamper(twelve, rewrite)
    with contextlib.closing(sqlite3.connect(twelve / FILE)) as connection:
        digests = dict(connection.execute("SELECT sequence, digest FROM entry"))
    lines = [
        f'{{"sequence": {n}, "digest": "{digests.get(n, GENESIS)}", "at": ""}}' for n in (0, 5, 12)
    ]
    (twelve / ANCHORS).write_text("\n".join(lines) + "\n")
    assert verify_ledger(twelve).holds
    assert places(verify_ledger(twelve, anchors=copy)) == {"entry 5", "entry 10", "entry 12"}


def test_what_is_newer_than_the_last_anchor_is_said_to_be_unanchored(twelve: Path) -> None:
    lines = (twelve / ANCHORS).read_bytes().splitlines(keepends=True)
    (twelve / ANCHORS).write_bytes(b"".join(lines[:-1]))
    tamper(twelve, run("DELETE FROM entry WHERE sequence > 11"))
    verdict = verify_ledger(twelve)
    assert verdict.holds
    assert verdict.unanchored == 1


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda path: path.unlink(), ANCHORS),
        (lambda path: path.write_bytes(b""), ANCHORS),
        (lambda path: path.write_bytes(path.read_bytes().replace(b'"sequence": 5', b'"sequence": 6')), "entry 6"),
        (lambda path: path.write_bytes(path.read_bytes()[:200] + b"}" + path.read_bytes()[200:]), f"{ANCHORS}, line 2"),
        (lambda path: path.write_bytes(b"\n".join(path.read_bytes().splitlines()[1:]) + b"\n"), f"{ANCHORS}, line 1"),
        (lambda path: path.write_bytes(b"".join(sorted(path.read_bytes().splitlines(keepends=True), reverse=True))), f"{ANCHORS}, line 3"),
    ],
)  # fmt: skip
def test_anchors_that_were_changed_are_named(
    twelve: Path, change: Callable[[Path], object], place: str
) -> None:
    change(twelve / ANCHORS)
    assert place in {found.rsplit("/", 1)[-1] for found in places(verify_ledger(twelve))}


def test_an_anchor_cut_short_by_a_crash_is_none(twelve: Path) -> None:
    whole = (twelve / ANCHORS).read_bytes()
    (twelve / ANCHORS).write_bytes(whole[:-20])
    assert verify_ledger(twelve).unanchored == 2
    kept = open_ledger(twelve)
    kept.close()
    assert verify_ledger(twelve).unanchored == 0
    assert (twelve / ANCHORS).read_bytes().startswith(whole[: whole[:-1].rindex(b"\n") + 1])


def test_a_lost_file_is_named_and_not_begun_anew(twelve: Path) -> None:
    (twelve / FILE).unlink()
    assert not verify_ledger(twelve).holds
    with pytest.raises(LedgerBroken, match="12 entries were anchored"):
        open_ledger(twelve)
    assert not (twelve / FILE).exists()


def test_where_there_is_no_ledger_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="holds no ledger"):
        verify_ledger(tmp_path)


def test_every_flipped_byte_of_a_record_is_found(twelve: Path) -> None:
    with contextlib.closing(sqlite3.connect(twelve / FILE)) as connection:
        row = connection.execute(f"{SELECT} WHERE sequence = 6").fetchone()
    assert checked(row).content == '{"n": 6}'
    tried = 0
    for place, value in enumerate(row[1:], 1):
        raw = value if isinstance(value, bytes) else value.encode()
        for number in range(len(raw)):
            flipped = raw[:number] + bytes([raw[number] ^ 1]) + raw[number + 1 :]
            new = flipped if isinstance(value, bytes) else flipped.decode()
            with pytest.raises(LedgerBroken, match="entry 6"):
                checked((*row[:place], new, *row[place + 1 :]))
            tried += 1
    assert tried > 200


def test_a_damaged_file_tells_the_truth_or_nothing(twelve: Path) -> None:
    ledger = open_ledger(twelve)
    truth = tuple(ledger.entries())
    ledger.close()
    whole, draw = (twelve / FILE).read_bytes(), random.Random(7)  # noqa: S311  (a seed)
    refused = 0
    for _ in range(60):
        damaged, length = bytearray(whole), draw.choice((1, 1, 50, 4096))
        place = draw.randrange(len(whole))
        damaged[place : place + length] = draw.randbytes(len(damaged[place : place + length]))
        (twelve / FILE).write_bytes(damaged)
        for rest in ("-wal", "-shm"):
            (twelve / f"{FILE}{rest}").unlink(missing_ok=True)
        holds = verify_ledger(twelve).holds
        assert told(twelve, truth) or not holds
        refused += not holds
    assert refused >= 15


def told(folder: Path, truth: tuple[object, ...]) -> bool:
    """Say whether a ledger tells all that was kept; what it tells beside an error must be true."""
    try:
        ledger = open_ledger(folder)
    except KgEngineError:
        return False
    try:
        for number, (entry, true) in enumerate(zip(ledger.entries(), truth, strict=True), 1):
            assert entry == true, number
        for true in truth:
            assert ledger.find("hospital", true.id) == true  # type: ignore[attr-defined]
    except KgEngineError:
        return False
    finally:
        ledger.close()
    return True


def test_one_entry_forged_with_its_digest_is_not_told(twelve: Path) -> None:
    ledger = open_ledger(twelve)
    entry = next(e for e in ledger.entries() if e.sequence == 6)
    ledger.close()
    forged = replace(entry, content='{"n": 66}')
    digest = chain_digest(entry.previous, line(forged, content_digest(forged.content)))
    values = pack(forged.content), digest
    tamper(
        twelve,
        lambda c: c.execute("UPDATE entry SET content = ?, digest = ? WHERE sequence = 6", values),
    )
    ledger = open_ledger(twelve)
    with pytest.raises(LedgerBroken, match="neighbours"):
        ledger.find("hospital", entry.id)
    ledger.close()
    assert places(verify_ledger(twelve)) == {"entry 7"}
