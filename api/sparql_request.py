"""Read a request of the SPARQL protocol: its query and its dataset.

Source: SPARQL 1.1 Protocol, sections 2.1 and 2.1.4. Parameters that it does not name are passed
over, as clients send them to tell other servers what ``Accept`` tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from api.problems import MediaTypeRefused
from api.refusals import Refused
from kg_engine import Fault, InputRefused
from kg_engine.query_gate import MOST_BYTES, admit_length

FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
MOST_FIELDS = 200
SHORT, MOST_FORM = 4_000, 4 * MOST_BYTES
"""Bytes of a form that is read sooner than handed to a thread, and of the longest."""

_UPDATE = ("update", "using-graph-uri", "using-named-graph-uri")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*\Z")
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([\w.-]+)"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold the text of a query, None where none was sent, and the dataset of the protocol."""

    text: str | None
    default_graphs: tuple[str, ...] | None
    named_graphs: tuple[str, ...] | None


async def read_asked(request: Request) -> Asked:
    """Return what a request asks.

    Raises Refused for what the protocol does not allow, and MediaTypeRefused for a body in
    another form than the two of the protocol, or in another encoding than UTF-8.
    """
    fields = _of_url(request)
    if request.method != "POST":
        return _asked(fields)
    body = await request.body()
    if _media_type(request) == FORM:
        return _asked(fields + await _of_body(body), needed=True)
    return _asked([*fields, ("query", _text(body))], needed=True)


def _asked(fields: list[tuple[str, str]], *, needed: bool = False) -> Asked:
    if any(name in _UPDATE for name, _ in fields):
        remedy = "Send a query; the knowledge is changed by its curators' files alone."
        raise Refused("query", Fault("update", "is not taken here.", remedy))
    texts = [value for name, value in fields if name == "query"]
    if len(texts) > 1:
        raise Refused("query", Fault("query", "is given more than once.", "Send one query."))
    if needed and not texts:
        raise Refused("query", Fault("query", "is missing.", "Send one query."))
    try:
        for text in texts:
            admit_length(text)
    except InputRefused as refused:
        raise Refused("query", *refused.faults) from None
    return Asked(
        texts[0] if texts else None,
        _graphs(fields, "default-graph-uri"),
        _graphs(fields, "named-graph-uri"),
    )


def _graphs(fields: list[tuple[str, str]], name: str) -> tuple[str, ...] | None:
    found = tuple(value for key, value in fields if key == name)
    if any(not _IRI.match(iri) for iri in found):
        raise Refused("query", Fault(name, "is no absolute IRI.", "Give the IRI of a graph."))
    return found or None


def _media_type(request: Request) -> str:
    given = request.headers.get("content-type", "")
    found = given.partition(";")[0].strip().lower()
    charset = _CHARSET.search(given)
    if found not in (FORM, DIRECT) or (charset and charset[1].lower() not in ("utf-8", "utf8")):
        raise MediaTypeRefused((FORM, f"{DIRECT}; charset=utf-8"))
    return found


def _of_url(request: Request) -> list[tuple[str, str]]:
    """Return the fields of the URL, as the framework has read them where they can only be so read."""
    encoded, read = request.scope["query_string"], request.query_params.multi_items()
    replaced = any("\ufffd" in text for field in read for text in field)
    if encoded.isascii() and not replaced and len(read) <= MOST_FIELDS:
        return read
    return _fields(encoded, "query")


async def _of_body(body: bytes) -> list[tuple[str, str]]:
    """Return the fields of a form; a long one is read beside what else is in work."""
    if len(body) > MOST_FORM:
        fault = Fault("body", "is too long.", f"Send at most {MOST_BYTES} bytes of query.")
        raise Refused("query", fault)
    if len(body) > SHORT:
        return await run_in_threadpool(_fields, body, "body")
    return _fields(body, "body")


def _fields(encoded: bytes, place: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            encoded.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:  # not ASCII, not UTF-8 when decoded, or too many fields
        remedy = f"Send at most {MOST_FIELDS} fields, as UTF-8, percent-encoded."
        raise Refused("query", Fault(place, "cannot be read.", remedy)) from None


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        fault = Fault("body", f"is no UTF-8 at byte {error.start}.", "Send UTF-8.")
        raise Refused("query", fault) from None
