"""Turn the functional syntax of the few tests that have no other form into triples.

Source: https://www.w3.org/TR/owl2-mapping-to-rdf/ table 1, for the forms that those tests use;
any other form is an error. Declarations become types, the ontology's own header is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg_engine.namespaces import OWL, RDF, RDFS, TYPE
from kg_engine.terms import IRI, BNode, Literal, Term, Triple

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"(?:\^\^[\w:]+)?|[()]|[^\s()"]+')
_PREFIX = re.compile(r"Prefix\(\s*(\w*:)\s*=\s*<([^>]*)>\s*\)")
_LINKS = {
    "SubClassOf": RDFS.subClassOf,
    "DisjointClasses": OWL.disjointWith,
    "DisjointObjectProperties": OWL.propertyDisjointWith,
    "ObjectPropertyDomain": RDFS.domain,
    "ObjectPropertyRange": RDFS.range,
    "DataPropertyRange": RDFS.range,
}
_TYPES = {
    "TransitiveObjectProperty": OWL.TransitiveProperty,
    "FunctionalDataProperty": OWL.FunctionalProperty,
}
_DECLARED = {
    "Class": OWL.Class,
    "ObjectProperty": OWL.ObjectProperty,
    "DataProperty": OWL.DatatypeProperty,
    "NamedIndividual": OWL.NamedIndividual,
}


def parse_functional(text: str) -> frozenset[Triple]:
    """Return the triples of an ontology in functional syntax."""
    prefixes = dict(_PREFIX.findall(text))
    tokens = iter(_TOKEN.findall(text[text.index("Ontology(") :]))
    return frozenset(_Mapping(prefixes).ontology(_forms(tokens)))


def _forms(tokens: Iterator[str]) -> list[object]:
    found: list[object] = []
    for word in tokens:
        if word == ")":
            return found
        found.append([found.pop(), *_forms(tokens)] if word == "(" else word)
    return found


class _Mapping:
    def __init__(self, prefixes: dict[str, str]) -> None:
        self.prefixes = prefixes
        self.triples: list[Triple] = []
        self.nodes = 0

    def ontology(self, forms: list[object]) -> list[Triple]:
        (ontology,) = forms
        assert isinstance(ontology, list)
        for name, *arguments in ontology[1:]:
            self._axiom(name, arguments)
        return self.triples

    def _axiom(self, name: str, arguments: list[object]) -> None:
        if name == "Declaration":
            (declared,) = arguments
            assert isinstance(declared, list)
            self._say(self._term(declared[1]), TYPE, _DECLARED[declared[0]])
        elif name == "SubObjectPropertyOf":
            chain, above = arguments
            assert isinstance(chain, list) and chain[0] == "ObjectPropertyChain"
            self._say(self._term(above), OWL.propertyChainAxiom, self._list(chain[1:]))
        elif name == "DataPropertyAssertion":
            p, s, o = map(self._term, arguments)
            self._say(s, IRI(str(p)), o)
        elif name == "ClassAssertion":
            class_, s = map(self._term, arguments)
            self._say(s, TYPE, class_)
        elif name in _TYPES:
            self._say(self._term(arguments[0]), TYPE, _TYPES[name])
        else:
            s, o = map(self._term, arguments)
            self._say(s, _LINKS[name], o)

    def _term(self, form: object) -> Term:
        if isinstance(form, list):
            return self._expression(*form)
        told = str(form)
        if told.startswith('"'):
            lexical, _, datatype = told.rpartition("^^")
            return Literal(lexical[1:-1], str(self._term(datatype)))
        prefix, _, name = told.partition(":")
        return IRI(self.prefixes.get(prefix + ":", OWL.base) + name)

    def _expression(self, name: str, *arguments: object) -> Term:
        node = self._node()
        if name == "DataHasValue":
            self._say(node, TYPE, OWL.Restriction)
            self._say(node, OWL.onProperty, self._term(arguments[0]))
            self._say(node, OWL.hasValue, self._term(arguments[1]))
        else:
            assert name == "ObjectOneOf"
            self._say(node, TYPE, OWL.Class)
            self._say(node, OWL.oneOf, self._list(arguments))
        return node

    def _list(self, members: tuple[object, ...] | list[object]) -> Term:
        head: Term = RDF.nil
        for member in reversed(members):
            node = self._node()
            self._say(node, RDF.first, self._term(member))
            self._say(node, RDF.rest, head)
            head = node
        return head

    def _node(self) -> BNode:
        self.nodes += 1
        return BNode(f"_:f{self.nodes}")

    def _say(self, s: Term, p: IRI, o: Term) -> None:
        self.triples.append(Triple(s, p, o))
