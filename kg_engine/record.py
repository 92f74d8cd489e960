"""Turn what a client sent into a case record, or refuse it with every fault at once.

What a record may say stands in the record shapes; this module knows only how to check a value
against them and how to write the checked value in one canonical form.
"""

from __future__ import annotations

import datetime
import difflib
import hashlib
import json
from dataclasses import Field, dataclass, fields
from typing import Any, TypeAlias

from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.graphs import Graph
from kg_engine.namespaces import REC, XSD
from kg_engine.record_shapes import NodeShape, PropertyShape, RecordShapes, read_shapes
from kg_engine.record_text import ROOT, parse_json, refuse, step
from kg_engine.record_values import expected, read_value
from kg_engine.terms import IRI

__all__ = [
    "CaseRecord",
    "CodedEntry",
    "Documentation",
    "ProcedureEntry",
    "RecordShapes",
    "RiskFeatures",
    "ServiceEntry",
    "canonical_json",
    "case_digest",
    "load_record_shapes",
    "parse_json",
    "read_record",
]


@dataclass(frozen=True, slots=True)
class ProcedureEntry:
    """Hold one procedure as sent; ``statements`` are the yes-or-no keys by name, sorted."""

    code: str | None = None
    system: str | None = None
    text: str | None = None
    levels: tuple[str, ...] = ()
    approach: str | None = None
    laterality: str | None = None
    statements: tuple[tuple[str, bool], ...] = ()

    def states(self, key: str) -> bool | None:
        """Return what the record says under a yes-or-no key, or None if it says nothing."""
        return dict(self.statements).get(key)


@dataclass(frozen=True, slots=True)
class CodedEntry:
    """Hold one diagnosis as sent."""

    code: str | None = None
    system: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """Hold one service line as sent."""

    code: str | None = None
    system: str | None = None
    units: int | None = None


@dataclass(frozen=True, slots=True)
class RiskFeatures:
    """Hold the feature ids that the record lists as present and as absent."""

    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    assessment_complete: bool = False


@dataclass(frozen=True, slots=True)
class Documentation:
    """Hold the rationale as written and the ids of the documents on file."""

    rationale: str | None = None
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """Hold one checked case; lists are sorted and without repeats, texts NFC and trimmed."""

    id: str | None = None
    date_of_service: datetime.date | None = None
    policy: str | None = None
    procedures: tuple[ProcedureEntry, ...] = ()
    diagnoses: tuple[CodedEntry, ...] = ()
    services: tuple[ServiceEntry, ...] = ()
    risk_features: RiskFeatures = RiskFeatures()
    documentation: Documentation = Documentation()


Entry: TypeAlias = (
    CaseRecord | ProcedureEntry | CodedEntry | ServiceEntry | RiskFeatures | Documentation
)
_ENTRIES: dict[IRI, type[Entry]] = {
    REC.CaseRecord: CaseRecord,
    REC.ProcedureEntry: ProcedureEntry,
    REC.DiagnosisEntry: CodedEntry,
    REC.ServiceEntry: ServiceEntry,
    REC.RiskFeatureStatement: RiskFeatures,
    REC.DocumentationStatement: Documentation,
}
_FIELDS: dict[type[Entry], tuple[Field[Any], ...]] = {c: fields(c) for c in _ENTRIES.values()}
_NAMES = {cls: frozenset(field.name for field in found) for cls, found in _FIELDS.items()}


def load_record_shapes(graph: Graph) -> RecordShapes:
    """Load the record shapes from the graph of the shapes file.

    Raises KnowledgeRefused for a construct that is not read, and for a key that no field of a
    record holds: nothing that a client may say is ever silently without effect.
    """
    shapes = read_shapes(graph)
    faults = [
        Fault(shape.iri, f"no field of a record holds {shape.key}.", "Take the key out.")
        for node in shapes.nodes.values()
        for shape in node.properties.values()
        if not _has_field(node, shape)
    ]
    if faults:
        raise KnowledgeRefused(faults)
    return shapes


def read_record(value: object, shapes: RecordShapes) -> CaseRecord:
    """Check a plain JSON value against the record shapes and return its canonical form.

    Takes what ``parse_json`` returns. Raises InputRefused with every fault, each with its JSON
    path (RFC 6901) and the remedy that the shape gives. A missing key is never a fault.
    """
    faults: list[Fault] = []
    found = _node(value, shapes.root, "", shapes, faults)
    refuse(faults)
    assert isinstance(found, CaseRecord)
    return found


def canonical_json(record: Entry) -> bytes:
    """Write a record as canonical JSON: sorted keys, no blanks, without the client's id."""
    return _canonical(record).encode()


def case_digest(record: CaseRecord) -> str:
    """Return the digest of the canonical record: ``sha256:`` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(canonical_json(record)).hexdigest()


def _has_field(node: NodeShape, shape: PropertyShape) -> bool:
    names = _NAMES.get(_ENTRIES.get(node.target, CaseRecord), frozenset())
    if node.target not in _ENTRIES or shape.key == "statements":
        return False
    return shape.key in names or (_is_statement(shape) and "statements" in names)


def _is_statement(shape: PropertyShape) -> bool:
    return shape.datatype == XSD.boolean and shape.single


def _canonical(entry: Entry) -> str:
    plain = _plain(entry)
    plain.pop("id", None)
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _plain(entry: Entry) -> dict[str, object]:
    found: dict[str, object] = {}
    for field in _FIELDS[type(entry)]:
        value = getattr(entry, field.name)
        if value == field.default:
            continue
        if field.name == "statements":
            found.update(value)
        elif isinstance(value, tuple):
            found[field.name] = [_plain(v) if type(v) in _FIELDS else v for v in value]
        elif isinstance(value, datetime.date):
            found[field.name] = value.isoformat()
        else:
            found[field.name] = _plain(value) if type(value) in _FIELDS else value
    return found


def _node(
    value: object, node: NodeShape, path: str, shapes: RecordShapes, faults: list[Fault]
) -> Entry:
    cls = _ENTRIES[node.target]
    if not isinstance(value, dict):
        faults.append(Fault(path or ROOT, expected("an object", value), node.remedy))
        return cls()
    found: dict[str, Any] = {}
    statements: dict[str, bool] = {}
    for key, item in value.items():
        shape = node.properties.get(key)
        if shape is None:
            faults.append(_unknown_key(key, node, path))
            continue
        read = None if item is None else _member(item, shape, step(path, key), shapes, faults)
        if read is not None and key in _NAMES[cls]:
            found[key] = read
        elif isinstance(read, bool):
            statements[key] = read
    if statements:
        found["statements"] = tuple(sorted(statements.items()))
    return cls(**found)


def _unknown_key(key: object, node: NodeShape, path: str) -> Fault:
    place = step(path, key)
    if isinstance(key, str) and key.startswith("@"):
        remedy = "Send JSON-LD as application/ld+json, or leave the key out."
        return Fault(place, "a JSON-LD keyword is no key of a record.", remedy)
    near = difflib.get_close_matches(str(key)[:100], node.properties, n=1)
    keys = ", ".join(node.properties)
    remedy = f"Write {near[0]} if that is meant." if near else f"The keys are: {keys}."
    return Fault(place, f"the key is unknown in a {node.name}.", remedy)


def _member(
    item: object, shape: PropertyShape, path: str, shapes: RecordShapes, faults: list[Fault]
) -> object:
    if shape.single:
        return _value(item, shape, path, shapes, faults)
    if not isinstance(item, list):
        faults.append(Fault(path, expected("a list", item), shape.remedy))
        return None
    if shape.max_count is not None and len(item) > shape.max_count:
        message = f"the list has {len(item)} members; {shape.max_count} are the most."
        faults.append(Fault(path, message, shape.remedy))
        return None
    read = [_value(v, shape, step(path, i), shapes, faults) for i, v in enumerate(item)]
    distinct = {_sort_key(v): v for v in read if v is not None}
    return tuple(distinct[key] for key in sorted(distinct))


def _sort_key(value: Any) -> str:
    return _canonical(value) if type(value) in _FIELDS else str(value)


def _value(
    item: object, shape: PropertyShape, path: str, shapes: RecordShapes, faults: list[Fault]
) -> object:
    if shape.node is not None:
        return _node(item, shapes.nodes[shape.node], path, shapes, faults)
    read, message, remedy = read_value(item, shape)
    if message:
        faults.append(Fault(path, message, remedy))
    return read
