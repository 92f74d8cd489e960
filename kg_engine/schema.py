"""Write the record shapes as JSON Schema, for those who check a record before they send it.

Source: JSON Schema 2020-12, Core and Validation.
"""

from __future__ import annotations

import datetime

from kg_engine.namespaces import REC, XSD
from kg_engine.record_shapes import NodeShape, PropertyShape, RecordShapes
from kg_engine.terms import local_name

_KINDS = {
    XSD.string: "string",
    XSD.boolean: "boolean",
    XSD.integer: "integer",
    XSD.date: "string",
}


def json_schema(shapes: RecordShapes) -> dict[str, object]:
    """Return the JSON Schema of a case record, ready for ``json.dumps``.

    It asks for what ``read_record`` asks for, but for two things that JSON Schema cannot say:
    keys stand once, and no text holds a control, direction or half character.
    """
    others = [node for node in shapes.nodes.values() if node is not shapes.root]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": REC.base.rstrip("#") + "/schema",
        **_object(shapes.root, shapes),
        "$defs": {
            local_name(node.target): _object(node, shapes)
            for node in sorted(others, key=lambda node: node.target)
        },
    }


def _object(node: NodeShape, shapes: RecordShapes) -> dict[str, object]:
    return {
        "title": node.name,
        "description": node.remedy,
        "type": "object",
        "additionalProperties": False,
        "properties": {
            key: _property(shape, shapes) for key, shape in sorted(node.properties.items())
        },
    }


def _property(shape: PropertyShape, shapes: RecordShapes) -> dict[str, object]:
    found: dict[str, object] = {"title": shape.name, "description": shape.remedy}
    if not shape.single:
        found |= {"type": ["array", "null"], "items": _value(shape, shapes)}
        if shape.max_count is not None:
            found["maxItems"] = shape.max_count
    elif shape.node is not None:
        found["anyOf"] = [_value(shape, shapes), {"type": "null"}]
    else:
        value = _value(shape, shapes)
        found |= value | {"type": [value["type"], "null"]}
    if shape.default is not None:
        found["default"] = shape.default
    return found


def _value(shape: PropertyShape, shapes: RecordShapes) -> dict[str, object]:
    if shape.node is not None:
        return {"$ref": "#/$defs/" + local_name(shapes.nodes[shape.node].target)}
    found: dict[str, object] = {"type": _KINDS[shape.datatype or XSD.string]}
    if shape.datatype == XSD.date:
        found["format"] = "date"
    if shape.max_length is not None:
        found["maxLength"] = shape.max_length
    if shape.pattern:
        found["pattern"] = shape.pattern
    for key, bound in (("minimum", shape.minimum), ("maximum", shape.maximum)):
        if bound is not None and not isinstance(bound, datetime.date):
            found[key] = bound
    return found
