"""Name every axiom that lies outside OWL 2 RL, where half of it would silently do nothing.

Source: https://www.w3.org/TR/owl2-profiles/#OWL_2_RL. A class expression is read in one of three
roles: left of ``rdfs:subClassOf`` (subClassExpression), right of it (superClassExpression), or
within ``owl:equivalentClass`` (equivClassExpression), which admits only what both sides admit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kg_engine.datatypes import DATATYPES
from kg_engine.errors import Fault
from kg_engine.graphs import Graph
from kg_engine.namespaces import OWL, RDF, RDFS, TYPE, XSD
from kg_engine.terms import IRI, BNode, Literal, Term, Triple, local_name

LEFT = "on the left of rdfs:subClassOf"
RIGHT = "on the right of rdfs:subClassOf"
BOTH = "in owl:equivalentClass"
_DEEP = 4
_LISTS = (OWL.intersectionOf, OWL.unionOf, OWL.oneOf)
_MAXIMA = (OWL.maxCardinality, OWL.maxQualifiedCardinality)
_FORBIDDEN = (OWL.hasSelf, OWL.minCardinality, OWL.minQualifiedCardinality, OWL.cardinality,
              OWL.qualifiedCardinality, OWL.onProperties)  # fmt: skip
_RESTRICTIONS = (OWL.someValuesFrom, OWL.allValuesFrom, OWL.hasValue, *_MAXIMA, *_FORBIDDEN)
_BUILDERS = (*_LISTS, OWL.complementOf, *_RESTRICTIONS)
_ROLES = {
    OWL.intersectionOf: {LEFT, RIGHT, BOTH}, OWL.hasValue: {LEFT, RIGHT, BOTH},
    OWL.unionOf: {LEFT}, OWL.oneOf: {LEFT}, OWL.someValuesFrom: {LEFT},
    OWL.complementOf: {RIGHT}, OWL.allValuesFrom: {RIGHT},
    OWL.maxCardinality: {RIGHT}, OWL.maxQualifiedCardinality: {RIGHT},
}  # fmt: skip
_SPLIT = {
    LEFT: "Put what follows from it on the right, as a class of its own, or leave it out.",
    RIGHT: "Write the axiom the other way round: condition on the left, named class on the right.",
    BOTH: "Write rdfs:subClassOf, with the condition on the left and the named class on the right.",
}
_VACUOUS = frozenset({OWL.topObjectProperty, OWL.bottomObjectProperty, OWL.topDataProperty,
                      OWL.bottomDataProperty})  # fmt: skip
_OBJECT_KINDS = (OWL.InverseFunctionalProperty, OWL.TransitiveProperty, OWL.SymmetricProperty)
Found = Iterator[tuple[str, str]]


def check_profile(graph: Graph, *, place_of: Callable[[Term], str]) -> tuple[Fault, ...]:
    """Return a fault for each axiom outside OWL 2 RL; ``place_of`` names the file of a subject.

    Source: https://www.w3.org/TR/owl2-profiles/#OWL_2_RL
    """
    profile = _Profile(graph)
    found = {
        Fault(place_of(axiom.s), f"{profile.axiom(axiom)}: {message}", remedy)
        for axiom in graph
        for message, remedy in profile.faults(axiom)
    }
    idle = {
        Fault(place_of(node), f"{profile.show(node)} stands in no axiom.", "Use it or delete it.")
        for node in profile.idle()
    }
    return tuple(sorted(found | idle))


class _Profile:
    """Read axioms of one graph; remember which class expressions were met."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.met: set[Term] = set()

    def faults(self, t: Triple) -> Found:
        """Yield what is outside the profile in the axiom that a triple states."""
        if _VACUOUS & {t.s, t.p, t.o}:
            yield ("a top or bottom property means nothing to the rules.", "Name a property.")
        checks = {
            RDFS.subClassOf: self._sub_class, OWL.equivalentClass: self._equivalent,
            OWL.disjointWith: self._disjoint, RDFS.domain: self._domain, RDFS.range: self._range,
            TYPE: self._type, OWL.disjointUnionOf: self._disjoint_union,
            OWL.hasKey: self._key, OWL.propertyChainAxiom: self._chain, OWL.members: self._members,
        }  # fmt: skip
        if t.p in checks:
            yield from checks[t.p](t)
        elif t.p in _BUILDERS and isinstance(t.s, IRI):
            yield from self._built(t.s, t.p, BOTH)
        elif isinstance(t.o, Literal) and self._is(t.p, OWL.DatatypeProperty):
            yield from self._datatype(IRI(t.o.datatype))

    def idle(self) -> Iterator[Term]:
        """Yield the anonymous class expressions that no axiom uses."""
        for kind in (OWL.Class, OWL.Restriction):
            for node in self.graph.subjects(TYPE, kind):
                if isinstance(node, BNode) and node not in self.met:
                    yield node

    def axiom(self, t: Triple) -> str:
        """Write an axiom in short, for a message."""
        return f"{self.show(t.s)} {local_name(t.p)} {self.show(t.o)}"

    def show(self, term: Term, depth: int = 0) -> str:
        """Write a term or a class expression in short, with local names."""
        if isinstance(term, Literal):
            return f'"{term.lexical[:40]}"'
        if isinstance(term, IRI):
            return local_name(term)
        if depth > _DEEP:
            return "…"
        return self._show_node(term, depth + 1)

    def _show_node(self, node: Term, depth: int) -> str:
        g = self.graph
        if g.objects(node, RDF.first):
            return "( " + " ".join(self.show(m, depth) for m in g.items(node)[:8]) + " )"
        parts = [self.show(p, depth) for p in g.objects(node, OWL.onProperty)]
        for builder in (*_BUILDERS, OWL.inverseOf, OWL.onDatatype):
            parts += [
                f"{local_name(builder)} {self.show(o, depth)}" for o in g.objects(node, builder)
            ]
        return f"[ {' '.join(parts)} ]"

    def _is(self, term: Term, kind: IRI) -> bool:
        return kind in self.graph.objects(term, TYPE)

    def _sub_class(self, t: Triple) -> Found:
        yield from self._expression(t.s, LEFT)
        yield from self._expression(t.o, RIGHT)

    def _equivalent(self, t: Triple) -> Found:
        if self._is_data(t.o) or self._is(t.s, RDFS.Datatype):
            yield from self._data_range(t.o)
            return
        yield from self._expression(t.s, BOTH)
        yield from self._expression(t.o, BOTH)

    def _disjoint(self, t: Triple) -> Found:
        yield from self._expression(t.s, LEFT)
        yield from self._expression(t.o, LEFT)

    def _domain(self, t: Triple) -> Found:
        if self._is(t.s, OWL.AnnotationProperty) and isinstance(t.o, IRI):
            return
        yield from self._expression(t.o, RIGHT)

    def _range(self, t: Triple) -> Found:
        if self._is(t.s, OWL.AnnotationProperty) and isinstance(t.o, IRI):
            return
        yield from self._filler(t.o, RIGHT)

    def _type(self, t: Triple) -> Found:
        if t.o == OWL.ReflexiveProperty:
            yield ("OWL 2 RL has no reflexive properties.", "State the self-links that you need.")
        if t.o in _OBJECT_KINDS and self._is(t.s, OWL.DatatypeProperty):
            yield ("a datatype property cannot be so.", "Use an object property or a key.")
        if isinstance(t.o, BNode):
            yield from self._expression(t.o, RIGHT)

    def _disjoint_union(self, t: Triple) -> Found:
        remedy = "Write each member rdfs:subClassOf the whole, and owl:AllDisjointClasses."
        yield ("OWL 2 RL has no disjoint unions.", remedy)
        for member in self.graph.items(t.o):
            self._meet(member)

    def _key(self, t: Triple) -> Found:
        yield from self._expression(t.s, LEFT)
        yield from self._list(t.o, 1)

    def _chain(self, t: Triple) -> Found:
        if self._is(t.s, OWL.DatatypeProperty):
            yield ("a chain ends in an object property.", "Declare an owl:ObjectProperty.")
        yield from self._list(t.o, 2)
        for member in self.graph.items(t.o):
            yield from self._property(member)

    def _members(self, t: Triple) -> Found:
        yield from self._list(t.o, 2)
        if self._is(t.s, OWL.AllDisjointClasses):
            for member in self.graph.items(t.o):
                yield from self._expression(member, LEFT)

    def _meet(self, node: Term) -> None:
        if isinstance(node, BNode):
            self.met.add(node)

    def _expression(self, node: Term, role: str) -> Found:
        self._meet(node)
        if isinstance(node, IRI):
            if node == OWL.Thing:
                yield (f"owl:Thing cannot stand {role}.", "Name a class.")
            return
        built = [b for b in _BUILDERS if self.graph.objects(node, b)]
        if (
            isinstance(node, Literal)
            or len(built) != 1
            or len(self.graph.objects(node, built[0])) != 1
        ):
            remedy = "Give one of owl:intersectionOf, owl:someValuesFrom, owl:hasValue and so on."
            yield (f"{self.show(node)} is no class expression.", remedy)
            return
        yield from self._built(node, built[0], role)

    def _built(self, node: Term, builder: IRI, role: str) -> Found:
        value = self.graph.objects(node, builder)[0]
        if builder in _FORBIDDEN:
            yield (f"OWL 2 RL has no owl:{local_name(builder)}.", _SPLIT[role])
        elif role not in _ROLES[builder]:
            yield (f"owl:{local_name(builder)} cannot stand {role}.", _SPLIT[role])
        if builder in _RESTRICTIONS and builder != OWL.onProperties:
            yield from self._restriction(node)
        if builder in _LISTS:
            yield from self._members_of(value, builder, role)
        elif builder in _MAXIMA:
            yield from self._maximum(node, value)
        elif builder == OWL.complementOf:
            yield from self._expression(value, LEFT)
        elif builder in (OWL.someValuesFrom, OWL.allValuesFrom):
            yield from self._filler(value, role)
        elif builder == OWL.hasValue and isinstance(value, Literal):
            yield from self._datatype(IRI(value.datatype))

    def _members_of(self, head: Term, builder: IRI, role: str) -> Found:
        yield from self._list(head, 1)
        for member in self.graph.items(head):
            if builder != OWL.oneOf:
                yield from self._expression(member, role)
            elif not isinstance(member, IRI):
                yield ("owl:oneOf holds what is no individual.", "List IRIs of individuals.")

    def _restriction(self, node: Term) -> Found:
        properties = self.graph.objects(node, OWL.onProperty)
        if len(properties) != 1:
            yield (f"{self.show(node)} has {len(properties)} owl:onProperty.", "Give exactly one.")
        for member in properties:
            yield from self._property(member)
        if not self._is(node, OWL.Restriction):
            yield (f"{self.show(node)} is not typed.", "Say: a owl:Restriction.")

    def _property(self, node: Term) -> Found:
        inverse = self.graph.objects(node, OWL.inverseOf)
        if isinstance(node, Literal) or (isinstance(node, BNode) and len(inverse) != 1):
            yield ("what should be a property is none.", "Give a property or [ owl:inverseOf p ].")
        elif node in _VACUOUS:
            yield ("a top or bottom property means nothing to the rules.", "Name a property.")

    def _maximum(self, node: Term, count: Term) -> Found:
        if not isinstance(count, Literal) or count.lexical not in ("0", "1"):
            yield ("only a maximum of 0 or 1 is in OWL 2 RL.", "Count in a SHACL shape instead.")
        for filler in self.graph.objects(node, OWL.onClass):
            yield from self._filler(filler, LEFT)
        for filler in self.graph.objects(node, OWL.onDataRange):
            yield from self._data_range(filler)

    def _filler(self, node: Term, role: str) -> Found:
        if self._is_data(node):
            yield from self._data_range(node)
        elif node != OWL.Thing:
            yield from self._expression(node, role)

    def _is_data(self, node: Term) -> bool:
        known = node in DATATYPES or node in (OWL.real, OWL.rational)
        return known or str(node).startswith(XSD.base) or self._is(node, RDFS.Datatype)

    def _data_range(self, node: Term) -> Found:
        self._meet(node)
        if isinstance(node, IRI):
            if not self._is(node, RDFS.Datatype):
                yield from self._datatype(node)
            return
        members = self.graph.objects(node, OWL.intersectionOf)
        if not members:
            yield ("OWL 2 RL only intersects datatypes.", "Bound the values in a SHACL shape.")
        for member in (m for head in members for m in self.graph.items(head)):
            yield from self._data_range(member)

    def _datatype(self, datatype: IRI) -> Found:
        if datatype not in DATATYPES and not self._is(datatype, RDFS.Datatype):
            remedy = "Use one of its datatypes, or declare an owl:AnnotationProperty."
            yield (f"the datatype {local_name(datatype)} is not in OWL 2 RL.", remedy)

    def _list(self, head: Term, least: int) -> Found:
        cell, length, seen = head, 0, set[Term]()
        while cell != RDF.nil and cell not in seen:
            seen.add(cell)
            rest = self.graph.objects(cell, RDF.rest)
            if len(rest) != 1 or len(self.graph.objects(cell, RDF.first)) != 1:
                yield ("a list is broken off.", "Write it as ( … ).")
                return
            cell, length = rest[0], length + 1
        if length < least or cell != RDF.nil:
            yield (f"a list has fewer than {least} members.", "Complete it or drop the axiom.")
