"""Hold RDF terms as small immutable values.

An IRI and a blank node are strings that know their kind; a blank node's text begins with
``_:``, so that no IRI can equal it. Source: RDF 1.1 Concepts and Abstract Syntax, section 3.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

XSD = "http://www.w3.org/2001/XMLSchema#"


class IRI(str):
    """An absolute IRI."""

    __slots__ = ()


class BNode(str):
    """A blank node; its text is ``_:`` and a label."""

    __slots__ = ()


class Literal(NamedTuple):
    """A literal: lexical form, datatype IRI, language tag ("" for none)."""

    lexical: str
    datatype: str = XSD + "string"
    language: str = ""


Term: TypeAlias = IRI | BNode | Literal


class Triple(NamedTuple):
    """A triple; the subject of an entailment may be any term (generalised RDF is dropped)."""

    s: Term
    p: IRI
    o: Term


_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def n3(term: Term) -> str:
    """Write one term in N-Triples syntax."""
    if isinstance(term, Literal):
        quoted = f'"{term.lexical.translate(_ESCAPES)}"'
        if term.language:
            return f"{quoted}@{term.language}"
        return quoted if term.datatype == XSD + "string" else f"{quoted}^^<{term.datatype}>"
    return str(term) if isinstance(term, BNode) else f"<{term}>"


def ntriple(triple: Triple) -> str:
    """Write one triple as a line of N-Triples, without the line end."""
    return f"{n3(triple.s)} {n3(triple.p)} {n3(triple.o)} ."


def local_name(iri: str) -> str:
    """Return what follows the last ``#`` or ``/`` of an IRI."""
    return iri.rsplit("#", 1)[-1] if "#" in iri else iri.rstrip("/").rsplit("/", 1)[-1]
