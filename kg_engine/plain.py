"""Write immutable values as plain JSON and read them back by their declared types.

Known are dataclasses, named tuples, mappings, tuples, frozen sets, enumerations, dates, unions with
None, and text or numbers of any subclass. Nothing else is read, and nothing is run.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum
from functools import cache
from typing import Any, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from kg_engine.terms import IRI, BNode, Literal, Term

Hint: TypeAlias = Any
Plain: TypeAlias = Any
Reader: TypeAlias = Callable[[Plain], Any]


def to_plain(value: object) -> object:
    """Return a value as plain JSON: objects as lists of members, mappings as lists of pairs."""
    if dataclasses.is_dataclass(value):
        return [to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)]
    if isinstance(value, Mapping):
        return [[to_plain(k), to_plain(v)] for k, v in value.items()]
    if isinstance(value, (set, frozenset)):
        return [to_plain(member) for member in sorted(value)]
    if isinstance(value, (tuple, list)):
        return [to_plain(member) for member in value]
    if isinstance(value, (date, bytes)):
        return value.isoformat() if isinstance(value, date) else value.hex()
    return value.value if isinstance(value, Enum) else value


@cache
def reader(kind: Hint) -> Reader:
    """Return what reads plain JSON into values of a declared type."""
    origin: Hint = get_origin(kind)
    parts = get_args(kind)
    if kind == Term:
        return _term
    if origin in (Union, types.UnionType):
        return _optional(parts)
    if origin is tuple:
        return _tuple(parts)
    return _generic(origin, parts) if isinstance(origin, type) else _simple(kind)


def _generic(origin: type, parts: tuple[Hint, ...]) -> Reader:
    if dataclasses.is_dataclass(origin):
        return _members(origin, dict(zip(origin.__parameters__, parts, strict=True)))  # type: ignore[attr-defined]
    if issubclass(origin, Mapping):
        key, value = reader(parts[0]), reader(parts[1])
        return lambda found: {key(k): value(v) for k, v in found}
    if origin is frozenset:
        member = reader(parts[0])
        return lambda found: frozenset(map(member, found))
    raise TypeError(f"{origin} has no plain form")


def _term(found: Plain) -> Term:
    if isinstance(found, list):
        return Literal(*found)
    return BNode(found) if found.startswith("_:") else IRI(found)


def _optional(parts: tuple[Hint, ...]) -> Reader:
    kinds = [part for part in parts if part is not type(None)]
    inner = reader(kinds[0])
    return lambda found: None if found is None else inner(found)


def _tuple(parts: tuple[Hint, ...]) -> Reader:
    if len(parts) == 2 and parts[1] is Ellipsis:
        member = reader(parts[0])
        return lambda found: tuple(map(member, found))
    readers = tuple(map(reader, parts))
    return lambda found: tuple(read(v) for read, v in zip(readers, found, strict=True))


def _simple(kind: Hint) -> Reader:
    if kind in (int, bool):
        return lambda found: found
    if kind in (date, bytes):
        return date.fromisoformat if kind is date else bytes.fromhex
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _members(kind, {})
    if isinstance(kind, type) and issubclass(kind, (str, Enum)):
        return kind
    raise TypeError(f"{kind} has no plain form")


def _members(kind: type, arguments: Mapping[TypeVar, Hint]) -> Reader:
    hints = get_type_hints(kind)
    readers = [reader(_filled(hints[f.name], arguments)) for f in dataclasses.fields(kind)]
    return lambda found: kind(*(read(v) for read, v in zip(readers, found, strict=True)))


def _filled(hint: Hint, arguments: Mapping[TypeVar, Hint]) -> Hint:
    """Return a hint with its type variables replaced."""
    if isinstance(hint, TypeVar):
        return arguments[hint]
    parts = get_args(hint)
    if not parts or not getattr(hint, "__parameters__", ()):
        return hint
    return hint[tuple(arguments[p] for p in hint.__parameters__)]
