"""The door: a checked record has one canonical form, and its rules stand in Turtle."""

from __future__ import annotations

import datetime
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg_engine.errors import InputRefused, KnowledgeRefused
from kg_engine.graphs import Graph
from kg_engine.namespaces import REC, TYPE
from kg_engine.record import (
    CaseRecord,
    CodedEntry,
    ProcedureEntry,
    canonical_json,
    case_digest,
    load_record_shapes,
    parse_json,
    read_record,
)
from kg_engine.terms import IRI
from kg_engine.turtle import parse_turtle, parse_turtle_file

ROOT = Path(__file__).parents[2]
TURTLE = (ROOT / "shapes" / "case.ttl").read_text()
SHAPES = load_record_shapes(Graph(parse_turtle(TURTLE.encode(), place="shapes/case.ttl")))
CASE: dict[str, object] = {
    "id": "case-1",
    "date_of_service": "2025-05-17",
    "policy": "advisory-2025",
    "procedures": [
        {
            "code": "22551",
            "system": "CPT",
            "text": "ACDF C5-C6",
            "levels": ["C5-C6"],
            "approach": "anterior",
            "revision": False,
            "instrumented": True,
            "laterality": None,
        },
        {"text": "second procedure"},
    ],
    "diagnoses": [{"code": "M48.02", "system": "ICD-10-CM"}],
    "services": [{"code": "95938", "system": "CPT", "units": 1}],
    "risk_features": {
        "present": ["myelopathy"],
        "absent": ["revision-surgery"],
        "assessment_complete": False,
    },
    "documentation": {"rationale": "Gait.", "items": ["order", "imaging"]},
}


def read(value: object) -> CaseRecord:
    return read_record(value, SHAPES)


def test_the_contract_is_read_whole() -> None:
    record = read(CASE)
    assert record.id == "case-1"
    assert record.date_of_service == datetime.date(2025, 5, 17)
    coded, told = record.procedures
    assert coded.levels == ("C5-C6",)
    assert (coded.states("revision"), coded.states("instrumented")) == (False, True)
    assert coded.laterality is None
    assert told == ProcedureEntry(text="second procedure")
    assert told.states("revision") is None
    assert record.diagnoses == (CodedEntry("M48.02", "ICD-10-CM"),)
    assert record.services[0].units == 1
    assert record.risk_features.absent == ("revision-surgery",)
    assert record.documentation.items == ("imaging", "order")


def test_the_digest_is_pinned() -> None:
    expected = b'{"date_of_service":"2025-05-17","procedures":[{"revision":false}]}'
    record = read({"procedures": [{"revision": False}], "date_of_service": "2025-05-17"})
    assert canonical_json(record) == expected
    assert case_digest(CaseRecord()) == (
        "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    )


def test_the_clients_id_is_no_part_of_the_digest() -> None:
    assert case_digest(read(CASE)) == case_digest(read(CASE | {"id": "other"}))
    assert case_digest(read(CASE)) != case_digest(read(CASE | {"policy": "other"}))


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ({"policy": "  a "}, {"policy": "a"}),
        ({"policy": " "}, {}),
        ({"documentation": {"rationale": "e\u0301"}}, {"documentation": {"rationale": "\u00e9"}}),
        (
            {"risk_features": {"present": ["b", "a", "b "]}},
            {"risk_features": {"present": ["a", "b"]}},
        ),
        ({"risk_features": {"assessment_complete": False}}, {}),
        ({"services": [{"units": 1.0}]}, {"services": [{"units": 1}]}),
        (
            {"diagnoses": [{"code": "b"}, {"code": "a"}, {"system": None, "code": "b"}]},
            {"diagnoses": [{"code": "a"}, {"code": "b"}]},
        ),
    ],
)
def test_what_says_the_same_has_one_digest(said: object, same: object) -> None:
    assert canonical_json(read(said)) == canonical_json(read(same))


@pytest.mark.parametrize(
    ("said", "other"),
    [
        ({"procedures": [{"revision": False}]}, {"procedures": [{}]}),
        ({"services": [{}]}, {}),
        ({"policy": "a"}, {"policy": "A"}),
        ({"procedures": [{"code": "\u041c41.5"}]}, {"procedures": [{"code": "M41.5"}]}),
        ({"risk_features": {"assessment_complete": True}}, {}),
    ],
)
def test_what_says_another_thing_has_another_digest(said: object, other: object) -> None:
    assert case_digest(read(said)) != case_digest(read(other))


@pytest.mark.parametrize("text", ["1900-01-01", "2024-02-29", "2100-01-01", "2200-12-31"])
def test_a_day_of_the_calendar_is_read(text: str) -> None:
    assert str(read({"date_of_service": text}).date_of_service) == text


def test_an_odd_code_is_kept_for_the_next_room() -> None:
    for code in ("\u041c41.5", "m41.5", "nonsense", "'; DROP", "22551\u200b"):
        assert read({"procedures": [{"code": code}]}).procedures[0].code == code


def test_messages_come_from_the_shapes() -> None:
    with pytest.raises(InputRefused) as refused:
        read({"services": [{"units": 0}], "procedure": []})
    unknown, units = refused.value.faults
    assert unknown.remedy == "Write procedures if that is meant."
    shape = SHAPES.nodes[REC("ServiceEntryShape")].properties["units"]
    assert (units.place, units.remedy) == ("/services/0/units", shape.remedy)


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*sorted(CASE), "code", "text", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(CASE)), values))
def test_any_value_is_read_or_refused_and_reading_is_idempotent(value: dict[str, object]) -> None:
    try:
        record = read(value)
    except InputRefused as refused:
        assert all(fault.place and fault.remedy for fault in refused.faults)
        return
    again = read(json.loads(canonical_json(record)))
    assert canonical_json(again) == canonical_json(record)
    assert unicodedata.is_normalized("NFC", canonical_json(record).decode())


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    try:
        parse_json(data)
    except InputRefused as refused:
        assert refused.faults


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sh:closed true", "sh:closed false", "must be closed"),
        ("sh:minCount 0", "sh:minCount 1", "never an error"),
        ("sh:maxCount 1 ;", "sh:maxCount 1 ; sh:uniqueLang true ;", "uniqueLang is not read"),
        ("sh:maxCount 1 ;", "sh:maxCount 1 , 2 ;", "more than one value"),
        ("sh:path rec:code", "sh:path rec:colour", "no field of a record holds colour"),
        ("sh:path rec:code", "sh:path <urn:code>", "record vocabulary"),
        ("sh:datatype xsd:integer", "sh:datatype xsd:decimal", "decimal is not read"),
        ("sh:datatype xsd:integer", "sh:node rec:NoShape", "no shape"),
        ("sh:datatype xsd:integer ;", "", "one of sh:datatype and sh:node"),
        ("sh:maxLength 64", 'sh:maxLength "a"', "not a whole number"),
        ("sh:minInclusive 1 ", 'sh:minInclusive "a" ', "must be an integer or a date"),
        ("sh:targetClass rec:CaseRecord ;", "sh:targetClass rec:Other ;", "0 shapes target"),
        ('"^[^:<>]*$"', '"("', "sh:pattern cannot be read"),
    ],
)
def test_shapes_that_would_go_unread_are_refused(old: str, new: str, message: str) -> None:
    assert old in TURTLE
    graph = Graph(parse_turtle(TURTLE.replace(old, new).encode(), place="mutant"))
    with pytest.raises(KnowledgeRefused, match=message):
        load_record_shapes(graph)


def test_a_limit_is_mended_in_turtle_alone() -> None:
    text = TURTLE.replace("sh:maxInclusive 10000", "sh:maxInclusive 5")
    shapes = load_record_shapes(Graph(parse_turtle(text.encode(), place="mutant")))
    with pytest.raises(InputRefused, match="above 5"):
        read_record({"services": [{"units": 6}]}, shapes)


def test_every_term_of_a_shape_is_documented() -> None:
    path = ROOT / "ontology" / "record.ttl"
    terms = Graph(parse_turtle_file(path, place="ontology/record.ttl"))
    nodes = SHAPES.nodes.values()
    used = {IRI(node.target) for node in nodes}
    used |= {shape.path for node in nodes for shape in node.properties.values()}
    documented = {t.s for t in terms.about(TYPE) if t.s.startswith(REC.base)}  # type: ignore[union-attr]
    assert documented == used
