"""What is appended is kept as it was, once, in one chain, and only by one process."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg_engine.errors import IdempotencyConflict, LedgerUnavailable
from kg_engine.ledger import GENESIS, REVIEW, Draft, Entry, chain_digest, content_digest, line
from kg_engine.ledger_anchors import FILE as ANCHORS
from kg_engine.ledger_anchors import read_anchors
from kg_engine.ledger_check import reading
from kg_engine.ledger_rows import BY_ID, BY_KEY, REVIEWS
from kg_engine.ledger_sqlite import SqliteLedger, open_ledger
from tests.ledger.strategies import DRAFTS, draft

ROOT = Path(__file__).resolve().parents[2]


def test_what_is_appended_is_found(ledger: SqliteLedger) -> None:
    (entry,) = ledger.append([draft(content='{"é": "–"}\n', actor="key-1")])
    assert ledger.find("hospital", entry.id) == entry
    assert (entry.content, entry.actor) == ('{"é": "–"}\n', "key-1")
    assert len(entry.id) == 32


def test_it_is_there_after_closing(folder: Path) -> None:
    first = open_ledger(folder)
    entries = first.append([draft(n) for n in range(5)])
    first.close()
    second = open_ledger(folder)
    assert tuple(second.entries()) == entries
    (sixth,) = second.append([draft(6)])
    assert (sixth.sequence, sixth.previous) == (6, entries[-1].digest)
    second.close()


def test_another_tenant_finds_nothing(ledger: SqliteLedger) -> None:
    (entry,) = ledger.append([draft(idempotency_key="k")])
    ledger.append([draft(kind=REVIEW, about=entry.id)])
    assert ledger.find("other", entry.id) is None
    assert ledger.reviews("other", entry.id) == ()
    assert ledger.replayed("other", "k") is None


def test_only_a_determination_is_found_by_its_id(ledger: SqliteLedger) -> None:
    (determined,) = ledger.append([draft()])
    (review,) = ledger.append([draft(kind=REVIEW, about=determined.id)])
    assert ledger.find("hospital", review.id) is None
    assert ledger.reviews("hospital", determined.id) == (review,)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(calls=st.lists(st.lists(DRAFTS, max_size=4), max_size=6))
def test_entries_form_one_chain(
    tmp_path_factory: pytest.TempPathFactory, calls: list[list[Draft]]
) -> None:
    ledger = open_ledger(tmp_path_factory.mktemp("ledger") / "data")
    kept = [entry for drafts in calls for entry in ledger.append(drafts)]
    drafts = [d for given in calls for d in given]
    ledger.close()
    digest = GENESIS
    for number, (entry, asked) in enumerate(zip(kept, drafts, strict=True), 1):
        assert entry.sequence == number
        assert entry.previous == digest
        bound = line(entry, content_digest(entry.content))
        assert entry.digest == chain_digest(digest, bound)
        same = ("kind", "tenant", "content", "about", "actor", "request_digest")
        assert all(getattr(entry, name) == getattr(asked, name) for name in same)
        digest = entry.digest


def test_the_same_request_is_kept_once(ledger: SqliteLedger) -> None:
    asked = draft(idempotency_key="k", request_digest="a")
    (first,) = ledger.append([asked])
    (again,) = ledger.append([draft(2, idempotency_key="k", request_digest="a")])
    assert again == first
    assert ledger.replayed("hospital", "k") == (first, "a")
    assert ledger.head[0] == 1


def test_a_key_belongs_to_one_tenant(ledger: SqliteLedger) -> None:
    ledger.append([draft(idempotency_key="k", request_digest="a")])
    (other,) = ledger.append([draft(2, "other", idempotency_key="k", request_digest="b")])
    assert other.sequence == 2


def test_another_request_under_a_key_is_refused_whole(ledger: SqliteLedger) -> None:
    ledger.append([draft(idempotency_key="k", request_digest="a")])
    with pytest.raises(IdempotencyConflict) as refused:
        ledger.append([draft(2), draft(3, idempotency_key="k", request_digest="b")])
    assert "k" not in str(refused.value).split()
    assert ledger.head[0] == 1
    (later,) = ledger.append([draft(4)])
    assert later.sequence == 2


def test_within_one_call_a_key_counts_as_well(ledger: SqliteLedger) -> None:
    one, two = ledger.append([draft(1, idempotency_key="k"), draft(2, idempotency_key="k")])
    assert one == two
    with pytest.raises(IdempotencyConflict):
        ledger.append([draft(n, idempotency_key="n", request_digest=str(n)) for n in (1, 2)])
    assert ledger.head[0] == 1


def test_fifty_threads_with_one_key_keep_one(ledger: SqliteLedger) -> None:
    start = threading.Barrier(50)

    def ask(number: int) -> Entry:
        start.wait()
        return ledger.append([draft(number, idempotency_key="k", request_digest="same")])[0]

    with ThreadPoolExecutor(50) as pool:
        found = set(pool.map(ask, range(50)))
    assert len(found) == 1
    assert ledger.head[0] == 1


def test_callers_share_commits_and_nobodys_entry_is_lost(ledger: SqliteLedger) -> None:
    def ask(number: int) -> list[Entry]:
        return [e for n in range(20) for e in ledger.append([draft(number * 100 + n)] * 2)]

    with ThreadPoolExecutor(16) as pool:
        kept = [entry for entries in pool.map(ask, range(16)) for entry in entries]
    assert sorted(kept, key=lambda e: e.sequence) == list(ledger.entries())
    assert len(kept) == 640
    for one, two in zip(kept[::2], kept[1::2], strict=True):
        assert two.sequence == one.sequence + 1
        assert one.content == two.content


def test_a_conflict_harms_no_other_caller(ledger: SqliteLedger) -> None:
    ledger.append([draft(idempotency_key="k", request_digest="a")])

    def ask(number: int) -> int:
        try:
            asked = (
                draft(number, idempotency_key="k", request_digest="b")
                if number % 2
                else draft(number)
            )
            return len(ledger.append([asked]))
        except IdempotencyConflict:
            return -1

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, range(100))) == [1, -1] * 50
    assert len(list(ledger.entries())) == 51


def test_text_that_cannot_be_kept_is_refused_before_it_waits(ledger: SqliteLedger) -> None:
    with pytest.raises(UnicodeEncodeError):
        ledger.append([draft(content="\ud800")])
    with pytest.raises(ValueError, match="tenant"):
        ledger.append([draft(tenant="")])
    assert ledger.append([draft()])[0].sequence == 1


def test_after_closing_nothing_is_kept_and_it_says_so(folder: Path) -> None:
    ledger = open_ledger(folder)
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerUnavailable):
        ledger.append([draft()])
    with pytest.raises(LedgerUnavailable):
        ledger.find("hospital", "x")


def test_the_head_is_anchored_now_and_then_and_at_closing(folder: Path) -> None:
    ledger = open_ledger(folder, anchor_every=3)
    entries = [ledger.append([draft(n)])[0] for n in range(7)]
    ledger.close()
    anchors = read_anchors(folder / ANCHORS)
    assert [a.sequence for a in anchors] == [0, 3, 6, 7]
    assert anchors[-1].digest == entries[-1].digest


def test_the_head_is_anchored_when_nothing_comes(ledger: SqliteLedger, folder: Path) -> None:
    ledger.append([draft()])
    end = time.monotonic() + 10
    while len(read_anchors(folder / ANCHORS)) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    assert read_anchors(folder / ANCHORS)[-1].sequence == 1


def test_the_folder_is_the_users_alone(ledger: SqliteLedger, folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {
        p.name: p.stat().st_mode & 0o077 for p in folder.iterdir() if p.stat().st_mode & 0o077
    } == {}


def test_a_folder_that_others_can_read_is_refused(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    with pytest.raises(LedgerUnavailable, match="chmod 700"):
        open_ledger(folder)


def test_a_second_opening_in_one_process_is_refused(ledger: SqliteLedger, folder: Path) -> None:
    for _ in range(3):
        with pytest.raises(LedgerUnavailable, match="in use"):
            open_ledger(folder)
    assert second_process(folder)[0] == "in use"
    assert ledger.append([draft()])[0].sequence == 1


def test_a_second_process_is_refused_at_once(ledger: SqliteLedger, folder: Path) -> None:
    said, seconds = second_process(folder)
    assert said == "in use"
    assert seconds < 2
    assert ledger.append([draft()])[0].sequence == 1
    ledger.close()
    assert second_process(folder)[0] == "opened"


def second_process(folder: Path) -> tuple[str, float]:
    """Open the ledger in another process; return what it says and the seconds of opening."""
    code = """
import json, sys, time
from pathlib import Path
from kg_engine.errors import LedgerUnavailable
from kg_engine.ledger_sqlite import open_ledger
start = time.monotonic()
try:
    open_ledger(Path(sys.argv[1])).close()
    said = "opened"
except LedgerUnavailable as error:
    said = "in use" if "in use" in str(error) else str(error)
print(json.dumps([said, time.monotonic() - start]))
"""
    command = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)
    said, seconds = json.loads(done.stdout)
    return said, seconds


@pytest.mark.parametrize(("query", "index"), [
    (BY_ID, "entry_by_id"), (BY_KEY, "entry_by_key"), (REVIEWS, "entry_by_about"),
])  # fmt: skip
def test_no_question_reads_the_whole_ledger(
    query: str, index: str, ledger: SqliteLedger, folder: Path
) -> None:
    with reading(folder) as connection:
        values = ("x",) * query.count("?")
        plan = connection.execute(f"EXPLAIN QUERY PLAN {query}", values).fetchall()
    assert [row[-1].split(" USING INDEX ")[1].split(" ")[0] for row in plan] == [index]
