"""A change of a record is told by both answers and the difference between them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kg_engine import Engine, InputRefused, determine
from kg_engine.questions import what_if
from kg_engine.what_if import merge, restate

RFC_7396 = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


def case(root: Path, name: str) -> dict[str, Any]:
    """Return an example case."""
    found: dict[str, Any] = json.loads((root / "examples" / f"{name}.json").read_bytes())
    return found


@pytest.mark.parametrize(("target", "patch", "result"), RFC_7396)
def test_a_merge_patch_is_that_of_the_rfc(target: object, patch: object, result: object) -> None:
    kept = json.dumps(target)
    assert merge(target, patch) == result
    assert json.dumps(target) == kept


def test_features_are_stated_otherwise() -> None:
    record = {"risk_features": {"present": ["a"], "absent": ["b", "c"]}}
    changed = restate(record, {"a": "absent", "b": "present", "c": "undocumented"})
    assert changed == {"risk_features": {"present": ["b"], "absent": ["a"]}}
    assert restate({}, {"a": "present"}) == {"risk_features": {"present": ["a"], "absent": []}}
    assert restate([], {"a": "present"}) == []


def test_both_answers_are_those_of_a_determination(engine: Engine, root: Path) -> None:
    before = case(root, "routine-lobectomy")
    after = restate(before, {"malignancy": "present"})
    found = what_if(before, after, engine)
    for side, record in (("before", before), ("after", after)):
        document: Any = determine(record, engine).document
        assert found[side] == {key: document[key] for key in found[side]}
    assert found["before"]["outcome"] == "not_necessary"
    assert found["before"]["human_review"] is found["after"]["human_review"] is True


def test_the_difference_is_explained(engine: Engine, root: Path) -> None:
    before = case(root, "routine-lobectomy")
    found = what_if(before, restate(before, {"malignancy": "present"}), engine)
    difference = found["difference"]
    assert difference["outcome"]["changed"]
    joined = {r["id"] for r in difference["recommendations"]["joined"]}
    left = {r["id"] for r in difference["recommendations"]["left"]}
    assert "malignant-thyroid-supported" in joined and "routine-thyroid-opposed" in left
    assert [s["id"] for s in difference["steps"]]
    said = "\n".join(found["explanation"])
    assert "The outcome changes from not necessary" in said
    assert "malignant thyroid monitoring supported" in said


def test_nothing_changed_is_said(engine: Engine, root: Path) -> None:
    before = case(root, "routine-lobectomy")
    found = what_if(before, before, engine)
    assert found["explanation"] == ["The two records say the same, so the answer is the same."]
    assert not found["difference"]["outcome"]["changed"]


def test_a_repair_that_is_made_has_its_outcome(engine: Engine) -> None:
    record = {
        "date_of_service": "2025-05-17",
        "procedures": [{"code": "60220", "approach": "anterior"}],
        "diagnoses": [{"code": "E04.1"}],
        "documentation": {"rationale": "The recurrent laryngeal nerve is at risk."},
    }
    repairs: Any = what_if(record, record, engine)["repairs"]
    assert repairs
    for repair in repairs:
        stated = {f["item"]: f["state"] for f in repair["facts"] if f["item"] != "rationale"}
        if len(stated) == len(repair["facts"]):
            changed = what_if(record, restate(record, stated), engine)
            assert changed["after"]["outcome"] == repair["outcome"]


def test_a_change_that_breaks_the_record_is_refused(engine: Engine, root: Path) -> None:
    before = case(root, "routine-lobectomy")
    with pytest.raises(InputRefused):
        what_if(before, merge(before, {"colour": "red"}), engine)
