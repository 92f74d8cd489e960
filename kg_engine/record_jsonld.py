"""Prepare a JSON-LD case for its parser, so that nothing is fetched and nothing falls away.

A JSON-LD parser fetches remote contexts, and drops without a word what does not expand to an
IRI. Here contexts are inline and plain, and every key expands to something that the admission
of triples can see. Source: JSON-LD 1.1, sections 3, 4 and 9; Processing Algorithms, section 8.
"""

from __future__ import annotations

import json
import re

from kg_engine.errors import Fault
from kg_engine.namespaces import REC, XSD
from kg_engine.record_shapes import RecordShapes
from kg_engine.record_text import ROOT, parse_json, refuse, step

CONTEXT_IRI = REC.base.rstrip("#")
UNMAPPED = "urn:unmapped:"

_KEYWORDS = frozenset({"@context", "@graph", "@id", "@language", "@set", "@type", "@value"})
_CONTEXT_KEYWORDS = frozenset({"@base", "@version", "@vocab"})
_TERM_KEYS = frozenset({"@id", "@type"})
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*\Z")
_SAFE = re.compile(r"(?!_:)[A-Za-z0-9_.:/#?=&%~+-]+\Z")
_REFERENCE = re.compile(r"[^@\x00-\x20<>\"{}|\\^`][^\x00-\x20<>\"{}|\\^`]*\Z")
_INLINE = f"Write the context into the document, or name <{CONTEXT_IRI}>."
_PLAIN = "Use plain JSON-LD: @id, @type, @value, @set, @graph and an inline @context."


def prepare_jsonld(data: bytes, shapes: RecordShapes) -> tuple[bytes, int]:
    """Return a JSON-LD document that is safe to parse, and how many triples it must yield.

    Takes the bytes as sent. Raises InputRefused, with the JSON path of each fault, for what
    ``parse_json`` refuses, a remote context, ``@import``, and keywords that hide or move data.
    """
    document = parse_json(data)
    faults: list[Fault] = []
    if not isinstance(document, dict | list):
        faults.append(Fault(ROOT, "an object or a list is expected here.", _PLAIN))
    _check(document, "", faults)
    refuse(faults)
    own: list[object] = []
    safe: object = _with_builtin(document, _builtin(shapes))
    if isinstance(safe, dict):
        found = safe.pop("@context", [])
        own = found if isinstance(found, list) else [found]
        body = safe
    else:
        body = {"@graph": safe}
    whole = {"@context": [{"@vocab": UNMAPPED}, *own], **body}
    return json.dumps(whole).encode(), _triples_of_node(body)


def _triples_of_node(node: object) -> int:
    if isinstance(node, list):
        return sum(map(_triples_of_node, node))
    if not isinstance(node, dict) or "@value" in node:
        return 1
    found = _triples_of_node(node.get("@graph", []))
    types = node.get("@type", [])
    found += len(types) if isinstance(types, list) else 1
    return found + sum(_triples_of_value(v) for k, v in node.items() if not k.startswith("@"))


def _triples_of_value(value: object) -> int:
    if isinstance(value, list):
        return sum(map(_triples_of_value, value))
    if isinstance(value, dict):
        if "@set" in value:
            return _triples_of_value(value["@set"])
        if "@value" in value:
            return _triples_of_value(value["@value"])
        return 1 + _triples_of_node(value)
    return 0 if value is None else 1


def _builtin(shapes: RecordShapes) -> dict[str, object]:
    dates = {
        shape.key: {"@id": shape.path, "@type": shape.datatype}
        for node in shapes.nodes.values()
        for shape in node.properties.values()
        if shape.datatype == XSD.date
    }
    return {"@vocab": REC.base, **dates}


def _with_builtin(value: object, builtin: dict[str, object]) -> object:
    if isinstance(value, list):
        return [_with_builtin(item, builtin) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: _with_builtin(item, builtin) for key, item in value.items()}
    if "@context" in found:
        own = found["@context"]
        listed = own if isinstance(own, list) else [own]
        found["@context"] = [builtin if item == CONTEXT_IRI else item for item in listed]
    return found


def _check(value: object, path: str, faults: list[Fault]) -> None:
    if isinstance(value, list):
        for i, item in enumerate(value):
            _check(item, step(path, i), faults)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_member(key, item, step(path, key), faults)


def _check_member(key: str, item: object, path: str, faults: list[Fault]) -> None:
    if key == "@context":
        for context in item if isinstance(item, list) else [item]:
            _check_context(context, path, faults)
        return
    if key.startswith("@") and key not in _KEYWORDS:
        faults.append(Fault(path, "the keyword is not read here.", _PLAIN))
    elif not key.startswith("@") and not _SAFE.match(key):
        faults.append(Fault(path, "the key cannot be part of an IRI.", _PLAIN))
    if key == "@language" and not (isinstance(item, str) and _LANGUAGE.match(item)):
        faults.append(Fault(path, "a language tag is expected here.", _PLAIN))
    if key in ("@id", "@type"):
        for name in item if isinstance(item, list) else [item]:
            if not isinstance(name, str) or not _REFERENCE.match(name):
                faults.append(Fault(path, "an IRI is expected here.", _PLAIN))
    else:
        _check(item, path, faults)


def _check_context(context: object, path: str, faults: list[Fault]) -> None:
    if isinstance(context, str):
        if context != CONTEXT_IRI:
            faults.append(Fault(path, "remote-context-refused: nothing is fetched.", _INLINE))
    elif not isinstance(context, dict):
        faults.append(Fault(path, "a context must be an object.", _INLINE))
    else:
        for key, item in context.items():
            _check_term(key, item, step(path, key), faults)


def _check_term(key: str, item: object, path: str, faults: list[Fault]) -> None:
    if key.startswith("@") and key not in _CONTEXT_KEYWORDS:
        message = "remote-context-refused" if key == "@import" else "keyword-refused"
        faults.append(Fault(path, f"{message}: not read in a context.", _INLINE))
    elif key == "@version":
        return
    elif not key.startswith("@") and not _SAFE.match(key):
        faults.append(Fault(path, "the term cannot be part of an IRI.", _PLAIN))
    elif isinstance(item, dict) and not key.startswith("@"):
        for inner, value in item.items():
            if inner not in _TERM_KEYS or not _is_name(value):
                faults.append(Fault(step(path, inner), "not read in a term.", _PLAIN))
    elif not _is_name(item):
        faults.append(Fault(path, "a term must stand for an IRI.", _PLAIN))


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(_SAFE.match(value))
