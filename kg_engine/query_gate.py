"""Refuse, before any engine parses it, a query that could kill an engine, write, or leave.

A native parser ends its process on deep nesting and cannot be stopped once it runs (measured:
some thousand brackets or operators in a row, some hundred nested groups). The gate reads tokens
alone: it bounds the size of the text, how deep brackets are nested and how many operators and
groups there are, and refuses updates and ``SERVICE``. It need not be exact to be safe, since a
worker that dies takes nothing with it; it must only never read less than an engine does.

Source of the tokens: SPARQL 1.1 Query Language, section 19.8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg_engine.errors import Fault, InputRefused

MOST_BYTES = 65_536
MOST_DEPTH = 64
MOST_OPERATORS = 1_000
MOST_GROUPS = 200

READS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
WRITES = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD", "WITH"}
)
_GROUPS = frozenset({"OPTIONAL", "UNION", "EXISTS", "MINUS", "GRAPH", "SELECT", "FILTER", "BIND"})
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_TOKEN = re.compile(
    r'''(?P<skip>"""(?:"{0,2}(?:[^"\\]|\\.))*"""|\'{3}(?:\'{0,2}(?:[^'\\]|\\.))*\'{3}'''
    r"""|"(?:[^"\\\n\r]|\\.)*"(?:\^\^)?|'(?:[^'\\\n\r]|\\.)*'(?:\^\^)?|\#[^\r\n]*|[?$]\w+)"""
    r"""|(?P<iri><[^<>"{}|^`\\\s]*>)"""
    r"""|(?P<prefix>[\w.\-]*):[\w.:%\-]*|(?P<word>\w+)|(?P<sign>[^\s.;,@])|.""",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U(00[01][0-9A-Fa-f]{5})")


def admit(text: str) -> None:
    """Let a query pass that only reads, here, and within the bounds.

    Raises InputRefused with the first fault found: size, update, SERVICE, depth, operators, groups.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        remedy = f"Send at most {MOST_BYTES} bytes."
        raise _refused("the query is too long.", remedy)
    tokens = list(_TOKEN.finditer(text))
    unescaped = _unescaped(text)
    _refuse_escape(tokens)
    if unescaped != text:  # an engine may read either; neither may hide a keyword
        _refuse_escape(list(_TOKEN.finditer(unescaped)))
    _refuse_excess(tokens)


def _refuse_escape(tokens: list[re.Match[str]]) -> None:
    words = [(token["word"] or token["prefix"] or "").upper() for token in tokens]
    if any("SERVICE" in word for word in words):
        remedy = "Ask this knowledge alone; rename a prefix that is so called."
        raise _refused("SERVICE is not allowed.", remedy)
    first = next((word for word in words if word in WRITES | READS), "")
    if first in WRITES:
        remedy = "Use SELECT, ASK, CONSTRUCT or DESCRIBE; edit the Turtle files to change them."
        raise _refused(f"{first} is an update; queries only read.", remedy)


def _refuse_excess(tokens: list[re.Match[str]]) -> None:
    depth = operators = groups = 0
    for token in tokens:
        for sign in _signs(token):
            if sign in _OPENING:
                depth += 1
            elif sign in _CLOSING:
                depth = max(0, depth - 1)
            else:
                operators += 1
            if depth > MOST_DEPTH:
                remedy = f"Nest at most {MOST_DEPTH} brackets."
                raise _refused(f"is nested too deeply at {_place(token)}.", remedy)
        groups += (token["word"] or "").upper() in _GROUPS
    if operators > MOST_OPERATORS:
        remedy = f"Use at most {MOST_OPERATORS}; a list of values goes into VALUES."
        raise _refused(f"has {operators} operators.", remedy)
    if groups > MOST_GROUPS:
        remedy = f"Use at most {MOST_GROUPS} groups, filters and bindings."
        raise _refused(f"has {groups} groups, filters and bindings.", remedy)


def _signs(token: re.Match[str]) -> Iterator[str]:
    """Yield the signs of a token; what looks like an IRI may be a comparison to an engine."""
    if token["sign"]:
        yield token["sign"]
    elif token["iri"]:
        yield from (c for c in token["iri"] if c in "()[]!+*")


def _place(token: re.Match[str]) -> str:
    before = token.string[: token.start()]
    return f"line {before.count(chr(10)) + 1}, column {token.start() - before.rfind(chr(10))}"


def _unescaped(text: str) -> str:
    """Resolve code point escapes, so that none can hide a keyword."""
    return _ESCAPE.sub(lambda m: chr(min(int(m[1] or m[2], 16), 0x10FFFF)), text)


def _refused(message: str, remedy: str) -> InputRefused:
    return InputRefused([Fault("query", message, remedy)])
