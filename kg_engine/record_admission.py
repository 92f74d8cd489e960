"""Admit triples to a record: default deny, every refused triple named.

A record is a tree of nodes below one record node. A triple is admitted if its predicate is a
key that the shape of its subject's place lists and its object is of the kind asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

import pyoxigraph as ox

from kg_engine.errors import Fault
from kg_engine.namespaces import REC, TYPE, XSD
from kg_engine.record_shapes import NodeShape, PropertyShape, RecordShapes
from kg_engine.record_text import MAX_DIGITS, refuse, text_fault
from kg_engine.terms import local_name

BASE = REC.base.rstrip("#") + "/relative/"

Node: TypeAlias = ox.NamedNode | ox.BlankNode

_KEYS = "Say only what the record vocabulary has a key for, each value once."
_TREE = "Hang every node below one record node, by one link each."
_INTEGER = re.compile(rf"[+-]?[0-9]{{1,{MAX_DIGITS}}}\Z")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(slots=True)
class _Room:
    """Hold what is known while one case is admitted."""

    shapes: RecordShapes
    about: dict[Node, list[ox.Quad]] = field(default_factory=dict)
    reached: set[Node] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, quad: ox.Quad, message: str, remedy: str = _KEYS) -> None:
        self.faults.append(Fault(f"triple {name_triple(quad)}", message, remedy))


def admit(quads: Iterable[ox.Quad], shapes: RecordShapes) -> object:
    """Return the plain value that the triples of one case say.

    Takes parsed quads. Raises InputRefused naming every triple that is not of a record.
    """
    room = _Room(shapes)
    for quad in sorted(set(quads), key=str):
        _sort_in(quad, room)
    roots = _roots(room)
    value: object = {}
    if len(roots) == 1:
        value = _node_value(roots[0], shapes.root, room)
    for node, about in room.about.items():
        if node not in room.reached:
            for quad in about:
                room.refuse(quad, "its subject is not reached from one record node.", _TREE)
    refuse(room.faults)
    return value


def name_triple(quad: ox.Quad) -> str:
    """Write a triple for a message: IRIs cut short, the text of literals left out."""
    return " ".join(_name(term) for term in (quad.subject, quad.predicate, quad.object))


def _name(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    if isinstance(term, ox.NamedNode):
        return "<" + _printable(term.value) + ">"
    if isinstance(term, ox.BlankNode):
        return "[]"
    if isinstance(term, ox.Literal):
        mark = f"@{term.language}" if term.language else f"^^<{term.datatype.value[:120]}>"
        return '"…"' + mark
    inner = (term.subject, term.predicate, term.object)
    return f"<<( {' '.join(_name(part) for part in inner)} )>>"


def _printable(text: str) -> str:
    return "".join("\ufffd" if text_fault(c) else c for c in text[:120])


def _sort_in(quad: ox.Quad, room: _Room) -> None:
    if not isinstance(quad.graph_name, ox.DefaultGraph):
        graph = _name(quad.graph_name)
        room.refuse(quad, f"it stands in the named graph {graph}.", "Send one plain graph.")
        return
    nodes = room.shapes.nodes.values()
    if quad.predicate.value == TYPE:
        targets = {node.target for node in nodes}
        if not isinstance(quad.object, ox.NamedNode) or quad.object.value not in targets:
            room.refuse(quad, "a case may not state this type.")
            return
    elif not any(
        shape.path == quad.predicate.value for node in nodes for shape in node.properties.values()
    ):
        room.refuse(quad, "a case may not use this predicate.")
        return
    if isinstance(quad.subject, ox.Triple):
        room.refuse(quad, "a triple may not be a subject.")
        return
    room.about.setdefault(quad.subject, []).append(quad)


def _roots(room: _Room) -> list[Node]:
    objects = {quad.object for about in room.about.values() for quad in about}
    found = [node for node in room.about if node not in objects]
    for test in (_is_typed_record, _has_record_key):
        if len(found) > 1:
            found = [node for node in found if test(room.about[node], room)] or found
    return found


def _is_typed_record(about: list[ox.Quad], room: _Room) -> bool:
    target = room.shapes.root.target
    return any(quad.predicate.value == TYPE and _is_iri(quad, target) for quad in about)


def _has_record_key(about: list[ox.Quad], room: _Room) -> bool:
    return any(local_name(quad.predicate.value) in room.shapes.root.properties for quad in about)


def _is_iri(quad: ox.Quad, iri: str) -> bool:
    return isinstance(quad.object, ox.NamedNode) and quad.object.value == iri


def _node_value(node: Node, shape: NodeShape, room: _Room) -> dict[str, object]:
    room.reached.add(node)
    found: dict[str, object] = {}
    for quad in room.about.get(node, ()):
        if quad.predicate.value == TYPE:
            if not _is_iri(quad, shape.target):
                room.refuse(quad, f"a node in this place is a {shape.name}.")
            continue
        key = local_name(quad.predicate.value)
        member = shape.properties.get(key)
        if member is None:
            room.refuse(quad, f"a {shape.name} does not have this key.")
            continue
        value = _object_value(quad, member, room)
        if not member.single:
            members = found.setdefault(key, [])
            assert isinstance(members, list)
            members.append(value)
        elif key in found:
            room.refuse(quad, "the key has more than one value.")
        else:
            found[key] = value
    return found


def _object_value(quad: ox.Quad, shape: PropertyShape, room: _Room) -> object:
    term = quad.object
    if shape.node is not None:
        if not isinstance(term, ox.NamedNode | ox.BlankNode):
            room.refuse(quad, "a node is expected, not a literal.", shape.remedy)
        elif term in room.reached:
            room.refuse(quad, "its object is linked to more than once.", _TREE)
        else:
            return _node_value(term, room.shapes.nodes[shape.node], room)
        return {}
    if not isinstance(term, ox.Literal):
        room.refuse(quad, "a literal is expected, not a node.", shape.remedy)
    elif term.language or term.datatype.value != shape.datatype:
        wanted = f"a literal of the datatype <{shape.datatype}> is expected"
        room.refuse(quad, f"{wanted}, without a language.", shape.remedy)
    else:
        return _literal_value(quad, term.value, shape, room)
    return None


def _literal_value(quad: ox.Quad, text: str, shape: PropertyShape, room: _Room) -> object:
    if shape.datatype == XSD.integer:
        if _INTEGER.match(text):
            return int(text)
        room.refuse(quad, "this is not an integer that is read here.", shape.remedy)
        return None
    if shape.datatype == XSD.boolean:
        if text not in _BOOLEANS:
            room.refuse(quad, "this is neither true nor false.", shape.remedy)
        return _BOOLEANS.get(text)
    return text
