"""Write class expressions for people, in the manner of the Manchester syntax.

What is no class expression, such as a part of a shape, is written in the manner of Turtle.
Source: https://www.w3.org/TR/owl2-manchester-syntax/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kg_engine.graphs import Graph
from kg_engine.namespaces import OWL, RDF, TYPE, XSD
from kg_engine.prefixed import Prefixes
from kg_engine.terms import IRI, BNode, Literal, Term, n3

_QUANTIFIERS = {
    OWL.someValuesFrom: "some", OWL.allValuesFrom: "only", OWL.hasValue: "value",
    OWL.minCardinality: "min", OWL.maxCardinality: "max", OWL.cardinality: "exactly",
    OWL.minQualifiedCardinality: "min", OWL.maxQualifiedCardinality: "max",
    OWL.qualifiedCardinality: "exactly",
}  # fmt: skip
_CONNECTIVES = ((OWL.intersectionOf, "and"), (OWL.unionOf, "or"))
_PLAIN = (XSD.integer, XSD.decimal, XSD.boolean)


class Token(NamedTuple):
    """A piece of an expression, with the term that it names, if it names one."""

    text: str
    term: IRI | None = None


def expression(term: Term, graph: Graph, prefixes: Prefixes) -> tuple[Token, ...]:
    """Return a term as tokens to be set one after the other, spaces among them."""
    return tuple(_Writer(graph, prefixes).term(term))


def expression_text(term: Term, graph: Graph, prefixes: Prefixes) -> str:
    """Return a term as one line of text."""
    return "".join(token.text for token in expression(term, graph, prefixes))


class _Writer(NamedTuple):
    """Write terms of one graph."""

    graph: Graph
    prefixes: Prefixes

    def term(self, term: Term, *, nested: bool = False) -> Iterator[Token]:
        if isinstance(term, Literal):
            plain = term.datatype in _PLAIN
            short = Literal(term.lexical, XSD.string, term.language)
            text = term.lexical if plain else n3(short)
            typed = not plain and not term.language and term.datatype != XSD.string
            yield Token(f"{text}^^{self.prefixes.shorten(term.datatype)}" if typed else text)
        elif isinstance(term, BNode):
            found = tuple(self._anonymous(term))
            brackets = nested and len(found) > 1 and found[0].text not in ("{", "[", "(")
            yield from ((Token("("), *found, Token(")")) if brackets else found)
        else:
            yield Token(self.prefixes.shorten(term), term)

    def _anonymous(self, node: BNode) -> Iterator[Token]:
        graph = self.graph
        for p, word in _CONNECTIVES:
            for head in graph.objects(node, p)[:1]:
                yield from self._joined(graph.items(head), f" {word} ")
                return
        for head in graph.objects(node, OWL.oneOf)[:1]:
            yield from (Token("{"), *self._joined(graph.items(head), ", "), Token("}"))
            return
        for p, word in ((OWL.complementOf, "not "), (OWL.inverseOf, "inverse ")):
            for inner in graph.objects(node, p)[:1]:
                yield from (Token(word), *self.term(inner, nested=True))
                return
        if graph.objects(node, RDF.first):
            yield from (Token("("), *self._joined(graph.items(node), " "), Token(")"))
            return
        on = graph.value(node, OWL.onProperty)
        yield from self._described(node) if on is None else self._restriction(node, on)

    def _restriction(self, node: BNode, on: Term) -> Iterator[Token]:
        for p, word in _QUANTIFIERS.items():
            for filler in self.graph.objects(node, p)[:1]:
                yield from self.term(on, nested=True)
                yield Token(f" {word} ")
                yield from self.term(filler, nested=True)
                for kind in self.graph.objects(node, OWL.onClass)[:1]:
                    yield from (Token(" "), *self.term(kind, nested=True))
                return
        yield from self._described(node)

    def _described(self, node: BNode) -> Iterator[Token]:
        yield Token("[")
        for number, (_, p, o) in enumerate(self.graph.outgoing(node)):
            yield Token(" ; " if number else " ")
            yield Token("a") if p == TYPE else Token(self.prefixes.shorten(p), p)
            yield from (Token(" "), *self.term(o, nested=True))
        yield Token(" ]")

    def _joined(self, members: Iterable[Term], between: str) -> Iterator[Token]:
        for number, member in enumerate(members):
            if number:
                yield Token(between)
            yield from self.term(member, nested=True)
