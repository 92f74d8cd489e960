"""The engine and the reference libraries conclude the same of every request, service and case."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from kg_engine import Engine, InputRefused, determine, open_engine
from kg_engine.inference import Inference, infer, undocumented_features
from kg_engine.namespaces import CASE, NEC, TYPE
from kg_engine.outcomes import INDETERMINATE, NECESSARY, NOT_NECESSARY, OutcomeReader
from kg_engine.pipeline import admit
from kg_engine.reference import Source, determine_reference, reference_outcomes
from kg_engine.terms import Triple
from tests.oracle.records import ALL, FIVE, RECORDS, judged

pytestmark = pytest.mark.oracle
NECESSARY_RECORD, NOT_NECESSARY_RECORD = "deformity correction", "routine lobectomy"
FIRST_REQUEST = "urn:case:requests/0-0"
SWAP = {"nec:NecessaryRequest": "nec:NotNecessaryRequest",
        "nec:NotNecessaryRequest": "nec:NecessaryRequest"}  # fmt: skip


def inferred(name: str, engine: Engine) -> Inference:
    admitted = admit(RECORDS[name], engine)
    return infer(admitted.edition, admitted.abox)


def outcomes_in(inference: Inference, world: int, engine: Engine) -> dict[str, str]:
    """Return the engine's outcome of each node of a case in one world."""
    reader = OutcomeReader(inference, engine.knowledge)
    found = {}
    for node in {t.s for t in inference.abox.facts}:
        held = [o for o, (mask, _) in reader.masks(node).items() if mask & world]
        found[str(node)] = held[0] if held else INDETERMINATE
    return found


@pytest.mark.parametrize("name", RECORDS)
def test_both_agree_on_the_record_as_it_stands(name: str, engine: Engine) -> None:
    try:
        inference = inferred(name, engine)
    except InputRefused:
        pytest.skip("the door refuses this record")
    reference = judged(name, engine)
    assert outcomes_in(inference, inference.worlds.as_recorded, engine) == reference.outcomes
    assert bool(inference.consistent & inference.worlds.as_recorded) is not bool(
        reference.contradictions
    )


@pytest.mark.parametrize("name", RECORDS)
def test_a_definite_answer_is_the_reference_s_answer(name: str, engine: Engine) -> None:
    try:
        outcome = determine(RECORDS[name], engine).outcome
    except InputRefused:
        pytest.skip("the door refuses this record")
    assert outcome in {judged(name, engine).outcomes[CASE("case")], INDETERMINATE}


def test_the_shipped_knowledge_lets_itself_be_sliced(engine: Engine) -> None:
    assert judged(NOT_NECESSARY_RECORD, engine).sliced


@pytest.mark.skipif(not ALL, reason="runs under IONM_ORACLE=all")
@pytest.mark.parametrize("name", FIVE)
def test_both_agree_on_the_presumed_completion(name: str, engine: Engine) -> None:
    inference = inferred(name, engine)
    facts = [*inference.abox.facts, Triple(CASE("case"), TYPE, NEC.AssumedDocumentedCase)]
    for procedure, features in undocumented_features(inference.closure, inference.abox).items():
        facts += [Triple(procedure, NEC.absentFeature, f) for f in features]
    files = {f: engine.knowledge.ontology[f] for f in inference.edition.files}
    reference = reference_outcomes(facts, files, dict(engine.knowledge.shape_files))
    assert outcomes_in(inference, inference.presumed, engine) == reference.outcomes


def test_the_reference_answers_in_the_outline_of_the_contract(engine: Engine) -> None:
    answer = determine_reference({"id": "a", "services": [{"code": "95865"}]}, engine)
    assert answer["case_id"] == "a"
    assert answer["outcome"] == INDETERMINATE
    assert answer["services"] == [{"code": "95865", "outcome": INDETERMINATE}]
    assert answer["requests"] == {FIRST_REQUEST: INDETERMINATE}
    assert str(answer["engine"]).startswith("reference (owlrl ")
    assert answer["contradictions"] == []


def engine_with(outcome_file: str, root: Path, folder: Path) -> Engine:
    """Open an engine whose file of outcome axioms reads as given."""
    ontology = folder / "ontology"
    shutil.copytree(root / "ontology", ontology)
    (ontology / "outcome.ttl").write_text(outcome_file, encoding="utf-8")
    return open_engine([ontology], [root / "shapes"])


def both(name: str, engine: Engine) -> tuple[str, str]:
    """Return the outcome of the first request by the engine and by the reference."""
    inference = inferred(name, engine)
    ours = outcomes_in(inference, inference.worlds.as_recorded, engine)
    return ours[FIRST_REQUEST], judged(name, engine).outcomes[FIRST_REQUEST]


def test_without_outcome_axioms_nothing_is_decided(root: Path, tmp_path: Path) -> None:
    emptied = engine_with("", root, tmp_path)
    for name in (NECESSARY_RECORD, NOT_NECESSARY_RECORD):
        assert both(name, emptied) == (INDETERMINATE, INDETERMINATE)


def test_outcomes_follow_the_axioms_when_the_classes_are_swapped(
    root: Path, tmp_path: Path
) -> None:
    text = (root / "ontology" / "outcome.ttl").read_text(encoding="utf-8")
    swapped = engine_with(swap(text), root, tmp_path)
    assert both(NECESSARY_RECORD, swapped) == (NOT_NECESSARY, NOT_NECESSARY)
    assert both(NOT_NECESSARY_RECORD, swapped) == (NECESSARY, NECESSARY)


def swap(text: str) -> str:
    for k, name in enumerate(SWAP):
        text = text.replace(name, f"<{k}>")
    for k, name in enumerate(SWAP.values()):
        text = text.replace(f"<{k}>", name)
    return text


def test_files_may_be_given_as_paths_or_as_turtle(root: Path, engine: Engine) -> None:
    admitted = admit({"services": [{"code": "95865"}]}, engine)
    core = root / "ontology" / "core.ttl"
    shapes = root / "shapes" / "decision.ttl"
    forms: tuple[tuple[Mapping[str, Source], Mapping[str, Source]], ...] = (
        ({"core": core}, {"decision": shapes}),
        ({"core": core.read_bytes()}, {"decision": shapes.read_bytes()}),
    )
    first, second = (reference_outcomes(admitted.abox.facts, *form) for form in forms)
    assert first == second
    assert first.outcomes[FIRST_REQUEST] == INDETERMINATE
