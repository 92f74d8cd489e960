"""Read Turtle into terms, with blank nodes named by what they say.

A blank node in knowledge is a class expression or a list: a tree. It is named by a digest of
its outgoing triples, so the same expression has the same name in every file and every run, and
an edit elsewhere renames nothing. Cyclic or dangling blank nodes are refused.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyoxigraph as ox

from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.terms import IRI, BNode, Literal, Term, Triple, n3


def parse_turtle(text: bytes, *, place: str) -> frozenset[Triple]:
    """Parse Turtle into triples with content-named blank nodes.

    Raises KnowledgeRefused with the place for a syntax error or a cyclic blank node.
    """
    try:
        quads = list(ox.parse(text, format=ox.RdfFormat.TURTLE))
    except SyntaxError as error:
        fault = Fault(place, f"not Turtle: {error}.", "Mend the syntax at the line named.")
        raise KnowledgeRefused([fault]) from error
    triples = [Triple(_term(q.subject), IRI(q.predicate.value), _term(q.object)) for q in quads]
    return _name_blank_nodes(triples, place=place)


def parse_turtle_file(path: Path, *, place: str) -> frozenset[Triple]:
    """Parse a Turtle file; ``place`` is the name that messages use for it."""
    return parse_turtle(path.read_bytes(), place=place)


def _term(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Term:
    if isinstance(term, ox.NamedNode):
        return IRI(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode("_:" + term.value)
    if isinstance(term, ox.Literal):
        return Literal(term.value, term.datatype.value, term.language or "")
    raise TypeError("a triple term is not part of this vocabulary")


def _name_blank_nodes(triples: list[Triple], *, place: str) -> frozenset[Triple]:
    outgoing: dict[Term, list[Triple]] = {}
    for triple in triples:
        if isinstance(triple.s, BNode):
            outgoing.setdefault(triple.s, []).append(triple)
    names: dict[Term, BNode] = {}

    def rename(term: Term, open_nodes: tuple[Term, ...]) -> Term:
        if not isinstance(term, BNode):
            return term
        if term in open_nodes:
            fault = Fault(place, "a blank node refers to itself.", "Give the node an IRI.")
            raise KnowledgeRefused([fault])
        if term not in names:
            inner = (*open_nodes, term)
            lines = sorted(f"{t.p} {n3(rename(t.o, inner))}" for t in outgoing.get(term, []))
            digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
            names[term] = BNode("_:x" + digest[:20])
        return names[term]

    return frozenset(Triple(rename(t.s, ()), t.p, rename(t.o, ())) for t in triples)
