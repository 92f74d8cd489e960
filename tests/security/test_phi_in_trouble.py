"""What is said of a patient stays in ledger and answer while everything goes wrong at once.

A service of our own is given canaries in every place of every door, in every form that is read;
bodies come too slowly or break off, the checker is killed, knowledge is loaded anew, the ledger
cannot be written, and at last the service itself is aborted. What is then found in its log, its
figures, other clients' answers, its files and its processes is searched.
"""

from __future__ import annotations

import re

import pytest

from tests.security.trouble import MARK, Left, trouble


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    """Return what a service in trouble left behind."""
    return trouble(tmp_path_factory.mktemp("trouble"))


def test_it_was_sent_and_answered(left: Left) -> None:
    assert len(set(MARK.findall(left.answered))) > 50
    assert {200, 201, 400, 404, 408, 415, 422, 503} <= left.statuses
    assert left.killed == [503, 503]
    assert len(left.others) > 25 and len(left.log) > 10_000


def test_no_line_of_the_log_holds_it(left: Left) -> None:
    assert b'"event": "ledger"' in left.log and b'"event": "knowledge taken"' in left.log
    lines = [line for line in left.log.splitlines() if MARK.search(line)]
    assert lines == []


def test_no_other_client_and_no_figure_tells_it(left: Left) -> None:
    assert [text for text in left.others if MARK.search(text)] == []


def test_no_file_but_the_ledger_holds_it(left: Left) -> None:
    holding = {name for name, content in left.files.items() if MARK.search(content)}
    assert holding
    assert all(re.fullmatch(r"data/ledger\.\w+(-wal|-shm)?", name) for name in holding), holding
    assert not [name for name in left.files if name.startswith("tmp/")]


def test_no_process_shows_it(left: Left) -> None:
    assert any("kg_engine.verify" in text for text in left.processes)
    assert any("api.rehearsal" in text for text in left.processes)
    assert [text for text in left.processes if MARK.search(text.encode())] == []


def test_no_process_leaves_a_core(left: Left) -> None:
    assert left.cores == []
    assert len(left.limits) == 3
    assert {line.split()[4] for line in left.limits} == {"1"}
