"""The JSON Schema and the door agree on what a record is."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg_engine.errors import InputRefused
from kg_engine.graphs import Graph
from kg_engine.record import load_record_shapes, read_record
from kg_engine.schema import json_schema
from kg_engine.turtle import parse_turtle_file

ROOT = Path(__file__).parents[2]
SHAPES = load_record_shapes(
    Graph(parse_turtle_file(ROOT / "shapes" / "case.ttl", place="shapes/case.ttl"))
)
SCHEMA = json_schema(SHAPES)
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)


def accepted(value: object) -> bool:
    try:
        read_record(value, SHAPES)
    except InputRefused:
        return False
    return True


def test_the_schema_is_a_schema() -> None:
    assert jsonschema_rs.meta.is_valid(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


GOOD: list[object] = [
    {},
    {"id": None, "procedures": None, "documentation": None, "date_of_service": None},
    {"date_of_service": "2024-02-29"},
    {"procedures": [{"code": "22551", "levels": [], "revision": True}, {}]},
    {"services": [{"units": 1}, {"units": 10000}, {"units": 2.0}]},
    {"risk_features": {"present": ["x"], "absent": [], "assessment_complete": True}},
    {"documentation": {"rationale": "x" * 20000, "items": ["order"]}},
    {"policy": ""},
    {"procedures": [{}] * 50},
]
BAD: list[object] = [
    [],
    None,
    "x",
    {"colour": 1},
    {"id": 1},
    {"id": "x" * 201},
    {"date_of_service": "2025-02-29"},
    {"date_of_service": "1899-12-31"},
    {"date_of_service": "2201-01-01"},
    {"date_of_service": " 2025-05-17"},
    {"date_of_service": "2025-05-17\n"},
    {"date_of_service": ""},
    {"procedures": {}},
    {"procedures": [None]},
    {"procedures": [{}] * 51},
    {"procedures": [{"code": "http://e.org/c"}]},
    {"procedures": [{"code": "_:x"}]},
    {"procedures": [{"levels": "C5-C6"}]},
    {"procedures": [{"levels": [None]}]},
    {"procedures": [{"revision": "true"}]},
    {"services": [{"units": 0}]},
    {"services": [{"units": 10001}]},
    {"services": [{"units": 1.5}]},
    {"services": [{"units": True}]},
    {"services": [{"text": "x"}]},
    {"risk_features": []},
    {"risk_features": {"present": ["urn:x"]}},
    {"@context": {}},
]


@pytest.mark.parametrize("value", GOOD, ids=repr)
def test_both_accept(value: object) -> None:
    assert accepted(value)
    assert VALIDATOR.is_valid(value)


@pytest.mark.parametrize("value", BAD, ids=repr)
def test_both_refuse(value: object) -> None:
    assert not accepted(value)
    assert not VALIDATOR.is_valid(value)


names = sorted({key for node in SHAPES.nodes.values() for key in node.properties})
words = st.sampled_from(
    ["", "x", "a:b", "2025-05-17", "2025-02-30", "x" * 65, "\u041c", "\U0001f600" * 64]
)
leaves = st.none() | st.booleans() | st.integers(-1, 10001) | st.sampled_from([1.0, 1.5]) | words
members = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(names), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=500, deadline=None)
@given(st.dictionaries(st.sampled_from([*SHAPES.root.properties, "x"]), members, max_size=2))
def test_both_agree_on_anything(value: dict[str, object]) -> None:
    assert accepted(value) == VALIDATOR.is_valid(value)


def entry(node: str) -> st.SearchStrategy[dict[str, object]]:
    shape = next(n for n in SHAPES.nodes.values() if n.target.endswith("#" + node))
    value = leaves | st.lists(leaves, max_size=2)
    return st.dictionaries(st.sampled_from([*shape.properties]), value, max_size=3)


@settings(max_examples=500, deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "procedures": st.lists(entry("ProcedureEntry"), max_size=2),
            "services": st.lists(entry("ServiceEntry"), max_size=2),
            "risk_features": entry("RiskFeatureStatement"),
        },
    )
)
def test_both_agree_on_entries(value: dict[str, object]) -> None:
    assert accepted(value) == VALIDATOR.is_valid(value)
