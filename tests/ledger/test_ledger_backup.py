"""A backup made beside a writer holds, comes back as it was, and is taken for whole only if it is."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from kg_engine import Engine
from kg_engine.errors import InputRefused, LedgerBroken, LedgerUnavailable
from kg_engine.ledger_anchors import FILE as ANCHORS
from kg_engine.ledger_backup import back_up, restore
from kg_engine.ledger_check import verify_ledger
from kg_engine.ledger_rows import FILE
from kg_engine.ledger_sqlite import SqliteLedger, open_ledger, utc_now
from kg_engine.snapshots import keep_snapshot, snapshot
from tests.ledger.strategies import draft
from tests.ledger.test_ledger_check import run, tamper

ROOT = Path(__file__).resolve().parent.parent.parent


def entries_of(folder: Path) -> list[object]:
    ledger = open_ledger(folder)
    with contextlib.closing(ledger):
        return list(ledger.entries())


def test_a_backup_beside_a_writer_is_a_moment_of_it(
    ledger: SqliteLedger, folder: Path, tmp_path: Path
) -> None:
    ledger.append([draft(n) for n in range(50)])
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            ledger.append([draft()])

    writer = threading.Thread(target=write)
    writer.start()
    copies = [tmp_path / str(n) for n in range(3)]
    try:
        verdicts = [back_up(folder, copy, clock=utc_now) for copy in copies]
    finally:
        done.set()
        writer.join()
    ledger.close()
    whole = entries_of(folder)
    for copy, verdict in zip(copies, verdicts, strict=True):
        assert verdict.entries >= 50
        assert verdict.unanchored == verify_ledger(copy).unanchored == 0
        assert entries_of(copy) == whole[: verdict.entries]
    assert verdicts[0].entries < len(whole)


def test_what_is_brought_back_is_the_same_and_goes_on(
    twelve: Path, engine: Engine, tmp_path: Path
) -> None:
    digest = engine.knowledge.digest
    keep_snapshot(twelve, [ROOT / "ontology"], [ROOT / "shapes"], digest)
    (twelve / "keys.json").write_text("{}")
    back_up(twelve, tmp_path / "copy", also=("keys.json", "none"), clock=utc_now)
    verdict = restore(tmp_path / "copy", tmp_path / "new", also=("keys.json",))
    assert verdict.holds and verdict.entries == 12
    assert entries_of(tmp_path / "new") == entries_of(twelve)
    assert (tmp_path / "new" / "keys.json").read_text() == "{}"
    kept = snapshot(tmp_path / "new", digest)
    assert kept is not None and kept.files
    ledger = open_ledger(tmp_path / "new")
    assert ledger.append([draft()])[0].sequence == 13
    ledger.close()
    readable = [p for p in (tmp_path / "new").iterdir() if p.is_file() and p.stat().st_mode & 0o077]
    assert not readable and (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_a_backup_that_was_cut_off_shows(
    ledger: SqliteLedger, folder: Path, tmp_path: Path
) -> None:
    ledger.append([draft(n) for n in range(7)])
    back_up(folder, tmp_path / "copy", clock=utc_now)
    tamper(tmp_path / "copy", run("DELETE FROM entry WHERE sequence = 7"))
    with pytest.raises(LedgerBroken, match="entry 7"):
        restore(tmp_path / "copy", tmp_path / "new")
    assert not (tmp_path / "new").exists()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "an entry": lambda f: tamper(f, run("UPDATE entry SET tenant = 'x' WHERE sequence = 5")),
    "a page": lambda f: (f / FILE).write_bytes((f / FILE).read_bytes()[:-5000]),
    "the anchors": lambda f: (f / ANCHORS).unlink(),
    "the file": lambda f: (f / FILE).unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_does_not_hold_is_neither_copied_nor_brought_back(
    damage: str, twelve: Path, tmp_path: Path
) -> None:
    DAMAGES[damage](twelve)
    with pytest.raises((LedgerBroken, LedgerUnavailable)):
        back_up(twelve, tmp_path / "copy", clock=utc_now)
    with pytest.raises((LedgerBroken, LedgerUnavailable)):
        restore(twelve, tmp_path / "new")
    assert sorted(p.name for p in tmp_path.iterdir()) == [twelve.name]


def test_knowledge_that_was_altered_is_not_copied(
    twelve: Path, engine: Engine, tmp_path: Path
) -> None:
    kept = keep_snapshot(twelve, [ROOT / "ontology"], [ROOT / "shapes"], engine.knowledge.digest)
    next(kept.home.rglob("*.ttl")).write_text("")
    with pytest.raises(LedgerBroken, match="not the knowledge of its digest"):
        back_up(twelve, tmp_path / "copy", clock=utc_now)
    assert not (tmp_path / "copy").exists()


def test_nothing_is_overwritten(twelve: Path, tmp_path: Path) -> None:
    for place in (twelve, tmp_path / "full", twelve / "inside"):
        if place == tmp_path / "full":
            place.mkdir(mode=0o700)
            (place / "file").touch()
        with pytest.raises(InputRefused):
            back_up(twelve, place, clock=utc_now)
    back_up(twelve, tmp_path / "copy", clock=utc_now)
    before = (twelve / FILE).read_bytes()
    for place in (twelve, tmp_path / "full"):
        with pytest.raises(InputRefused, match="nothing is overwritten"):
            restore(tmp_path / "copy", place)
    assert (twelve / FILE).read_bytes() == before


def test_a_folder_that_a_service_holds_is_left_alone(twelve: Path, tmp_path: Path) -> None:
    back_up(twelve, tmp_path / "copy", clock=utc_now)
    ledger = open_ledger(twelve)
    with pytest.raises(LedgerUnavailable, match="in use"):
        restore(tmp_path / "copy", twelve)
    assert ledger.append([draft()])[0].sequence == 13
    ledger.close()


def test_a_copy_that_lost_the_tail_is_none(twelve: Path, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(twelve / FILE)) as connection:
        connection.execute("DELETE FROM entry WHERE sequence = 12")
        connection.commit()
    with pytest.raises(LedgerBroken, match="anchored"):
        back_up(twelve, tmp_path / "copy", clock=utc_now)
