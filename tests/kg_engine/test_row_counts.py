"""Rows are counted exactly, however the bytes are cut."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg_engine.query_results import SOLUTIONS
from kg_engine.row_counts import ROW_COUNTS, row_guard

TRICKS = ["x,{", '"}},{"', "\\", '\\\\"', "\n", "\r\n", "a:{", "{", '"', ",", "</result>",
          '"\n"', "", "é\u2028", ":", ':\\"{', "[", "\t", "'", "&lt;"]  # fmt: skip
VALUES = st.lists(st.sampled_from(TRICKS), max_size=6).map("".join)
QUERIES = ["SELECT * {?s ?p ?o}", "SELECT ?o {?s ?p ?o}", "SELECT ?none {?s ?p ?o}",
           "SELECT ?o ?none {?s ?p ?o OPTIONAL {?o ?none ?n}}"]  # fmt: skip


def written(values: list[str], query: str, form: str) -> bytes:
    """Return the result of a query over some values, in a form."""
    store = ox.Store()
    for number, value in enumerate(values):
        s, p = ox.NamedNode(f"urn:s{number}"), ox.NamedNode("urn:p")
        store.add(ox.Quad(s, p, ox.Literal(value)))
    found = store.query(query)
    assert isinstance(found, ox.QuerySolutions)
    return found.serialize(format=SOLUTIONS[form]) or b""


def pieces(text: bytes, data: st.DataObject) -> list[bytes]:
    """Cut a text at some places."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    return [text[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@pytest.mark.parametrize("form", SOLUTIONS)
@given(values=st.lists(VALUES, max_size=20), query=st.sampled_from(QUERIES), data=st.data())
def test_the_count_is_that_of_the_rows(
    form: str, values: list[str], query: str, data: st.DataObject
) -> None:
    count, rows = ROW_COUNTS[form][1](), 0
    for piece in pieces(written(values, query, form), data):
        rows = count(piece)
    assert rows == len(values)


@pytest.mark.parametrize("form", SOLUTIONS)
@given(
    values=st.lists(VALUES, max_size=20), query=st.sampled_from(QUERIES),
    most=st.integers(0, 25), data=st.data(),
)  # fmt: skip
def test_the_guard_speaks_where_there_are_more_rows_than_allowed(
    form: str, values: list[str], query: str, most: int, data: st.DataObject
) -> None:
    guard = row_guard(form, most)
    said = [guard(piece) for piece in pieces(written(values, query, form), data)]
    assert any(said) == (len(values) > most)
