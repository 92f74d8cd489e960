"""Know the values that literals stand for: the datatypes of OWL 2 RL, exactly.

Two literals denote one value where their canonical literals are one. A lexical form is taken as
it is written, without white space cut off. ``xsd:date`` is not of OWL 2, and known all the same.
Sources: https://www.w3.org/TR/owl2-profiles/#Entities_3 (which datatypes);
https://www.w3.org/TR/owl2-syntax/#Datatype_Maps and https://www.w3.org/TR/xmlschema11-2/ (values);
https://www.w3.org/TR/rdf-plain-literal/
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping

from kg_engine.instants import date_time, day, is_zoned
from kg_engine.namespaces import RDF, RDFS, XSD
from kg_engine.numerals import DOUBLE, SINGLE, Range, decimal, floating, inside, integer
from kg_engine.terms import Literal

INTEGERS: Mapping[str, Range] = {
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
    XSD.unsignedShort: (0, 2**16 - 1),
    XSD.unsignedByte: (0, 255),
}
NUMBERS = (*INTEGERS, XSD.decimal)
_START = (
    ":A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME = _START + "\\-.0-9\u00b7\u0300-\u036f\u203f\u2040"
_TAG = "[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*"
_CHARACTERS = "[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*"
STRINGS: Mapping[str, re.Pattern[str]] = {
    datatype: re.compile(f"(?:{pattern})\\Z")
    for datatype, pattern in {
        XSD.string: _CHARACTERS,
        XSD.normalizedString: "[^\t\n\r]*",
        XSD.token: "(?:[^\t\n\r ]+(?: [^\t\n\r ]+)*)?",
        XSD.language: _TAG,
        XSD.NMTOKEN: f"[{_NAME}]+",
        XSD.Name: f"[{_START}][{_NAME}]*",
        XSD.NCName: f"[{_START[1:]}][{_NAME[1:]}]*",
    }.items()
}
_WIDER_STRING: Mapping[str, str] = {
    XSD.normalizedString: XSD.string,
    XSD.token: XSD.normalizedString,
    XSD.NMTOKEN: XSD.token,
    XSD.Name: XSD.NMTOKEN,
    XSD.NCName: XSD.Name,
    XSD.language: XSD.NCName,
}
_PARTS: Mapping[str, tuple[str, ...]] = {
    XSD.decimal: (XSD.integer, XSD.decimal),
    RDF.PlainLiteral: (XSD.string, RDF.langString),
}
_TEXTS = {XSD.string, RDF.langString, RDF.PlainLiteral}
_TAGS = 2_000
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*+\Z")
_ONE_TAG = re.compile(f"{_TAG}\\Z")


def canonical(literal: Literal) -> Literal | None:
    """Return the one literal of a value, or None where the literal is ill-typed.

    A literal of a datatype that is not known here is left as it is, and so is overlong XML.
    """
    read = _READERS.get(literal.datatype)
    return read(literal) if read else literal


def is_known(datatype: str) -> bool:
    """Say whether the values of a datatype are known here."""
    return datatype in _READERS


def same_value(a: Literal, b: Literal) -> bool | None:
    """Say whether two literals denote one value; None where that is not known.

    An ill-typed literal denotes nothing, and so nothing that another denotes.
    """
    if a == b:
        return canonical(a) is not None
    if not (_is_read(a) and _is_read(b)):
        return None
    one = canonical(a)
    return one is not None and one == canonical(b)


def belongs(literal: Literal, datatype: str) -> bool | None:
    """Say whether the value of a literal is in a datatype's value space; None if not known."""
    value = canonical(literal)
    if value is None or literal.datatype == datatype:
        return value is not None
    if not (_is_read(literal) and (is_known(datatype) or datatype == RDFS.Literal)):
        return None
    return datatype == RDFS.Literal or _holds(datatype, value)


def _holds(datatype: str, value: Literal) -> bool:
    if datatype in INTEGERS:
        return value.datatype == XSD.integer and inside(value.lexical, INTEGERS[datatype])
    if datatype in STRINGS:
        return value.datatype == XSD.string and bool(STRINGS[datatype].match(value.lexical))
    if datatype == XSD.dateTimeStamp:
        return value.datatype == XSD.dateTime and is_zoned(value.lexical)
    return value.datatype in _PARTS.get(datatype, (datatype,))


def contains(wider: str, narrower: str) -> bool:
    """Say whether every value of the narrower datatype is known to be one of the wider."""
    if wider in {narrower, RDFS.Literal}:
        return True
    if narrower in INTEGERS and wider in NUMBERS:
        (low, high), (least, most) = INTEGERS.get(wider, (None, None)), INTEGERS[narrower]
        return (low is None or (least is not None and least >= low)) and (
            high is None or (most is not None and most <= high)
        )
    if narrower in _WIDER_STRING:
        return contains(wider, _WIDER_STRING[narrower])
    return (wider, narrower) in {
        (RDF.PlainLiteral, XSD.string),
        (RDF.PlainLiteral, RDF.langString),
        (XSD.dateTime, XSD.dateTimeStamp),
    }


def disjoint(a: str, b: str) -> bool:
    """Say whether two datatypes are known to share no value."""
    if not (is_known(a) and is_known(b)):
        return False
    if a in NUMBERS and b in NUMBERS:
        ranges = [INTEGERS.get(d, (None, None)) for d in (a, b)]
        lows = [low for low, _ in ranges if low is not None]
        highs = [high for _, high in ranges if high is not None]
        return bool(lows and highs) and max(lows) > min(highs)
    if RDF.PlainLiteral in {a, b}:
        return _family(a) not in _TEXTS or _family(b) not in _TEXTS
    return _family(a) != _family(b)


def _is_read(literal: Literal) -> bool:
    overlong = literal.datatype == RDF.XMLLiteral and literal.lexical.count("<") > _TAGS
    return is_known(literal.datatype) and not overlong


def _family(datatype: str) -> str:
    if datatype in NUMBERS:
        return XSD.decimal
    if datatype in STRINGS:
        return XSD.string
    return XSD.dateTime if datatype == XSD.dateTimeStamp else datatype


def _integer(literal: Literal) -> Literal | None:
    told = integer(literal.lexical)
    fits = told is not None and inside(told, INTEGERS[literal.datatype])
    return Literal(told, XSD.integer) if told and fits else None


def _decimal(literal: Literal) -> Literal | None:
    told = decimal(literal.lexical)
    return Literal(told, XSD.decimal if "." in told else XSD.integer) if told else None


def _single(literal: Literal) -> Literal | None:
    told = floating(literal.lexical, SINGLE)
    return Literal(told, XSD.float) if told else None


def _double(literal: Literal) -> Literal | None:
    told = floating(literal.lexical, DOUBLE)
    return Literal(told, XSD.double) if told else None


def _boolean(literal: Literal) -> Literal | None:
    truth = {"true": "true", "1": "true", "false": "false", "0": "false"}.get(literal.lexical)
    return Literal(truth, XSD.boolean) if truth else None


def _string(literal: Literal) -> Literal | None:
    fits = STRINGS[XSD.string].match(literal.lexical) and STRINGS[literal.datatype].match(
        literal.lexical
    )
    return Literal(literal.lexical) if fits else None


def _any_uri(literal: Literal) -> Literal | None:
    return literal if STRINGS[XSD.string].match(literal.lexical) else None


def _tagged(literal: Literal) -> Literal | None:
    return _of_language(literal.lexical, literal.language)


def _plain(literal: Literal) -> Literal | None:
    text, at, tag = literal.lexical.rpartition("@")
    if not at:
        return None
    return _of_language(text, tag) if tag else _string(Literal(text))


def _of_language(text: str, tag: str) -> Literal | None:
    if not (_ONE_TAG.match(tag) and STRINGS[XSD.string].match(text)):
        return None
    return Literal(text, RDF.langString, tag.lower())


def _hex(literal: Literal) -> Literal | None:
    fits = _HEX.match(literal.lexical)
    return Literal(literal.lexical.upper(), XSD.hexBinary) if fits else None


def _base64(literal: Literal) -> Literal | None:
    packed = literal.lexical.replace(" ", "")
    if "  " in literal.lexical or literal.lexical != literal.lexical.strip(" "):
        return None
    try:
        value = base64.b64decode(packed.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    again = base64.b64encode(value).decode()
    return Literal(again, XSD.base64Binary) if again == packed else None


def _date_time(literal: Literal) -> Literal | None:
    told = date_time(literal.lexical)
    return Literal(told, XSD.dateTime) if told else None


def _stamp(literal: Literal) -> Literal | None:
    return _date_time(literal) if is_zoned(literal.lexical) else None


def _date(literal: Literal) -> Literal | None:
    told = day(literal.lexical)
    return Literal(told, XSD.date) if told else None


def _xml(literal: Literal) -> Literal | None:
    """Read a piece of XML; within an element no document type can be told, so none is read."""
    if not _is_read(literal):
        return literal
    from xml.etree import ElementTree as ET  # noqa: PLC0415  (few records hold XML)

    try:
        told = ET.canonicalize(f"<x>{literal.lexical}</x>", with_comments=True)
    except (ET.ParseError, ValueError):
        return None
    return Literal(told.removeprefix("<x>").removesuffix("</x>"), RDF.XMLLiteral)


_READERS: Mapping[str, Callable[[Literal], Literal | None]] = {
    **dict.fromkeys(INTEGERS, _integer),
    **dict.fromkeys(STRINGS, _string),
    XSD.decimal: _decimal,
    XSD.float: _single,
    XSD.double: _double,
    XSD.boolean: _boolean,
    XSD.anyURI: _any_uri,
    XSD.hexBinary: _hex,
    XSD.base64Binary: _base64,
    XSD.dateTime: _date_time,
    XSD.dateTimeStamp: _stamp,
    XSD.date: _date,
    RDF.langString: _tagged,
    RDF.PlainLiteral: _plain,
    RDF.XMLLiteral: _xml,
}
DATATYPES = frozenset({*_READERS, RDFS.Literal} - {XSD.date})
