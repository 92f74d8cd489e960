"""The form of an answer follows RFC 9110, section 12.5.1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.accept import choose

OFFERS = ("application/json", "text/html", "text/turtle")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/*", "text/html"),
        ("text/turtle", "text/turtle"),
        ("TEXT/Turtle ; Q=0.5", "text/turtle"),
        ("text/html;q=0.4, text/turtle;q=0.5", "text/turtle"),
        ("text/*;q=0.9, text/html;q=0.1, */*;q=0.5", "text/turtle"),
        ("text/html;level=1", "text/html"),
        ("*/*;q=0.1, application/json;q=0", "text/html"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "text/html"),
        ("application/json;q=0", None),
        ("*/*;q=0", None),
        ("image/png", None),
        ("text/html;q=2", None),
        ("text/html;q=-1", None),
        ("text/html;q=nan", None),
        ("garbage", None),
        ("garbage, text/html", "text/html"),
        (",,,text/turtle,,", "text/turtle"),
    ],
)
def test_the_best_liked_form_is_chosen(accept: str | None, chosen: str | None) -> None:
    assert choose(accept, OFFERS) == chosen


@given(st.text(max_size=200))
def test_any_header_is_read(accept: str) -> None:
    assert choose(accept, OFFERS) in (*OFFERS, None)
