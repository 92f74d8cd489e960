"""Read one value of a case record by the shape of its key.

A value is never repeated in a message: it may be a patient's. Source: SHACL, section 4.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from kg_engine.namespaces import XSD
from kg_engine.record_shapes import PropertyShape
from kg_engine.record_text import TEXT_REMEDY, text_fault
from kg_engine.terms import IRI

_Read: TypeAlias = tuple[object, str]

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_KINDS = {dict: "an object", list: "a list", str: "a string", bool: "true or false"}


def read_value(item: object, shape: PropertyShape) -> tuple[object, str, str]:
    """Read a plain JSON value as the shape's datatype.

    Returns the value (NFC and trimmed text, None for a blank one), and what is wrong with it
    and the remedy, both empty where nothing is.
    """
    assert shape.datatype is not None
    read, message = _READERS[shape.datatype](item, shape)
    if not message:
        return read, "", ""
    hidden = isinstance(item, str) and text_fault(item) == message
    return None, message, TEXT_REMEDY if hidden else shape.remedy


def _read_string(item: object, shape: PropertyShape) -> _Read:
    if not isinstance(item, str):
        return None, expected("a string", item)
    if message := text_fault(item):
        return None, message
    if shape.max_length is not None and len(item) > shape.max_length:
        return None, f"the text is longer than {shape.max_length} characters."
    if shape.matcher is not None and not shape.matcher.search(item):
        return None, "the text is not in the form asked for."
    return unicodedata.normalize("NFC", item).strip() or None, ""


def _read_boolean(item: object, shape: PropertyShape) -> _Read:
    return (item, "") if isinstance(item, bool) else (None, expected("true or false", item))


def _read_integer(item: object, shape: PropertyShape) -> _Read:
    if isinstance(item, float) and item.is_integer():
        item = int(item)
    if isinstance(item, bool) or not isinstance(item, int):
        return None, expected("a whole number", item)
    return item, _out_of_bounds(item, shape)


def _read_date(item: object, shape: PropertyShape) -> _Read:
    text, message = _read_string(item, shape)
    if not isinstance(text, str):
        return None, message
    try:
        found = datetime.date.fromisoformat(text) if _DATE.match(text) else None
    except ValueError:
        return None, "the calendar has no such day."
    if found is None:
        return None, "the text is not a date."
    return found, _out_of_bounds(found, shape)


def _out_of_bounds(value: Any, shape: PropertyShape) -> str:
    if shape.minimum is not None and value < shape.minimum:
        return f"the value is below {shape.minimum}."
    if shape.maximum is not None and value > shape.maximum:
        return f"the value is above {shape.maximum}."
    return ""


def expected(wanted: str, value: object) -> str:
    """Say what was wanted and what kind of value came instead, never the value itself."""
    found = "null" if value is None else _KINDS.get(type(value), "a number")
    return f"{wanted} is expected here, not {found}."


_READERS: Mapping[IRI, Callable[[object, PropertyShape], _Read]] = {
    XSD.string: _read_string,
    XSD.boolean: _read_boolean,
    XSD.integer: _read_integer,
    XSD.date: _read_date,
}
