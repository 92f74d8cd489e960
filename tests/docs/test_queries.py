"""Each example query asks its question in its first line and gives the results that are kept."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from kg_engine import open_engine
from kg_engine.query import QueryRoom, open_query_room, run_query

QUERIES = Path(__file__).parent.parent.parent / "docs" / "sparql"
PAGE = (QUERIES / "README.md").read_text(encoding="utf-8")
NAMES = sorted(path.stem for path in QUERIES.glob("*.rq"))


@pytest.fixture(scope="module")
def room() -> QueryRoom:
    """Open the query room on the project's own knowledge."""
    return open_query_room(open_engine().knowledge)


def test_there_are_twenty_queries_each_with_kept_results() -> None:
    assert len(NAMES) >= 20
    assert sorted(path.stem for path in (QUERIES / "expected").glob("*.csv")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_first_line_asks_the_question(name: str) -> None:
    question, keywords, *_ = (QUERIES / f"{name}.rq").read_text(encoding="utf-8").splitlines()
    assert question.startswith("# ")
    assert question.endswith("?")
    assert keywords.startswith("# Keywords: ")


def test_the_page_lists_each_query_once() -> None:
    listed = re.findall(r"\[([\w-]+)\]\(([\w-]+)\.rq\)", PAGE)
    assert all(name == file for name, file in listed)
    assert sorted(name for name, _ in listed) == NAMES


def test_the_query_of_the_page_is_answered(room: QueryRoom) -> None:
    blocks = re.findall(r"^```sparql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert blocks
    for text in blocks:
        assert len(run_query(room, text, format="csv").text.splitlines()) > 1


def test_the_python_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert blocks
    for text in blocks:
        exec(compile(text, "page", "exec"), {})  # noqa: S102  (the page is ours)
    assert "(3 rows)" in capsys.readouterr().out


def test_the_page_names_each_graph_that_there_is(room: QueryRoom) -> None:
    text = """SELECT ?g { GRAPH nec:graph-provenance {
        ?g a nec:KnowledgeGraph FILTER NOT EXISTS { ?g a nec:FileGraph } } }"""
    for line in run_query(room, text, format="csv").text.splitlines()[1:]:
        assert f"`nec:{line.partition('#')[2]}`" in PAGE


@pytest.mark.parametrize("name", NAMES)
def test_a_query_gives_the_results_that_are_kept(name: str, room: QueryRoom) -> None:
    text = (QUERIES / f"{name}.rq").read_text(encoding="utf-8")
    found = run_query(room, text, format="csv").text
    kept = (QUERIES / "expected" / f"{name}.csv").read_text(encoding="utf-8")
    assert list(csv.reader(found.splitlines())) == list(csv.reader(kept.splitlines()))
    assert len(kept.splitlines()) > 1
