"""Each example query asks its question in its first line and gives the results that are kept."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from kg_engine import open_engine
from kg_engine.query import QueryRoom, open_query_room, run_query

QUERIES = Path(__file__).parent.parent.parent / "docs" / "sparql"
NAMES = sorted(path.stem for path in QUERIES.glob("*.rq"))


@pytest.fixture(scope="module")
def room() -> QueryRoom:
    """Open the query room on the project's own knowledge."""
    return open_query_room(open_engine().knowledge)


def test_there_are_ten_queries_each_with_kept_results() -> None:
    assert len(NAMES) == 10
    assert sorted(path.stem for path in (QUERIES / "expected").glob("*.csv")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_first_line_asks_the_question(name: str) -> None:
    question = (QUERIES / f"{name}.rq").read_text(encoding="utf-8").splitlines()[0]
    assert question.startswith("# ")
    assert question.endswith("?")


@pytest.mark.parametrize("name", NAMES)
def test_a_query_gives_the_results_that_are_kept(name: str, room: QueryRoom) -> None:
    text = (QUERIES / f"{name}.rq").read_text(encoding="utf-8")
    found = run_query(room, text, format="csv").text
    kept = (QUERIES / "expected" / f"{name}.csv").read_text(encoding="utf-8")
    assert list(csv.reader(found.splitlines())) == list(csv.reader(kept.splitlines()))
    assert len(kept.splitlines()) > 1
