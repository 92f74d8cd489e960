"""What may move an outcome, and in which direction only."""

from __future__ import annotations

import copy

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from kg_engine.inference import infer
from kg_engine.namespaces import NEC, SKOS
from kg_engine.pipeline import admit
from tests.laws.strategies import (
    COMORBIDITIES,
    GENERIC,
    Json,
    anchored_records,
    anchors,
    answer,
    engine,
    feature_ids,
    item_ids,
    law,
    records,
)

NECESSARY = "necessary"


def outcomes(record: Json) -> dict[str, str]:
    """Return the outcome of the case and of each of its services."""
    document = answer(record)
    found = {f"service {s['code']}": s["outcome"] for s in document["services"]}
    return {**found, "case": document["outcome"]}


def foreign_features(record: Json) -> list[str]:
    """Return the features that bear on no procedure of the case and that it does not state."""
    admitted = admit(record, engine())
    facts = infer(admitted.edition, admitted.abox).closure
    bearing = {
        feature
        for procedure in admitted.abox.procedures
        for link in (NEC.bearingFeature, NEC.askedFeature, NEC.presentFeature, NEC.absentFeature)
        for feature in facts.objects(procedure, link)
    }
    graph = engine().knowledge.graph
    used = {graph.text(feature, SKOS.notation) for feature in bearing}
    return [feature for feature in feature_ids() if feature not in used]


def with_feature(record: Json, state: str, feature: str) -> Json:
    found = copy.deepcopy(record)
    found.setdefault("risk_features", {}).setdefault(state, []).append(feature)
    return found


def with_entry(record: Json, key: str, entry: Json) -> Json:
    return {**record, key: [*record.get(key, []), entry]}


def with_rationale(record: Json, rationale: str) -> Json:
    return {**record, "documentation": {**record.get("documentation", {}), "rationale": rationale}}


@law(8)
@given(records(), st.sampled_from(COMORBIDITIES))
def test_a_comorbidity_changes_no_outcome(record: Json, code: str) -> None:
    assert outcomes(with_entry(record, "diagnoses", {"code": code})) == outcomes(record)


@law(8)
@given(records(), st.sampled_from(["present", "absent"]), st.data())
def test_a_feature_of_another_place_changes_no_outcome(
    record: Json, state: str, data: st.DataObject
) -> None:
    feature = data.draw(st.sampled_from(foreign_features(record)))
    assert outcomes(with_feature(record, state, feature)) == outcomes(record), feature


@law(10)
@given(records(), st.lists(st.sampled_from(item_ids()), min_size=1, unique=True))
def test_documents_on_file_change_no_outcome(record: Json, items: list[str]) -> None:
    documentation = {**record.get("documentation", {}), "items": items}
    assert outcomes({**record, "documentation": documentation}) == outcomes(record)


@pytest.mark.parametrize("key", ["procedures", "diagnoses", "documentation"])
@law(8)
@given(record=anchored_records(NECESSARY))
def test_without_a_required_fact_nothing_is_necessary(key: str, record: Json) -> None:
    rest = {name: value for name, value in record.items() if name != key}
    assert NECESSARY not in outcomes(rest).values()


def contraindicated(record: Json, data: st.DataObject) -> tuple[str, Json]:
    """Add one thing that speaks against the service or makes the record less certain."""
    stated = record.get("risk_features", {})
    known = {*stated.get("present", ()), *stated.get("absent", ())}
    kind = data.draw(
        st.sampled_from(["absent", "generic", "procedure", "diagnosis", "feature", "opposed"])
    )
    if kind == "absent":
        feature = data.draw(st.sampled_from([f for f in feature_ids() if f not in known]))
        return f"{feature} absent", with_feature(record, "absent", feature)
    return kind, {
        "generic": with_rationale(record, GENERIC),
        "procedure": with_entry(record, "procedures", {"code": "99999"}),
        "diagnosis": with_entry(record, "diagnoses", {"code": "Q99.ZZ"}),
        "feature": with_feature(record, "present", "a-feature-that-nobody-knows"),
        "opposed": with_entry(record, "procedures", {"code": "63650"}),
    }[kind]


@law(20)
@given(records(), st.data())
def test_a_contraindication_never_moves_towards_necessary(
    record: Json, data: st.DataObject
) -> None:
    before = outcomes(record)
    what, changed = contraindicated(record, data)
    after = outcomes(changed)
    gained = [name for name, outcome in after.items()
              if outcome == NECESSARY != before.get(name, "")]  # fmt: skip
    assert not gained, what


@law(8)
@given(anchored_records(NECESSARY), st.data())
def test_what_is_unknown_never_leaves_a_case_refused(record: Json, data: st.DataObject) -> None:
    """A case that was necessary is not refused by one thing that merely lowers certainty."""
    what, changed = contraindicated(record, data)
    assume(not what.endswith("absent"))
    assert answer(changed)["outcome"] != "not_necessary", what


@law(30)
@given(records())
def test_a_definite_outcome_is_the_only_possible_one(record: Json) -> None:
    document = answer(record)
    for told in (document, *document["services"]):
        assert told["possible_outcomes"]
        if told["outcome"] != "indeterminate":
            assert told["possible_outcomes"] == [told["outcome"]]


@law(30)
@example({"procedures": [{"code": "60260"}], "diagnoses": [{"code": "I10"}]})
@example(
    {
        "procedures": [{"text": "brain tumor resection"}],
        "diagnoses": [{"code": "C71.1"}],
        "risk_features": {"present": ["eloquent-cortex"]},
        "documentation": {"rationale": "The tumour abuts eloquent cortex."},
    }
)
@given(records())
def test_an_undecided_case_says_why(record: Json) -> None:
    document = answer(record)
    for told in (document, *document["services"]):
        assert bool(told["reasons"]) == (told["outcome"] == "indeterminate"), told["outcome"]


@law(30)
@given(records())
def test_a_person_always_decides(record: Json) -> None:
    document = answer(record)
    assert document["human_review"] is True
    assert document["next_step"] != "certify"


def test_the_laws_speak_of_cases_of_every_outcome() -> None:
    for outcome in (NECESSARY, "not_necessary", "indeterminate"):
        assert len(anchors(outcome)) > 10
