"""Speak with a query worker over a stream socket: frames of one kind byte, a length, and bytes.

The service sends a question; the worker answers BEGIN with the media type, any number of PIECE,
and END or FAILED. A stream that ends before END or FAILED tells that the worker ended by force.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import NamedTuple

from kg_engine.query_results import Question
from kg_engine.terms import IRI, BNode, Literal, Term

QUESTION, BEGIN, PIECE, END, FAILED = b"Q", b"B", b"P", b"E", b"F"
HEAD = struct.Struct("!cI")
_LONGEST = 1 << 28
_NAMES = tuple(field.name for field in fields(Question))


class Frame(NamedTuple):
    """Hold one frame."""

    kind: bytes
    content: bytes


def written(kind: bytes, content: bytes = b"") -> bytes:
    """Return a frame as bytes."""
    return HEAD.pack(kind, len(content)) + content


def receive_frame(channel: socket.socket) -> Frame | None:
    """Return the next frame from a blocking socket, or None where the other side has ended."""
    head = _exactly(channel.recv, HEAD.size)
    if head is None:
        return None
    kind, length = HEAD.unpack(head)
    content = _exactly(channel.recv, length)
    return None if content is None else Frame(kind, content)


def split(held: bytearray) -> Iterator[Frame]:
    """Take whole frames off the front of what was received. Raises ValueError for a length past all bounds."""
    while len(held) >= HEAD.size:
        kind, length = HEAD.unpack_from(held)
        if length > _LONGEST:
            raise ValueError(length)
        end = HEAD.size + length
        if len(held) < end:
            return
        with memoryview(held) as whole:
            content = bytes(whole[HEAD.size : end])
        del held[:end]
        yield Frame(kind, content)


def write_question(question: Question) -> bytes:
    """Return a question as JSON."""
    plain = {name: getattr(question, name) for name in _NAMES}
    plain["bindings"] = {name: _plain(term) for name, term in question.bindings.items()}
    return json.dumps(plain).encode()


def read_question(content: bytes) -> Question:
    """Return the question of a frame."""
    plain = json.loads(content)
    for name in ("default_graphs", "named_graphs"):
        plain[name] = None if plain[name] is None else tuple(plain[name])
    return Question(**plain | {"bindings": {k: _term(t) for k, t in plain["bindings"].items()}})


def _plain(term: Term) -> list[str]:
    if isinstance(term, Literal):
        return ["literal", *term]
    return ["blank" if isinstance(term, BNode) else "iri", str(term)]


def _term(plain: list[str]) -> Term:
    kind, text, *rest = plain
    if kind == "literal":
        return Literal(text, *rest)
    return BNode(text) if kind == "blank" else IRI(text)


def _exactly(receive: Callable[[int], bytes], size: int) -> bytes | None:
    found = bytearray()
    while len(found) < size:
        piece = receive(min(size - len(found), 65_536))
        if not piece:
            return None
        found += piece
    return bytes(found)
