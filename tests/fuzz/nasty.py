"""Draw hostile values, bodies, headers and queries; the same seed draws the same."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

CONTROL = "\x00\x08\x1b\x7f\u0085\u200b\u202e\u2066\ufeff\ud800"
TEXTS = (
    "", " ", "null", "NaN", "1e999", "-0", "\u041c41.5", "M48.02", "60220", "A" * 5_000, "\u0130",
    "' OR 1=1 --", "<script>alert(1)</script>", "{{7*7}}", "=cmd()", "../../etc/passwd", "%s%n",
    "https://example.org/x", "urn:x> ?p ?o } #", "http://169.254.169.254/", "\U0001f600" * 50,
    "e\u0301" * 300, "\ufdfa" * 100, *CONTROL,
)  # fmt: skip
NUMBERS = (0, -1, 1, 2**31, 2**63, 10**15, 10**16, 10**400, 0.1, -0.0, 1e308)
TOKENS = (
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u", b"\\ud800", b"null", b"NaN", b"1e999",
    b"Infinity", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b'"a":' * 20, b"[" * 70,
    b'{"a":' * 70, b"0" * 400, b"\r\n", b"//", b"/*", b"'", b"@context", b'"@id"', b"\xc0\xaf",
)  # fmt: skip
MEDIA = (
    "application/json", "application/ld+json", "text/turtle", "application/n-triples",
    "application/x-ndjson", "application/rdf+xml", "text/xml", "multipart/form-data; boundary=x",
    "application/sparql-query", "application/x-www-form-urlencoded", "application/sparql-update",
    "application/json; charset=utf-7", "application/json;;;=", "", "a" * 300, "text/html",
)  # fmt: skip
ACCEPTS = (
    "*/*", "application/json", "text/html", "text/turtle", "application/ld+json", "image/png",
    "text/*;q=0.1, */*;q=0", "*/*;q=1.0000", ";q=1", "text/html;q=nan", "," * 500, "a/b" * 200,
)  # fmt: skip
KEYS = ("k", "a b", "", "x" * 255, "x" * 256, "\u00e9", "1", "k")
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CLOSE", "get")


def text(draw: Random) -> str:
    """Return a text that is hard to read right."""
    if draw.random() < 0.6:
        return str(draw.choice(TEXTS))
    return "".join(
        chr(draw.choice((draw.randrange(128), draw.randrange(0x10FFFF))))
        for _ in range(draw.randrange(20))
    )


def value(draw: Random, depth: int = 0) -> Any:
    """Return a JSON value of any kind."""
    kind = draw.randrange(8 if depth < 4 else 5)
    if kind == 0:
        return draw.choice((None, True, False))
    if kind == 1:
        return draw.choice(NUMBERS)
    if kind in (2, 3, 4):
        return text(draw)
    if kind in (5, 6):
        return [value(draw, depth + 1) for _ in range(draw.randrange(4))]
    return {text(draw): value(draw, depth + 1) for _ in range(draw.randrange(4))}


def changed(draw: Random, seed: Any) -> Any:
    """Return a JSON value with one to four places changed."""
    found = copy.deepcopy(seed)
    for _ in range(draw.randrange(1, 5)):
        found = _change(draw, found)
    return found


def _change(draw: Random, whole: Any) -> Any:
    holder: Any = None
    place: Any = None
    inner = whole
    while isinstance(inner, dict | list) and inner and draw.random() < 0.8:
        holder = inner
        place = draw.choice(list(inner)) if isinstance(inner, dict) else draw.randrange(len(inner))
        inner = inner[place]
    if holder is None:
        return value(draw)
    action = draw.randrange(4)
    if action == 0:
        del holder[place]
    elif action == 1 and isinstance(holder, dict):
        holder[text(draw)] = value(draw)
    elif action == 2 and isinstance(holder, list):
        holder.extend([copy.deepcopy(inner)] * draw.choice((1, 3, 300)))
    else:
        holder[place] = value(draw)
    return whole


def encoded(found: Any) -> bytes:
    """Return a value as JSON text, half characters and all."""
    return json.dumps(found, ensure_ascii=False).encode("utf-8", "surrogatepass")


def bytes_of(draw: Random, seeds: tuple[bytes, ...]) -> bytes:
    """Return a text of a seed with some bytes changed, cut, doubled or put in."""
    found = bytearray(draw.choice(seeds))
    for _ in range(draw.randrange(1, 6)):
        place = draw.randrange(len(found) + 1)
        action = draw.randrange(5)
        if action == 0 and place < len(found):
            found[place] = draw.randrange(256)
        elif action == 1:
            del found[place : place + draw.randrange(1, 40)]
        elif action == 2:
            found[place:place] = found[place : place + draw.randrange(1, 80)]
        else:
            found[place:place] = draw.choice(TOKENS)
    return bytes(found)


def body(draw: Random, cases: tuple[Any, ...], texts: tuple[bytes, ...]) -> bytes:
    """Return a body: a changed case, changed bytes, any value, any bytes."""
    kind = draw.random()
    if kind < 0.4:
        return encoded(changed(draw, draw.choice(cases)))
    if kind < 0.85:
        return bytes_of(draw, texts)
    if kind < 0.95:
        return encoded(value(draw))
    return draw.randbytes(draw.randrange(200))


def query(draw: Random, texts: tuple[bytes, ...]) -> bytes:
    """Return a query: one of some, or one with some bytes changed, cut, doubled or put in."""
    return draw.choice(texts) if draw.random() < 0.3 else bytes_of(draw, texts)
