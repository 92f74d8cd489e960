"""Cut a batch into its cases without reading them, so that each is refused on its own."""

from __future__ import annotations

import re

from api.refusals import Refused
from kg_engine import Fault

NDJSON = "application/x-ndjson"
_MARKS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{},]', re.DOTALL)
_SPACE = b" \t\r\n"
MAX_CASES = 1_000


def cut(body: bytes, form: str) -> list[bytes]:
    """Return the texts of the cases of a batch, in order: members of a list, or lines.

    Raises Refused for what is no list, and for more than 1,000 cases.
    """
    found = _lines(body) if form == NDJSON else _members(body)
    if len(found) > MAX_CASES:
        fault = Fault("/", f"has more than {MAX_CASES} cases.", "Send them in several batches.")
        raise Refused("batch-too-large", fault)
    return found


def _lines(body: bytes) -> list[bytes]:
    lines = body.split(b"\n", MAX_CASES * 2)
    return [line for line in lines if line.strip(_SPACE)]


def _members(body: bytes) -> list[bytes]:
    """Cut a JSON list at the commas of its own level; brackets within strings do not count."""
    text = body.strip(_SPACE)
    if text.startswith(b"\xef\xbb\xbf"):
        text = text[3:].lstrip(_SPACE)
    if not text.startswith(b"["):
        raise _no_list()
    found: list[bytes] = []
    depth, start = 0, 1
    for mark in _MARKS.finditer(text):
        sign = text[mark.start() : mark.start() + 1]
        if sign in (b"[", b"{"):
            depth += 1
        elif sign in (b"]", b"}"):
            depth -= 1
        if depth == 0 or (depth == 1 and sign == b","):
            found.append(text[start : mark.start()].strip(_SPACE))
            start = mark.end()
        if depth == 0 or len(found) > MAX_CASES:
            break
    if depth == 0 and text[start:]:
        raise _no_list()
    if depth > 0 and len(found) <= MAX_CASES:
        raise _no_list()
    return [] if found == [b""] else found


def _no_list() -> Refused:
    remedy = f"Send a JSON list of cases, or one case a line as {NDJSON}."
    return Refused("malformed-request", Fault("/", "the body is no list of cases.", remedy))
