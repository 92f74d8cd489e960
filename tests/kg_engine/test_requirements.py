"""What is required of a record is what its determination would call missing."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from kg_engine import Engine, InputRefused, determine
from kg_engine.cli import main
from kg_engine.questions import requirements
from kg_engine.requirements import FEATURE, with_feature

Json = dict[str, Any]
DAY = "2025-05-17"
PROCEDURES = ("60220", "22551", "61510", "63030", "99999", "anterior cervical discectomy")
ANSWERS: Json = {
    "approach": "anterior",
    "date_of_service": DAY,
    "diagnosis": {"text": "disorder of the cervical spine"},
    "levels": ["C5-C6"],
    "rationale": "The spinal cord is at risk because of severe cord compression.",
}


def put(record: Json, pointer: str, value: object) -> Json:
    """Return a record with a value at a place that a JSON pointer names."""
    changed: Any = json.loads(json.dumps(record))
    *steps, last = pointer.strip("/").split("/")
    inner = changed
    for step, following in pairwise([*steps, last]):
        empty: Any = [] if following.isdigit() else {}
        inner = inner[int(step)] if step.isdigit() else inner.setdefault(step, empty)
    if last.isdigit():
        inner.insert(int(last), value)
    else:
        inner[last] = value
    return dict(changed)


def missing(record: Json, engine: Engine) -> set[str]:
    """Return the items that the determination of a record calls missing."""
    found: Any = determine(record, engine).document["missing"]
    return {item["item"] for item in found}


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_it_is_what_a_determination_calls_missing(engine: Engine, procedure: str) -> None:
    found = requirements(engine, procedure=procedure)
    assert {r["item"] for r in found["requirements"]} == missing(found["record"], engine)
    told: Any = determine(found["record"], engine).document["missing"]
    could = {m["item"]: m["could_change_outcome"] for m in told}
    assert could == {r["item"]: r["could_change_outcome"] for r in found["requirements"]}


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_a_feature_that_is_stated_is_no_longer_missing(engine: Engine, procedure: str) -> None:
    found = requirements(engine, procedure=procedure)
    features = [r["item"] for r in found["requirements"] if r["kind"] == FEATURE]
    for item in features:
        for state in ("present", "absent"):
            assert item not in missing(with_feature(found["record"], item, state), engine)
    record = found["record"]
    for item in features:
        record = with_feature(record, item, "absent")
    assert not missing(record, engine) & set(features)


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_an_answer_at_its_place_is_no_longer_missing(engine: Engine, procedure: str) -> None:
    found = requirements(engine, procedure=procedure)
    for item in found["requirements"]:
        if item["item"] in ANSWERS:
            (place,) = item["at"]
            supplied = put(found["record"], place, ANSWERS[item["item"]])
            assert item["item"] not in missing(supplied, engine), item


def test_each_item_names_a_place_and_who_asks(engine: Engine) -> None:
    for procedure in PROCEDURES:
        for item in requirements(engine, procedure=procedure)["requirements"]:
            assert item["at"] and item["asked_by"] and item["text"]
            assert set(item.get("effects", {})) in (set(), {"present", "absent"})


def test_a_yes_or_no_key_is_a_place_too(engine: Engine) -> None:
    found = requirements(engine, procedure="60220")
    (revision,) = (r for r in found["requirements"] if r["item"] == "revision-surgery")
    assert "/procedures/0/revision" in revision["at"]
    stated = put(found["record"], "/procedures/0/revision", value=True)
    assert "revision-surgery" not in missing(stated, engine)


def test_it_tells_who_would_speak_and_when(engine: Engine) -> None:
    found = requirements(engine, procedure="60220")
    voices = {v["id"]: v for v in found["recommendations"]}
    assert voices["thyroid-monitoring-option"]["when"] == []
    revision = voices["revision-thyroid-supported"]
    assert revision["when"] == [{"item": "revision-surgery", "state": "present"}]
    assert revision["direction"] == "supports" and revision["strength"]["native"]
    routine = voices["routine-thyroid-opposed"]
    assert routine["direction"] == "opposes" and routine["when"][0]["state"] == "absent"


def test_an_effect_is_what_the_determination_shows(engine: Engine) -> None:
    found = requirements(engine, procedure="60220", day=DAY)
    (item,) = (r for r in found["requirements"] if r["item"] == "malignancy")
    stated: Any = determine(with_feature(found["record"], "malignancy", "present"), engine).document
    assert item["effects"]["present"]["outcome"] == stated["outcome"]
    spoken = {r["id"] for r in stated["recommendations"]}
    assert set(item["effects"]["present"]["recommendations"]) <= spoken


def test_what_was_given_is_not_asked_for(engine: Engine) -> None:
    found = requirements(engine, procedure="60220", service="95865", day=DAY)
    assert found["date_of_service"] == DAY
    assert found["record"]["services"] == [{"code": "95865"}]
    assert "date_of_service" not in {r["item"] for r in found["requirements"]}


def test_an_unknown_procedure_is_said_to_be_so(engine: Engine) -> None:
    found = requirements(engine, procedure="99999")
    assert not found["identified"] and found["unrecognised"]
    assert requirements(engine, procedure="60220")["identified"]


def test_what_the_policy_demands_has_its_place_in_the_source(engine: Engine) -> None:
    demands = requirements(engine, procedure="60220")["demands"]
    assert {d["item"] for d in demands} >= {"diagnosis", "procedure", "rationale"}
    assert all(d["locator"] and d["sources"] for d in demands)


def test_it_is_the_same_each_time(engine: Engine) -> None:
    one, other = (json.dumps(requirements(engine, procedure="22551")) for _ in range(2))
    assert one == other


@pytest.mark.parametrize(
    "options",
    [
        {"procedure": "  "},
        {"procedure": "60220", "policy": "no-such-policy"},
        {"procedure": "60220", "day": "2025-02-30"},
        {"procedure": "<script>"},
        {"procedure": "x" * 10_000},
    ],
)
def test_what_no_record_holds_is_refused(engine: Engine, options: dict[str, str]) -> None:
    if options["procedure"] == "<script>":
        assert not requirements(engine, **options)["identified"]
        return
    with pytest.raises(InputRefused):
        requirements(engine, **options)


def test_the_command_tells_it(capfd: pytest.CaptureFixture[str], root: Path) -> None:
    assert main(["requirements", "--procedure", "60220", "--format", "text"]) == 0
    page = capfd.readouterr().out
    assert "THE RECORD MUST SAY" in page and "malignancy" in page
    assert main(["requirements", "--procedure", "60220", "--date", DAY]) == 0
    assert json.loads(capfd.readouterr().out)["date_of_service"] == DAY
    assert main(["requirements", "--procedure", "60220", "--policy", "none"]) == 2
