"""A batch is cut into its cases without being read, so that a bad one spoils no other."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.batch_text import MAX_CASES, NDJSON, cut
from api.refusals import Refused

JSON = "application/json"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@given(st.lists(VALUES, max_size=6), st.sampled_from([None, 1]), st.booleans())
def test_a_list_is_cut_at_its_own_commas(
    values: list[object], indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "replace")
    assert [json.loads(part) for part in cut(text, JSON)] == json.loads(text)


@given(st.lists(VALUES, max_size=6))
def test_lines_are_cases(values: list[object]) -> None:
    text = "\r\n".join(json.dumps(value) for value in values).encode()
    assert [json.loads(part) for part in cut(text, NDJSON)] == values


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (b"[]", []),
        (b" [ ] \n", []),
        (b"\xef\xbb\xbf[1]", [b"1"]),
        (b"[{}, , {}]", [b"{}", b"", b"{}"]),
        (b"[{},]", [b"{}", b""]),
        (b'["a,b]", {"k": "]"}]', [b'"a,b]"', b'{"k": "]"}']),
        (b'["a\\",b"]', [b'"a\\",b"']),
    ],
)
def test_each_member_stands_alone(text: bytes, parts: list[bytes]) -> None:
    assert cut(text, JSON) == parts


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"1", b"[", b"[1", b"[1]]", b"[1] 2", b'["', b"]", b"[{]", b"[" * 100_000]
)
def test_what_is_no_list_is_refused(text: bytes) -> None:
    with pytest.raises(Refused) as refused:
        cut(text, JSON)
    assert refused.value.kind == "malformed-request"


@pytest.mark.parametrize("form", [JSON, NDJSON])
def test_a_thousand_cases_are_the_most(form: str) -> None:
    def batch(count: int) -> bytes:
        return b"[" + b",".join([b"{}"] * count) + b"]" if form == JSON else b"{}\n" * count

    assert len(cut(batch(MAX_CASES), form)) == MAX_CASES
    with pytest.raises(Refused) as refused:
        cut(batch(MAX_CASES + 1), form)
    assert refused.value.kind == "batch-too-large"


@given(st.binary(max_size=200))
def test_any_bytes_are_cut_or_refused(text: bytes) -> None:
    for form in (JSON, NDJSON):
        try:
            assert len(cut(text, form)) <= MAX_CASES
        except Refused as refused:
            assert refused.status_code in {400, 413}
