"""Hold the engine to what ARCHITECTURE.md promises; each promise names its test there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kg_engine import Engine, InputRefused, determine, open_engine, read_case
from kg_engine.namespaces import NEC, OWL, TYPE
from kg_engine.terms import IRI, Term, Triple

Json = dict[str, Any]
DAY = "2025-05-17"
LOBECTOMY: Json = {
    "date_of_service": DAY,
    "procedures": [{"code": "60220"}],
    "diagnoses": [{"code": "E04.1"}],
    "documentation": {"rationale": "Recurrent laryngeal nerve at risk.", "items": ["order"]},
}
ROUTINE: Json = {**LOBECTOMY, "risk_features": {"assessment_complete": True}}
REVISION: Json = {
    **LOBECTOMY,
    "procedures": [{"code": "60260"}],
    "diagnoses": [{"code": "C73"}],
}
VOICES = (NEC.supportedBy, NEC.opposedBy, NEC.equivocalPer, NEC.permittedBy, NEC.unprovenPer)


def ask(engine: Engine, case: Json, **changes: object) -> Json:
    """Determine a case with some fields changed and return the document."""
    return determine({**case, **changes}, engine).document


def ids(entries: list[Json]) -> list[str]:
    """Return the ids of some entries."""
    return [entry["id"] for entry in entries]


@pytest.mark.parametrize(
    "case",
    [
        {},
        {"date_of_service": DAY},
        {"procedures": [], "diagnoses": []},
        {"procedures": [{"code": "00000"}], "diagnoses": [{"code": "Q0000"}]},
        {"procedures": [{"text": "an operation"}], "diagnoses": [{"text": "an illness"}]},
        {"services": [{"code": "95938"}]},
        {**LOBECTOMY, "diagnoses": []},
        {**REVISION, "procedures": []},
        {**REVISION, "documentation": {}},
        {**REVISION, "diagnoses": [{"code": "M48.061"}]},
        {**REVISION, "date_of_service": "2199-01-01"},
    ],
)
def test_nothing_is_necessary_by_default(engine: Engine, case: Json) -> None:
    document = ask(engine, case)
    assert document["outcome"] == "indeterminate"
    assert document["reasons"]


def test_silence_about_risk_decides_nothing(engine: Engine) -> None:
    silent = ask(engine, LOBECTOMY)
    assert silent["outcome"] == "indeterminate"
    assert {"necessary", "not_necessary"} <= set(silent["possible_outcomes"])
    assert any(item["could_change_outcome"] for item in silent["missing"])
    assert ask(engine, ROUTINE)["outcome"] == "not_necessary"


def test_nothing_is_dropped(engine: Engine) -> None:
    plain = ask(engine, REVISION)
    odd = ask(
        engine,
        REVISION,
        procedures=[{"code": "60260"}, {"code": "00000"}],
        diagnoses=[{"code": "C73"}, {"code": "E11.9"}],
        risk_features={"present": ["no-such-feature"]},
    )
    assert {entry["text"] for entry in odd["unrecognised"]} >= {"00000", "no-such-feature"}
    assert any(entry["path"] == "/diagnoses/1/code" for entry in odd["unused"])
    assert odd["outcome"] in {plain["outcome"], "indeterminate"}
    comorbid = ask(engine, REVISION, diagnoses=[{"code": "C73"}, {"code": "E11.9"}])
    assert comorbid["outcome"] == plain["outcome"]


def test_conflict_is_shown(engine: Engine) -> None:
    document = ask(engine, REVISION)
    assert document["conflicts"]
    for conflict in document["conflicts"]:
        assert conflict["prevailing"]
        assert conflict["dissenting"]
        assert conflict["rule"]
    shown = ids(document["recommendations"])
    assert {v for c in document["conflicts"] for v in c["prevailing"] + c["dissenting"]} <= set(
        shown
    )


def test_a_person_reviews_every_answer(engine: Engine, root: Path) -> None:
    cases = [json.loads(p.read_bytes()) for p in sorted((root / "examples").glob("*.json"))]
    outcomes = set()
    for case in cases:
        document = ask(engine, case)
        outcomes.add(document["outcome"])
        assert document["human_review"] is True
        if document["outcome"] != "necessary":
            assert document["next_step"] in {"refer_to_clinician", "request_information"}
    assert outcomes == {"necessary", "not_necessary", "indeterminate"}


def test_only_what_is_in_force_takes_part(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ontology"
    shutil.copytree(root / "ontology", folder)
    (folder / "dates.ttl").write_text(
        "PREFIX ionm: <https://w3id.org/ionm#>\n"
        "PREFIX nec: <https://w3id.org/necessity#>\n"
        "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
        'ionm:advisory-2025-article nec:inForceUntil "2024-12-31"^^xsd:date .\n'
    )
    dated = open_engine([folder], [root / "shapes"])
    before = ask(dated, REVISION, date_of_service="2024-12-31")
    assert before["outcome"] == "necessary"
    after = ask(dated, REVISION, date_of_service="2025-01-01")
    assert after["outcome"] == "indeterminate"
    assert after["recommendations"] == []


def test_a_date_past_the_horizon_is_not_judged(engine: Engine) -> None:
    document = ask(engine, REVISION, date_of_service="2199-01-01")
    assert document["outcome"] == "indeterminate"
    assert "knowledge-horizon" in ids(document["reasons"])


def test_a_missing_date_is_asked_for(engine: Engine) -> None:
    document = ask(engine, REVISION, date_of_service=None)
    assert "date_of_service" in {item["item"] for item in document["missing"]}


def test_the_same_case_gives_the_same_bytes(engine: Engine, root: Path) -> None:
    case = (root / "examples" / "completion-thyroidectomy.json").read_bytes()
    here = determine(json.loads(case), engine).json()
    assert determine(json.loads(case), engine).json() == here
    program = (
        "import json, sys\n"
        "from kg_engine import determine, open_engine\n"
        "sys.stdout.write(determine(json.load(sys.stdin), open_engine()).json())\n"
    )
    for seed in ("1", "4711"):
        run = subprocess.run(
            [sys.executable, "-X", "utf8", "-c", program],
            input=case,
            capture_output=True,
            check=True,
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        assert run.stdout.decode() == here


@pytest.mark.parametrize("case", [ROUTINE, REVISION, LOBECTOMY])
def test_a_proof_rests_on_record_and_knowledge(engine: Engine, case: Json) -> None:
    proof = ask(engine, case)["proof"]
    nodes = {node["id"]: node for node in proof["nodes"]}
    assert set(proof["roots"]) <= set(nodes)
    seen: set[str] = set()
    for node in proof["nodes"]:
        premises = node.get("premises", [])
        assert set(premises) <= seen, "a premise stands before its conclusion"
        seen.add(node["id"])
        if node["kind"] == "axiom":
            assert node["file"].endswith(".ttl")
        if node["kind"] == "record":
            assert node["path"].startswith("/")


def test_the_four_noes_differ(engine: Engine) -> None:
    with pytest.raises(InputRefused):
        read_case(b'{"procedures": [', engine)
    with pytest.raises(InputRefused) as refused:
        determine({"colour": "red", "procedures": 1}, engine)
    assert [fault.place for fault in refused.value.faults] == ["/colour", "/procedures"]
    clash = ask(engine, REVISION, risk_features={"absent": ["revision-surgery"]})
    assert clash["outcome"] == "indeterminate"
    assert "inconsistent-record" in ids(clash["reasons"])
    assert clash["proof"]["nodes"]
    assert ask(engine, {})["outcome"] == "indeterminate"


def test_every_voice_names_its_source(engine: Engine) -> None:
    for case in (ROUTINE, REVISION):
        document = ask(engine, case)
        assert document["recommendations"]
        for entry in (*document["recommendations"], *document["evidence"]):
            assert entry["sources"]
            assert entry["verification"] in {"first_hand", "second_hand", "unverified"}
        for voice in document["recommendations"]:
            assert voice["issuer"]
            assert voice["strength"]["scale"]
            assert voice["evidence_grade"]["scale"]


def test_an_unverified_voice_never_decides(engine: Engine) -> None:
    graph = engine.knowledge.graph
    deciding: set[Term] = set()
    for restriction in graph.subjects(TYPE, OWL.Restriction):
        if any(p in VOICES for p in graph.objects(restriction, OWL.onProperty)):
            deciding |= set(graph.objects(restriction, OWL.hasValue))
    assert deciding
    unverified = NEC("unverified")
    assert not {v for v in deciding if Triple(IRI(str(v)), NEC.verification, unverified) in graph}


def test_what_monitoring_found_decides_nothing(engine: Engine) -> None:
    for case in (ROUTINE, REVISION, LOBECTOMY):
        documentation: Json = case["documentation"]
        items = [*documentation["items"], "monitoring-report", "operative-note", "time-log"]
        rationale = documentation["rationale"] + " The signal was lost and came back."
        after = ask(engine, case, documentation={"rationale": rationale, "items": items})
        assert after["outcome"] == ask(engine, case)["outcome"]
