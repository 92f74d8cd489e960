"""OWL 2 RL, Table 8: the semantics of datatypes.

dt-eq is held by canonical literals: equal values have one literal, so that ``"1"^^xsd:int`` and
``"1"^^xsd:integer`` are the same term before any rule runs. dt-diff then needs no fact of its own.
Source: https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from kg_engine.namespaces import XSD
from kg_engine.terms import Literal, Term

_BOUNDS: dict[str, tuple[int | None, int | None]] = {
    XSD.integer: (None, None),
    XSD.nonNegativeInteger: (0, None),
    XSD.positiveInteger: (1, None),
    XSD.nonPositiveInteger: (None, 0),
    XSD.negativeInteger: (None, -1),
    XSD.long: (-(2**63), 2**63 - 1),
    XSD.int: (-(2**31), 2**31 - 1),
    XSD.short: (-(2**15), 2**15 - 1),
    XSD.byte: (-128, 127),
    XSD.unsignedLong: (0, 2**64 - 1),
    XSD.unsignedInt: (0, 2**32 - 1),
    XSD.unsignedShort: (0, 65535),
    XSD.unsignedByte: (0, 255),
}
_KNOWN = {*_BOUNDS, XSD.decimal, XSD.boolean, XSD.date, XSD.string}
_INTEGER = re.compile(r"[+-]?[0-9]{1,400}\Z")
_DECIMAL = re.compile(r"[+-]?([0-9]{1,400}(\.[0-9]{0,400})?|\.[0-9]{1,400})\Z")


def canonical(literal: Literal) -> Literal | None:
    """Return the one literal of a value, or None where the literal is ill-typed.

    A datatype that is not known here is left as it is.
    """
    lexical, datatype = literal.lexical.strip(), literal.datatype
    if datatype in _BOUNDS:
        return _canonical_integer(lexical, datatype)
    if datatype == XSD.decimal:
        return _canonical_decimal(lexical)
    if datatype == XSD.boolean:
        truth = {"true": "true", "1": "true", "false": "false", "0": "false"}.get(lexical)
        return Literal(truth, XSD.boolean) if truth else None
    if datatype == XSD.date:
        return literal if _is_date(lexical) else None
    return literal


def _canonical_integer(lexical: str, datatype: str) -> Literal | None:
    low, high = _BOUNDS[datatype]
    if not _INTEGER.match(lexical):
        return None
    value = int(lexical)
    inside = (low is None or value >= low) and (high is None or value <= high)
    return Literal(str(value), XSD.integer) if inside else None


def _canonical_decimal(lexical: str) -> Literal | None:
    if not _DECIMAL.match(lexical):
        return None
    try:
        value = Decimal(lexical)
    except InvalidOperation:
        return None
    if value == value.to_integral_value():
        return Literal(str(int(value)), XSD.integer)
    return Literal(format(value.normalize(), "f"), XSD.decimal)


def _is_date(lexical: str) -> bool:
    try:
        date.fromisoformat(lexical)
    except ValueError:
        return False
    return True


def one_or_zero(term: Term) -> int | None:
    """Read a cardinality that OWL 2 RL admits: 0 or 1, else None."""
    found = canonical(term) if isinstance(term, Literal) else None
    return int(found.lexical) if found and found.lexical in {"0", "1"} else None


def differ(one: Literal, other: Literal) -> bool:
    """Say whether two literals have different values (dt-diff); unknown datatypes never do."""
    first, second = canonical(one), canonical(other)
    known = one.datatype in _KNOWN and other.datatype in _KNOWN
    return known and first is not None and second is not None and first != second
