"""Refuse, before any engine parses it, a query that could kill an engine, write, or leave.

A native parser ends its process on deep nesting and cannot be stopped once it runs (measured:
some thousand brackets or operators in a row, some hundred nested groups). The gate reads tokens
alone: it bounds the size of the text, how deep brackets are nested and how many operators and
groups there are, and refuses updates and ``SERVICE``. It need not be exact to be safe, since a
worker that dies takes nothing with it; it must only never read less than an engine does, so it
refuses what two readers may read otherwise. No text may take it longer than in proportion to its
length; the service lets it run in the worker, out of the way of determinations.

Source of the tokens: SPARQL 1.1 Query Language, section 19.8.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from kg_engine.errors import Fault, InputRefused

MOST_BYTES = 65_536
MOST_DEPTH = 64
MOST_OPERATORS = 1_000
MOST_GROUPS = 200

READS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
WRITES = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD", "WITH"}
)
_FIRST = READS | WRITES
_GROUPS = frozenset({"OPTIONAL", "UNION", "EXISTS", "MINUS", "GRAPH", "SELECT", "FILTER", "BIND"})
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_TOKEN = re.compile(
    r"""(?:[\s;,@]++|[?$]\w++|\#[^\r\n]*+)++"""
    r"""|"{3}(?:"{0,2}(?:[^"\\]|\\.))*+"{3}|'{3}(?:'{0,2}(?:[^'\\]|\\.))*+'{3}"""
    r"""|(?!"{3}|'{3})(?:"(?:[^"\\\n\r]|\\.)*+"|'(?:[^'\\\n\r]|\\.)*+')(?:\^\^)?"""
    r"""|(?P<open>"{3}.*+|'{3}.*+|"(?:[^"\\\n\r]|\\.)*+|'(?:[^'\\\n\r]|\\.)*+)"""
    r"""|(?P<iri><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+>)"""
    r"""|(?P<prefix>[\w.\-]*+):(?:(?![.\-])(?:[\w.:%\-]|\\[_~.\-!$&'()*+,;=/?\#@%])*+)?"""
    r"""|(?P<run>[\w.\-]++)|(?P<sign>.)""",
    re.DOTALL,
)
_SURE = re.compile(r"<(?:[A-Za-z][A-Za-z0-9+.\-]*://|urn:)|.*\\", re.DOTALL)
_NO_SIGN = re.compile(r"[^()\[\]!+*]++")
_WORD = re.compile(r"\w+")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U(00[01][0-9A-Fa-f]{5})")


def admit(text: str) -> None:
    """Let a query pass that only reads, here, and within the bounds.

    Raises InputRefused with the first fault found: size, update, SERVICE, depth, operators, groups.
    """
    admit_length(text)
    unescaped = _unescaped(text)
    _refuse_escape(text)
    if unescaped != text:  # an engine may read either; neither may hide a keyword
        _refuse_escape(unescaped)
    _refuse_excess(text)
    _refuse_doubt(text)


def admit_length(text: str) -> None:
    """Let a text pass that is not too long. Raises InputRefused."""
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        remedy = f"Send at most {MOST_BYTES} bytes."
        raise _refused("the query is too long.", remedy)


def _refuse_escape(text: str) -> None:
    first = ""
    for word in chain.from_iterable(map(_words, _TOKEN.finditer(text))):
        if "SERVICE" in word:
            remedy = "Ask this knowledge alone; rename a prefix that is so called."
            raise _refused("SERVICE is not allowed.", remedy)
        if not first and word in _FIRST:
            first = word
    if first in WRITES:
        remedy = "Use SELECT, ASK, CONSTRUCT or DESCRIBE; edit the Turtle files to change them."
        raise _refused(f"{first} is an update; queries only read.", remedy)


def _refuse_excess(text: str) -> None:
    depth = operators = groups = 0
    for token in _TOKEN.finditer(text):
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
        for word in _words(token):
            groups += word in _GROUPS
    if operators > MOST_OPERATORS:
        remedy = f"Use at most {MOST_OPERATORS}; a list of values goes into VALUES."
        raise _refused(f"has {operators} operators.", remedy)
    if groups > MOST_GROUPS:
        remedy = f"Use at most {MOST_GROUPS} groups, filters and bindings."
        raise _refused(f"has {groups} groups, filters and bindings.", remedy)


def _refuse_doubt(text: str) -> None:
    """Refuse what an engine may end elsewhere: what follows could then be read by it, unseen here.

    ``?a<?b&&?c='>'`` holds no IRI, though its middle looks like one, with half a string in it.
    """
    urn = "urn:" in text and any(token["prefix"] == "urn" for token in _TOKEN.finditer(text))
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "open":
            raise _refused(f"has a string without its end at {_place(token)}.", "Close the string.")
        if token.lastgroup != "iri":
            continue
        iri = token["iri"]
        sure = _SURE.match(iri) and not (urn and iri.startswith("<urn:"))
        if not sure and any(sign in iri for sign in "'#"):
            remedy = "Write a space after < where it compares; write an IRI in full."
            raise _refused(f"may hold an IRI or a comparison at {_place(token)}.", remedy)


def _words(token: re.Match[str]) -> Sequence[str]:
    if token.lastgroup == "run":
        return _WORD.findall(token["run"].upper())
    return (token["prefix"].upper(),) if token.lastgroup == "prefix" else ()


def _signs(token: re.Match[str]) -> str:
    """Return the signs of a token; what looks like an IRI may be a comparison to an engine."""
    if token.lastgroup == "sign":
        return token["sign"]
    if token.lastgroup == "run":
        return "-" * token["run"].count("-")
    return _NO_SIGN.sub("", token["iri"]) if token.lastgroup == "iri" else ""


def _place(token: re.Match[str]) -> str:
    before = token.string[: token.start()]
    return f"line {before.count(chr(10)) + 1}, column {token.start() - before.rfind(chr(10))}"


def _unescaped(text: str) -> str:
    """Resolve code point escapes, so that none can hide a keyword."""
    return _ESCAPE.sub(lambda m: chr(min(int(m[1] or m[2], 16), 0x10FFFF)), text)


def _refused(message: str, remedy: str) -> InputRefused:
    return InputRefused([Fault("query", message, remedy)])
