"""Literals stand for values: one canonical literal each, exactly, and in bounded time."""

from __future__ import annotations

import struct
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg_engine.datatypes import (
    INTEGERS,
    STRINGS,
    belongs,
    canonical,
    contains,
    disjoint,
    is_known,
    same_value,
)
from kg_engine.namespaces import RDF, RDFS, XSD
from kg_engine.terms import Literal

LONG = 200_000
LARGEST_SINGLE = 0x7F7FFFFF
VALUES = [
    # numbers
    ("+042", XSD.byte, "42", XSD.integer),
    ("-0", XSD.integer, "0", XSD.integer),
    ("000", XSD.unsignedByte, "0", XSD.integer),
    ("42.0", XSD.decimal, "42", XSD.integer),
    ("-0.0", XSD.decimal, "0", XSD.integer),
    (".50", XSD.decimal, "0.5", XSD.decimal),
    ("-007.", XSD.decimal, "-7", XSD.integer),
    ("-0.10", XSD.decimal, "-0.1", XSD.decimal),
    ("9" * LONG, XSD.integer, "9" * LONG, XSD.integer),
    ("0" * LONG + "1", XSD.long, "1", XSD.integer),
    ("1", XSD.float, "1.0E0", XSD.float),
    ("100", XSD.double, "1.0E2", XSD.double),
    ("0.1", XSD.double, "1.0E-1", XSD.double),
    ("0.1000000000000000055511151231257827", XSD.double, "1.0E-1", XSD.double),
    ("16777217", XSD.float, "1.6777216E7", XSD.float),
    ("1.00000017881393432617187499", XSD.float, "1.0000001E0", XSD.float),
    ("1.00000017881393432617187501", XSD.float, "1.0000002E0", XSD.float),
    ("-0", XSD.float, "-0.0E0", XSD.float),
    ("+INF", XSD.double, "INF", XSD.double),
    ("-INF", XSD.float, "-INF", XSD.float),
    ("NaN", XSD.double, "NaN", XSD.double),
    ("1e999999999999999999999999", XSD.double, "INF", XSD.double),
    ("-1e-999999999999999999999999", XSD.double, "-0.0E0", XSD.double),
    ("0e999999999999999999999999", XSD.double, "0.0E0", XSD.double),
    ("1" + "0" * LONG + f"e-{LONG}", XSD.double, "1.0E0", XSD.double),
    ("3.4028235677973367e38", XSD.float, "INF", XSD.float),
    ("3.4028235677973366e38", XSD.float, "3.4028235E38", XSD.float),
    ("5e-324", XSD.double, "5.0E-324", XSD.double),
    ("2.4703282292062328e-324", XSD.double, "5.0E-324", XSD.double),
    ("2.4703282292062327e-324", XSD.double, "0.0E0", XSD.double),
    # truth and bytes
    ("1", XSD.boolean, "true", XSD.boolean),
    ("0a", XSD.hexBinary, "0A", XSD.hexBinary),
    ("", XSD.hexBinary, "", XSD.hexBinary),
    ("Y W J j", XSD.base64Binary, "YWJj", XSD.base64Binary),
    # text
    ("a  b\n", XSD.string, "a  b\n", XSD.string),
    ("a  b", XSD.normalizedString, "a  b", XSD.string),
    ("a b", XSD.token, "a b", XSD.string),
    ("en-GB", XSD.language, "en-GB", XSD.string),
    (":a.1", XSD.Name, ":a.1", XSD.string),
    ("a.1", XSD.NCName, "a.1", XSD.string),
    ("1a", XSD.NMTOKEN, "1a", XSD.string),
    ("a@b@", RDF.PlainLiteral, "a@b", XSD.string),
    (":abc", XSD.anyURI, ":abc", XSD.anyURI),
    ('<b a="1" /><!--c-->', RDF.XMLLiteral, '<b a="1"></b><!--c-->', RDF.XMLLiteral),
    # times
    ("2009-04-21T12:30:15.00", XSD.dateTime, "2009-04-21T12:30:15", XSD.dateTime),
    ("2009-12-31T24:00:00", XSD.dateTime, "2010-01-01T00:00:00", XSD.dateTime),
    ("2008-02-28T24:00:00.0Z", XSD.dateTime, "2008-02-29T00:00:00Z", XSD.dateTime),
    ("-0001-12-31T24:00:00", XSD.dateTime, "0000-01-01T00:00:00", XSD.dateTime),
    ("-0010-12-31T24:00:00", XSD.dateTime, "-0009-01-01T00:00:00", XSD.dateTime),
    ("-10000-12-31T24:00:00", XSD.dateTime, "-9999-01-01T00:00:00", XSD.dateTime),
    ("9999-12-31T24:00:00", XSD.dateTime, "10000-01-01T00:00:00", XSD.dateTime),
    ("-0000-12-31T24:00:00", XSD.dateTime, "0001-01-01T00:00:00", XSD.dateTime),
    ("-0000-01-01T00:00:00-00:00", XSD.dateTime, "0000-01-01T00:00:00Z", XSD.dateTime),
    ("2009-04-21T12:30:15+00:00", XSD.dateTimeStamp, "2009-04-21T12:30:15Z", XSD.dateTime),
    ("9" * LONG + "-01-01T00:00:00", XSD.dateTime, "9" * LONG + "-01-01T00:00:00", XSD.dateTime),
    ("2008-02-29+00:00", XSD.date, "2008-02-29Z", XSD.date),
]
ILL_TYPED = [
    ("", XSD.integer), ("42.0", XSD.integer), (" 42", XSD.integer), ("4_2", XSD.integer),
    ("١", XSD.integer), ("0" * LONG + "x", XSD.integer),
    ("128", XSD.byte), ("-129", XSD.byte), ("-1", XSD.unsignedByte), ("256", XSD.unsignedByte),
    ("0", XSD.positiveInteger), ("0", XSD.negativeInteger), ("1", XSD.nonPositiveInteger),
    ("9223372036854775808", XSD.long), ("18446744073709551616", XSD.unsignedLong),
    ("9" * LONG, XSD.unsignedLong),
    ("0.3141E+1", XSD.decimal), (".", XSD.decimal), ("1.2.3", XSD.decimal), ("INF", XSD.decimal),
    ("1e", XSD.float), ("inf", XSD.double), ("0x1p1", XSD.double), ("1_0", XSD.double),
    ("TRUE", XSD.boolean), ("0", XSD.hexBinary), ("0g", XSD.hexBinary),
    ("T(1)d", XSD.base64Binary), ("YWJ", XSD.base64Binary), ("YR==", XSD.base64Binary),
    ("YWJj ", XSD.base64Binary), ("YW  Jj", XSD.base64Binary), ("é", XSD.base64Binary),
    ("\x00", XSD.string), ("\ud800", XSD.anyURI), ("a\nb", XSD.normalizedString),
    (" abc  123 ", XSD.token), (" a b ", XSD.NMTOKEN), ("en-", XSD.language),
    (".tag", XSD.Name), ("ex:tag", XSD.NCName), ("", XSD.NCName),
    ("abc", RDF.PlainLiteral), ("abc@12", RDF.PlainLiteral), ("abc", RDF.langString),
    ("<illformed", RDF.XMLLiteral), ("</x><x>", RDF.XMLLiteral), ("&e;", RDF.XMLLiteral),
    ('<!DOCTYPE x [<!ENTITY e "e">]>', RDF.XMLLiteral),
    ("2009-04-21", XSD.dateTime), ("2009-02-29T00:00:00", XSD.dateTime),
    ("2009-04-21T24:00:01", XSD.dateTime), ("2009-04-21T12:30:60", XSD.dateTime),
    ("2009-04-21T12:30:15+14:01", XSD.dateTime), ("02009-04-21T12:30:15", XSD.dateTime),
    ("2009-04-21T12:30:15", XSD.dateTimeStamp),
    ("20090421", XSD.date), ("2009-W01-1", XSD.date), ("2009-04-31", XSD.date),
]  # fmt: skip
KNOWN = sorted({d for _, d, _, _ in VALUES} | {*INTEGERS, *STRINGS})
WELL_TYPED = [Literal(lexical, datatype) for lexical, datatype, _, _ in VALUES]
WELL_TYPED.append(Literal("Abc", RDF.langString, "en-gb"))


@pytest.mark.parametrize(("lexical", "datatype", "one", "kind"), VALUES)
def test_a_value_has_one_literal(lexical: str, datatype: str, one: str, kind: str) -> None:
    assert canonical(Literal(lexical, datatype)) == Literal(one, kind)


@pytest.mark.parametrize(("lexical", "datatype"), ILL_TYPED)
def test_what_is_no_lexical_form_is_ill_typed(lexical: str, datatype: str) -> None:
    literal = Literal(lexical, datatype)
    assert canonical(literal) is None
    assert belongs(literal, datatype) is False and belongs(literal, RDFS.Literal) is False
    assert same_value(literal, literal) is False


def test_a_language_tag_has_no_case() -> None:
    tagged = Literal("a@b", RDF.langString, "en-GB")
    assert canonical(tagged) == Literal("a@b", RDF.langString, "en-gb")
    assert same_value(tagged, Literal("a@b@EN-gb", RDF.PlainLiteral))
    assert canonical(Literal("a", RDF.langString, "toolongatag")) is None


def test_of_an_unknown_datatype_nothing_is_told() -> None:
    one, two = Literal("1", "urn:t#d"), Literal("01", "urn:t#d")
    assert canonical(one) == one and not is_known("urn:t#d")
    assert same_value(one, one) and same_value(one, two) is None
    assert belongs(one, "urn:t#d") and belongs(one, XSD.integer) is None
    assert belongs(Literal("1", XSD.integer), "urn:t#d") is None
    assert not disjoint("urn:t#d", XSD.integer) and not contains(XSD.integer, "urn:t#d")


def test_overlong_xml_is_left_as_it_is() -> None:
    deep, wide = (Literal(x * LONG, RDF.XMLLiteral) for x in ("<a>", "<a/>"))
    assert canonical(deep) == deep and same_value(deep, wide) is None
    assert belongs(deep, XSD.string) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Literal("1", XSD.int), Literal("1.0", XSD.decimal), True),
        (Literal("1", XSD.float), Literal("1", XSD.double), False),
        (Literal("1", XSD.float), Literal("1", XSD.integer), False),
        (Literal("+0.0", XSD.float), Literal("-0.0", XSD.float), False),
        (Literal("NaN", XSD.float), Literal("NaN", XSD.float), True),
        (Literal("ab", XSD.token), Literal("ab"), True),
        (Literal("ab", XSD.anyURI), Literal("ab"), False),
        (Literal("AB", XSD.hexBinary), Literal("qw==", XSD.base64Binary), False),
        (
            Literal("2000-01-01T10:00:00Z", XSD.dateTime),
            Literal("2000-01-01T11:00:00+01:00", XSD.dateTime),
            False,
        ),
        (Literal("2", XSD.integer), Literal("x", XSD.integer), False),
    ],
)
def test_two_literals_of_one_value(one: Literal, other: Literal, same: bool) -> None:
    assert same_value(one, other) is same is same_value(other, one)


@pytest.mark.parametrize(
    ("lexical", "datatype", "of", "not_of"),
    [
        ("42", XSD.byte, {XSD.decimal, XSD.unsignedByte, XSD.positiveInteger}, {XSD.float}),
        ("-1", XSD.integer, {XSD.negativeInteger, XSD.byte}, {XSD.unsignedLong, XSD.string}),
        ("0.5", XSD.decimal, {XSD.decimal}, {XSD.integer, XSD.double}),
        ("9" * LONG, XSD.integer, {XSD.nonNegativeInteger}, {XSD.long, XSD.negativeInteger}),
        ("-" + "9" * LONG, XSD.integer, {XSD.negativeInteger}, {XSD.long, XSD.unsignedInt}),
        ("a", XSD.string, {XSD.NCName, XSD.language, RDF.PlainLiteral}, {RDF.langString}),
        ("a\n", XSD.string, {RDF.PlainLiteral}, {XSD.normalizedString, XSD.anyURI}),
        ("a@en", RDF.PlainLiteral, {RDF.langString}, {XSD.string}),
        ("2000-01-01T00:00:00Z", XSD.dateTime, {XSD.dateTimeStamp}, {XSD.date}),
        ("2000-01-01T00:00:00", XSD.dateTime, {XSD.dateTime}, {XSD.dateTimeStamp}),
    ],
)
def test_a_value_belongs(lexical: str, datatype: str, of: set[str], not_of: set[str]) -> None:
    literal = Literal(lexical, datatype)
    assert all(belongs(literal, d) for d in {*of, datatype, RDFS.Literal})
    assert all(belongs(literal, d) is False for d in not_of)


def test_some_value_spaces_lie_in_others() -> None:
    assert contains(XSD.short, XSD.unsignedByte) and not contains(XSD.unsignedByte, XSD.byte)
    assert contains(XSD.decimal, XSD.negativeInteger) and contains(XSD.NMTOKEN, XSD.language)
    assert contains(RDF.PlainLiteral, XSD.Name) and contains(XSD.dateTime, XSD.dateTimeStamp)
    assert not contains(XSD.double, XSD.float) and not contains(XSD.string, RDF.PlainLiteral)


def test_some_value_spaces_share_nothing() -> None:
    assert disjoint(XSD.negativeInteger, XSD.unsignedByte) and disjoint(XSD.float, XSD.double)
    assert disjoint(XSD.positiveInteger, XSD.nonPositiveInteger)
    assert disjoint(XSD.string, RDF.langString) and disjoint(RDF.PlainLiteral, XSD.anyURI)
    assert not disjoint(XSD.nonNegativeInteger, XSD.nonPositiveInteger)
    assert not disjoint(XSD.token, RDF.PlainLiteral) and not disjoint(XSD.string, RDFS.Literal)


@pytest.mark.parametrize("literal", WELL_TYPED, ids=lambda literal: literal.datatype)
def test_values_agree_with_their_spaces(literal: Literal) -> None:
    for datatype in KNOWN:
        if contains(datatype, literal.datatype):
            assert belongs(literal, datatype)
        if disjoint(datatype, literal.datatype):
            assert belongs(literal, datatype) is False


@given(st.sampled_from(KNOWN), st.sampled_from(KNOWN), st.sampled_from(KNOWN))
def test_containment_is_an_order_and_shuns_disjointness(a: str, b: str, c: str) -> None:
    assert contains(a, a) and disjoint(a, b) == disjoint(b, a)
    assert not (contains(a, b) and contains(b, c)) or contains(a, c)
    assert not (contains(a, b) and disjoint(a, b))
    assert not (contains(a, b) and disjoint(a, c)) or disjoint(b, c)


TEXT = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="+-.0123456789eE", max_size=12),
    st.text(alphabet="<>/&;ab @:-=", max_size=12),
    st.sampled_from([literal.lexical for literal in WELL_TYPED if len(literal.lexical) < 99]),
)


@given(TEXT, st.sampled_from(KNOWN))
def test_canonical_is_idempotent(lexical: str, datatype: str) -> None:
    one = canonical(Literal(lexical, datatype))
    assert one is None or (canonical(one) == one and belongs(one, datatype))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30))
def test_a_decimal_is_exact(number: Decimal) -> None:
    one = canonical(Literal(format(number, "f"), XSD.decimal))
    assert one is not None and Fraction(one.lexical) == Fraction(number)
    assert one.datatype == (XSD.integer if number == number.to_integral_value() else XSD.decimal)


@given(st.decimals(allow_nan=False, allow_infinity=False), st.sampled_from("fd"))
def test_a_floating_number_is_rounded_once(number: Decimal, width: str) -> None:
    datatype = XSD.float if width == "f" else XSD.double
    one = canonical(Literal(str(number), datatype))
    assert one is not None
    got = abs(float(one.lexical.replace("INF", "inf")))
    if width == "d":
        assert got == abs(float(str(number)))
    elif got != float("inf"):
        (bits,) = struct.unpack("<i", struct.pack("<f", got))
        around = (max(bits - 1, 0), bits, min(bits + 1, LARGEST_SINGLE))
        below, nearest, above = (abs(single(b) - abs(Fraction(number))) for b in around)
        assert nearest <= min(below, above)


def single(bits: int) -> Fraction:
    """Return the number that a bit pattern stands for."""
    return Fraction(struct.unpack("<f", struct.pack("<i", bits))[0])


@given(st.floats(width=32, allow_nan=False))
def test_a_single_goes_round(number: float) -> None:
    one = canonical(Literal(repr(number).replace("inf", "INF"), XSD.float))
    assert one is not None
    back = float(one.lexical.replace("INF", "inf"))
    assert struct.pack("<f", back) == struct.pack("<f", number)


@given(st.binary(max_size=20))
def test_bytes_have_one_literal(value: bytes) -> None:
    low, high = (Literal(f(value.hex()), XSD.hexBinary) for f in (str.lower, str.upper))
    assert same_value(low, high) and canonical(high) == high


@given(st.datetimes(), st.integers(0, 3))
def test_a_midnight_is_that_of_the_next_day(moment: datetime, zeros: int) -> None:
    if moment.year < 9999:
        day, after = moment.date(), moment.date() + timedelta(days=1)
        late = Literal(f"{day.isoformat()}T24:00:00", XSD.dateTime)
        early = Literal(f"{after.isoformat()}T00:00:00.{'0' * (zeros + 1)}", XSD.dateTime)
        assert same_value(late, early)
