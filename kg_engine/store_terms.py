"""Turn terms into those of the store and back."""

from __future__ import annotations

import pyoxigraph as ox

from kg_engine.terms import IRI, BNode, Literal, Term, Triple


def to_store(term: Term) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """Return a term as the store has it."""
    if isinstance(term, Literal):
        if term.language:
            return ox.Literal(term.lexical, language=term.language)
        return ox.Literal(term.lexical, datatype=ox.NamedNode(term.datatype))
    return ox.BlankNode(term[2:]) if isinstance(term, BNode) else ox.NamedNode(term)


def to_store_triple(triple: Triple) -> ox.Triple:
    """Return a triple as the store has it. Raises TypeError for one about a literal."""
    subject = to_store(triple.s)
    if isinstance(subject, ox.Literal):
        raise TypeError("a literal is no subject in RDF")
    return ox.Triple(subject, ox.NamedNode(triple.p), to_store(triple.o))


def read_term(text: str) -> Term | None:
    """Return the term that a text spells in N-Triples, or None where it spells none."""
    try:
        found = list(ox.parse(f"<urn:s> <urn:p> {text} .", format=ox.RdfFormat.N_TRIPLES))
    except SyntaxError:
        return None
    match [quad.object for quad in found]:
        case [ox.NamedNode() as node]:
            return IRI(node.value)
        case [ox.BlankNode()]:
            return BNode(text.strip())
        case [ox.Literal() as literal] if literal.direction is None:
            return Literal(literal.value, literal.datatype.value, literal.language or "")
    return None
