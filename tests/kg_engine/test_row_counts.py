"""Rows are counted exactly, however the bytes are cut."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg_engine.query_results import SOLUTIONS
from kg_engine.row_counts import ROW_COUNTS

TRICKS = ["x,{", '"}},{"', "\\", '\\\\"', "\n", "\r\n", "a:{", "{", '"', ",", "</result>",
          '"\n"', "", "é\u2028", ":", ':\\"{', "[", "\t", "'", "&lt;"]  # fmt: skip
VALUES = st.lists(st.sampled_from(TRICKS), max_size=6).map("".join)
QUERIES = ["SELECT * {?s ?p ?o}", "SELECT ?o {?s ?p ?o}", "SELECT ?none {?s ?p ?o}",
           "SELECT ?o ?none {?s ?p ?o OPTIONAL {?o ?none ?n}}"]  # fmt: skip


@pytest.mark.parametrize("form", SOLUTIONS)
@given(values=st.lists(VALUES, max_size=20), query=st.sampled_from(QUERIES), data=st.data())
def test_the_count_is_that_of_the_rows(
    form: str, values: list[str], query: str, data: st.DataObject
) -> None:
    store = ox.Store()
    for number, value in enumerate(values):
        s, p = ox.NamedNode(f"urn:s{number}"), ox.NamedNode("urn:p")
        store.add(ox.Quad(s, p, ox.Literal(value)))
    found = store.query(query)
    assert isinstance(found, ox.QuerySolutions)
    text = found.serialize(format=SOLUTIONS[form]) or b""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    count, rows = ROW_COUNTS[form](), 0
    for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        rows = count(text[begin:end])
    assert rows == len(values)
