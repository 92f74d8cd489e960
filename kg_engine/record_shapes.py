"""Read the shapes of the case record: which keys there are, and what each may hold.

A fixed part of SHACL Core is read; any other construct is refused by name, so that nothing in
the Turtle is ever silently without effect. Source: SHACL, sections 2 and 4.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.graphs import Graph
from kg_engine.namespaces import REC, SH, TYPE, XSD
from kg_engine.terms import IRI, Literal, Term, local_name

Bound: TypeAlias = int | datetime.date

_NODE_READ = frozenset(
    {SH.closed, SH.ignoredProperties, SH.message, SH.name, SH.property, SH.targetClass}
)
_PROPERTY_READ = frozenset(
    {SH.datatype, SH.defaultValue, SH.maxCount, SH.maxInclusive, SH.maxLength, SH.message}
    | {SH.minCount, SH.minInclusive, SH.name, SH.node, SH.path, SH.pattern}
)
_DATATYPES = frozenset({XSD.string, XSD.boolean, XSD.integer, XSD.date})
_MEND = "Mend the shape; the record door reads only what its documentation lists."


@dataclass(frozen=True, slots=True)
class PropertyShape:
    """Hold what one key may hold; ``remedy`` is the shape's own message."""

    iri: IRI
    path: IRI
    key: str
    name: str
    remedy: str
    datatype: IRI | None
    node: IRI | None
    max_count: int | None
    max_length: int | None
    pattern: str
    matcher: re.Pattern[str] | None
    minimum: Bound | None
    maximum: Bound | None
    default: bool | int | str | None

    @property
    def single(self) -> bool:
        """Return whether the key holds one value, not a list."""
        return self.max_count == 1


@dataclass(frozen=True, slots=True)
class NodeShape:
    """Hold the keys that one kind of object may have; every other key is refused."""

    iri: IRI
    target: IRI
    name: str
    remedy: str
    properties: Mapping[str, PropertyShape]


@dataclass(frozen=True, slots=True)
class RecordShapes:
    """Hold every node shape of the record by IRI, and the one of the record itself."""

    root: NodeShape
    nodes: Mapping[IRI, NodeShape]


def read_shapes(graph: Graph) -> RecordShapes:
    """Read the record shapes from a graph.

    Takes the triples of the shapes file. Raises KnowledgeRefused, naming each shape, for a
    construct that is not read here, an open shape, a mandatory key, or a missing root.
    """
    faults: list[Fault] = []
    subjects = graph.subjects(TYPE, SH.NodeShape)
    nodes = {IRI(str(s)): _node(graph, IRI(str(s)), faults) for s in subjects}
    roots = [node for node in nodes.values() if node.target == REC.CaseRecord]
    if len(roots) != 1:
        message = f"{len(roots)} shapes target the record; there must be one."
        faults.append(Fault(REC.CaseRecord, message, _MEND))
    read = dict.fromkeys(nodes, _NODE_READ)
    for node in nodes.values():
        read.update((shape.iri, _PROPERTY_READ) for shape in node.properties.values())
        for shape in node.properties.values():
            if shape.node is not None and shape.node not in nodes:
                faults.append(Fault(shape.iri, f"there is no shape {shape.node}.", _MEND))
    _refuse_unread(graph, read, faults)
    if faults:
        raise KnowledgeRefused(faults)
    return RecordShapes(roots[0], MappingProxyType(nodes))


def pattern_matcher(pattern: str) -> re.Pattern[str]:
    """Compile a SHACL pattern so that ``$`` is the end of the text, as XPath has it."""
    ends = pattern.endswith("$") and not pattern.endswith("\\$")
    return re.compile(pattern[:-1] + r"\Z" if ends else pattern)


def _node(graph: Graph, iri: IRI, faults: list[Fault]) -> NodeShape:
    if graph.text(iri, SH.closed) != "true":
        faults.append(Fault(iri, "a record shape must be closed.", _MEND))
    shapes = [_property(graph, IRI(str(p)), faults) for p in graph.objects(iri, SH.property)]
    keys = {shape.key: shape for shape in sorted(shapes, key=lambda shape: shape.key)}
    if len(keys) < len(shapes):
        faults.append(Fault(iri, "two property shapes have one path.", _MEND))
    target = IRI(graph.text(iri, SH.targetClass))
    name, remedy = graph.text(iri, SH.name), graph.text(iri, SH.message)
    return NodeShape(iri, target, name, remedy, MappingProxyType(keys))


def _property(graph: Graph, iri: IRI, faults: list[Fault]) -> PropertyShape:
    path, pattern = IRI(graph.text(iri, SH.path)), graph.text(iri, SH.pattern)
    shape = PropertyShape(
        iri=iri,
        path=path,
        key=local_name(path),
        name=graph.text(iri, SH.name),
        remedy=graph.text(iri, SH.message),
        datatype=_iri(graph.value(iri, SH.datatype)),
        node=_iri(graph.value(iri, SH.node)),
        max_count=_whole(graph, iri, SH.maxCount, faults),
        max_length=_whole(graph, iri, SH.maxLength, faults),
        pattern=pattern,
        matcher=_compiled(iri, pattern, faults),
        minimum=_bound(graph.value(iri, SH.minInclusive), iri, faults),
        maximum=_bound(graph.value(iri, SH.maxInclusive), iri, faults),
        default=_default(graph.value(iri, SH.defaultValue)),
    )
    faults.extend(Fault(iri, message, _MEND) for message in _ill_formed(graph, shape))
    return shape


def _ill_formed(graph: Graph, shape: PropertyShape) -> list[str]:
    found = []
    if shape.path != REC(shape.key):
        found.append("sh:path must be a term of the record vocabulary.")
    if (shape.datatype is None) == (shape.node is None):
        found.append("one of sh:datatype and sh:node must be given.")
    if shape.datatype is not None and shape.datatype not in _DATATYPES:
        found.append(f"the datatype {shape.datatype} is not read.")
    if not shape.remedy:
        found.append("sh:message must say how to mend the record.")
    if graph.text(shape.iri, SH.minCount) not in ("", "0"):
        found.append("sh:minCount must be 0: what is missing is never an error.")
    return found


def _refuse_unread(graph: Graph, read: Mapping[IRI, frozenset[IRI]], faults: list[Fault]) -> None:
    for s, p, _ in graph.triples:
        if isinstance(s, IRI) and s in read:
            if p.startswith(SH.base) and p not in read[s]:
                faults.append(Fault(s, f"{p} is not read here.", _MEND))
            if p in read[s] and p != SH.property and len(graph.objects(s, p)) > 1:
                faults.append(Fault(s, f"{p} has more than one value.", _MEND))


def _iri(term: Term | None) -> IRI | None:
    return term if isinstance(term, IRI) else None


def _whole(graph: Graph, iri: IRI, predicate: IRI, faults: list[Fault]) -> int | None:
    text = graph.text(iri, predicate)
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    faults.append(Fault(iri, f"{predicate} is not a whole number.", _MEND))
    return None


def _compiled(iri: IRI, pattern: str, faults: list[Fault]) -> re.Pattern[str] | None:
    try:
        return pattern_matcher(pattern) if pattern else None
    except re.error as error:
        faults.append(Fault(iri, f"sh:pattern cannot be read: {error}.", _MEND))
        return None


def _bound(term: Term | None, iri: IRI, faults: list[Fault]) -> Bound | None:
    if term is None:
        return None
    try:
        if isinstance(term, Literal) and term.datatype == XSD.integer:
            return int(term.lexical)
        if isinstance(term, Literal) and term.datatype == XSD.date:
            return datetime.date.fromisoformat(term.lexical)
    except ValueError:
        pass
    faults.append(Fault(iri, "a bound must be an integer or a date.", _MEND))
    return None


def _default(term: Term | None) -> bool | int | str | None:
    if not isinstance(term, Literal):
        return None
    if term.datatype == XSD.boolean:
        return term.lexical == "true"
    return int(term.lexical) if term.datatype == XSD.integer else term.lexical
