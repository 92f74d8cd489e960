"""Another topic, with its own codes, features and steps, runs without a change in Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg_engine import determine, open_engine
from kg_engine.curation import check_curation
from kg_engine.pipeline import Engine
from kg_engine.profile import check_profile
from kg_engine.turtle import parse_turtle_file

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SHARED = ("core", "outcome", "reasons", "record", "text-cues")
FEATURES = ["bone-exposed", "standard-care-failed"]
FOOT: dict[str, object] = {
    "date_of_service": "2025-06-10",
    "procedures": [{"code": "T/1"}],
    "diagnoses": [{"code": "W/1", "system": "wound codes"}],
    "services": [{"code": "C/1"}],
    "risk_features": {"present": ["bone-exposed"]},
    "documentation": {"rationale": "The wound bed of the foot may die."},
}
PLAIN: dict[str, object] = {"risk_features": {"absent": FEATURES}}


@pytest.fixture(scope="module")
def engine() -> Engine:
    """Open an engine on the shared words and shapes and the second topic alone."""
    shared = [ROOT / "ontology" / f"{name}.ttl" for name in SHARED]
    return open_engine([*shared, *sorted(HERE.glob("*.ttl"))], [ROOT / "shapes"])


def answer(engine: Engine, **changes: object) -> dict[str, object]:
    """Determine the foot wound with some fields changed."""
    return determine({**FOOT, **changes}, engine).document


def ids(document: dict[str, object], member: str) -> list[str]:
    """Return the ids of the entries of a member."""
    entries = document[member]
    assert isinstance(entries, list)
    return [entry["id"] for entry in entries]


def test_a_supported_request_is_necessary(engine: Engine) -> None:
    document = answer(engine)
    assert document["outcome"] == "necessary"
    assert document["human_review"] is True
    assert ids(document, "recommendations") == ["grave-foot-supported"]
    assert "demonstration policy" in str(document["headline"])


def test_a_diagnosis_that_implies_the_feature_is_enough(engine: Engine) -> None:
    document = answer(engine, diagnoses=[{"code": "w2"}], risk_features={})
    assert document["outcome"] == "necessary"


def test_a_routine_request_that_is_opposed_is_not_necessary(engine: Engine) -> None:
    document = answer(engine, **PLAIN)
    assert document["outcome"] == "not_necessary"
    assert ids(document, "recommendations") == ["plain-foot-opposed"]


def test_undocumented_features_leave_both_outcomes_possible(engine: Engine) -> None:
    document = answer(engine, risk_features={})
    assert document["outcome"] == "indeterminate"
    assert {"necessary", "not_necessary"} <= set(document["possible_outcomes"])  # type: ignore[call-overload]
    assert document["presumptive_outcome"] == "not_necessary"
    assert {m["item"] for m in document["missing"]} >= set(FEATURES)  # type: ignore[attr-defined]


def test_mixed_evidence_is_indeterminate(engine: Engine) -> None:
    document = answer(
        engine,
        procedures=[{"code": "T/2"}],
        diagnoses=[{"code": "W/3"}],
        documentation={"rationale": "Dead bone of the jaw."},
    )
    assert document["outcome"] == "indeterminate"
    assert ids(document, "reasons") == ["equivocal-evidence"]


def test_a_wound_elsewhere_is_discordant(engine: Engine) -> None:
    document = answer(engine, diagnoses=[{"code": "W/3"}], **PLAIN)
    assert document["outcome"] == "indeterminate"
    assert "diagnosis-procedure-discordance" in ids(document, "reasons")
    assert document["presumptive_outcome"] is None


def test_a_service_that_reaches_another_tissue_is_a_mismatch(engine: Engine) -> None:
    document = answer(engine, services=[{"code": "C/2"}])
    assert document["outcome"] == "indeterminate"
    assert ids(document, "reasons") == ["pathway-mismatch"]


def test_a_generic_rationale_blocks_necessity(engine: Engine) -> None:
    document = answer(engine, documentation={"rationale": "It is the standard of care."})
    assert document["outcome"] == "indeterminate"
    assert "generic-documentation" in ids(document, "reasons")


def test_words_of_the_topic_are_matched(engine: Engine) -> None:
    document = answer(
        engine,
        procedures=[{"text": "Debridement of the foot"}],
        diagnoses=[{"text": "ulcer of the foot"}],
        risk_features={"present": ["bone-exposed"]},
    )
    assert document["outcome"] == "necessary"
    assert document["unrecognised"] == []


def test_words_that_are_not_read_leave_a_procedure_open(engine: Engine) -> None:
    document = answer(
        engine,
        procedures=[{"text": "Debridement of the foot, postponed"}],
        diagnoses=[{"text": "ulcer of the foot"}],
        risk_features={"present": ["bone-exposed"]},
    )
    assert document["outcome"] == "indeterminate"
    assert document["unrecognised"]


def test_a_negated_word_is_not_matched(engine: Engine) -> None:
    document = answer(
        engine,
        procedures=[{"text": "Debridement of the foot, no exposed bone"}],
        diagnoses=[{"text": "ulcer of the foot"}],
        risk_features={},
    )
    assert document["outcome"] == "indeterminate"


def test_the_words_of_another_topic_are_not_known(engine: Engine) -> None:
    document = answer(engine, procedures=[{"code": "60260"}])
    assert document["outcome"] == "indeterminate"
    assert "unrecognised-code" in ids(document, "reasons")


def test_the_steps_are_those_of_the_policy_in_its_order(engine: Engine) -> None:
    document = answer(engine)
    steps = document["steps"]
    assert isinstance(steps, list)
    assert ids(document, "steps") == ["wound", "severity", "record"]
    assert [step["status"] for step in steps] == ["met", "met", "met"]
    plain = answer(engine, **PLAIN)["steps"]
    assert isinstance(plain, list)
    assert [step["status"] for step in plain] == ["met", "not_met", "met"]


def test_a_guideline_not_yet_in_force_is_left_out(engine: Engine) -> None:
    document = answer(engine, date_of_service="2019-12-31")
    assert document["outcome"] == "indeterminate"
    assert ids(document, "reasons") == ["no-applicable-recommendation"]


def test_a_missing_date_leaves_a_dated_policy_indeterminate(engine: Engine) -> None:
    document = answer(engine, date_of_service=None)
    assert document["outcome"] == "indeterminate"
    assert "undated-record" in ids(document, "reasons")


def test_the_topic_keeps_the_rules_of_curation_and_profile(engine: Engine) -> None:
    files = engine.knowledge.ontology
    shapes = parse_turtle_file(ROOT / "shapes" / "curation.ttl", place="curation.ttl")
    assert check_curation(files, shapes) == ()
    assert check_profile(engine.knowledge.graph, place_of=str) == ()
