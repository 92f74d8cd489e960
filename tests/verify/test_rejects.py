"""The checker rejects what is falsified, and says why; each reason is documented."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg_engine import Engine, determine, verify
from tests.prove.mutants import MUTATIONS, sealed
from tests.prove.records import case_records, draw_record
from tests.prove.trial import Trial

Json = dict[str, Any]
NECESSARY, OPEN, CLASH = (
    "thyroid/completion",
    "codes/unknown-procedure",
    "thyroid/total-bilateral-absent",
)
_REASON = re.compile(r'Rejection\(\s*"([a-z-]+)"')
_LISTED = re.compile(r"^\| `([a-z-]+)` \|", re.MULTILINE)


def reasons(verifier: verify.Verifier, document: Json) -> set[str]:
    """Return why a document is rejected."""
    return {rejection.reason for rejection in verifier.verify(document).rejections}


def node(document: Json, kind: str, **having: str) -> Json:
    """Return the first node of a kind with some values."""
    found: Json = next(n for n in document["proof"]["nodes"]
                       if n["kind"] == kind and having.items() <= n.items())  # fmt: skip
    return found


@pytest.mark.parametrize("kind", MUTATIONS)
@pytest.mark.parametrize("name", [NECESSARY, OPEN, CLASH])
def test_a_mutant_of_each_class_is_rejected(
    kind: str, name: str, engine: Engine, verifier: verify.Verifier,
    determined: Callable[[str], Json],
) -> None:  # fmt: skip
    dice = random.Random(f"{kind} {name}")  # noqa: S311  (a draw)
    trial = Trial(engine, verifier, dice)
    trial.falsify(determined(name), kind, 6)
    assert not trial.tally.faults


def test_a_sample_of_drawn_records_and_forgotten_facts(
    engine: Engine, verifier: verify.Verifier
) -> None:
    dice = random.Random(2026)  # noqa: S311  (a draw)
    trial = Trial(engine, verifier, dice)
    for record in [draw_record(dice) for _ in range(6)] + list(case_records()[5::120]):
        document = trial.accepts(record)
        if document is not None:
            trial.rejects(document, 16)
            trial.drops(record, document, 2)
    assert not trial.tally.faults
    assert trial.tally.determinations >= 8
    assert trial.tally.mutants.total() > 100


def test_whoever_does_not_seal_again_is_found(
    verifier: verify.Verifier, determined: Callable[[str], Json]
) -> None:
    document = determined(NECESSARY)
    document["headline"] = "Approved."
    assert reasons(verifier, document) == {"document-digest"}
    assert reasons(verifier, sealed(document)) == set()


def _first(document: Json) -> Json:
    found: Json = document["proof"]["nodes"][0]
    return found


FORGERIES: dict[str, Callable[[Json], object]] = {
    "assumes-differs": lambda d: d["proof"].update(assumes=True),
    "date-differs": lambda d: d.update(date_of_service="2001-01-01"),
    "duplicate-id": lambda d: d["proof"]["nodes"].append(_first(d)),
    "unknown-root": lambda d: d["proof"]["roots"].append("x"),
    "unknown-premise": lambda d: node(d, "inference")["premises"].append("x"),
    "unknown-kind": lambda d: _first(d).update(kind="oracle"),
    "unknown-policy": lambda d: d["policy"].update(id="x"),
    "malformed-node": lambda d: node(d, "record").update(premises=["1"]),
    "unknown-rule": lambda d: node(d, "inference").update(rule="scm-sco"),
    "no-axiom": lambda d: node(d, "axiom").update(
        triple=[verify.iri("nec:Case"), verify.iri("rdfs:isDefinedBy"),
                "<https://w3id.org/necessity/core>"], file="ontology/core.ttl"),
    "record-not-canonical": lambda d: d["record"]["documentation"]["items"].reverse(),
    "services-differ": lambda d: d["services"][0].update(code="1"),
    "not-attested": lambda d: node(d, "attestation").update(
        triple=[verify.iri("case:requests/7-7"), *node(d, "attestation")["triple"][1:]]),
    "outcome-not-entailed": lambda d: d.update(outcome="not_necessary"),
    "outcome-without-root": lambda d: d["proof"].update(roots=d["proof"]["nodes"][-1]["premises"],
                                                        nodes=d["proof"]["nodes"][:-1]),
}  # fmt: skip


@pytest.mark.parametrize("reason", FORGERIES)
def test_a_forgery_has_its_reason(
    reason: str, verifier: verify.Verifier, determined: Callable[[str], Json]
) -> None:
    document = determined(NECESSARY)
    FORGERIES[reason](document)
    assert reason in reasons(verifier, sealed(document))


def test_a_file_that_is_not_in_force_is_no_source(
    verifier: verify.Verifier, determined: Callable[[str], Json]
) -> None:
    document = determined(NECESSARY)
    reading = verifier._reading(verify.read_claims(document))
    assert isinstance(reading, verify.Reading)
    file = node(document, "axiom", file="ontology/core.ttl")["file"]
    reading.edition.files = reading.edition.files - {file}
    try:
        assert reasons(verifier, document) == {"not-in-force"}
    finally:
        reading.edition.files = reading.edition.files | {file}


def test_a_definite_answer_is_not_withheld(
    verifier: verify.Verifier, determined: Callable[[str], Json]
) -> None:
    document = determined("thyroid/lobectomy-routine")
    assert document["outcome"] == "not_necessary"
    document["outcome"] = "indeterminate"
    assert reasons(verifier, sealed(document)) == {"outcome-withheld"}


def test_a_contradiction_leaves_nothing_decided(
    verifier: verify.Verifier, determined: Callable[[str], Json]
) -> None:
    document = determined(CLASH)
    document["outcome"] = "necessary"
    assert "inconsistent" in reasons(verifier, sealed(document))


def test_a_fact_left_out_of_an_attestation_is_missed(
    verifier: verify.Verifier, determined: Callable[[str], Json]
) -> None:
    document = determined(NECESSARY)
    attestation = document["proof"]["nodes"][-1]
    assert attestation["kind"] == "attestation"
    attestation["premises"].pop(2)
    assert reasons(verifier, sealed(document)) <= {"value-left-out", "unreachable-node"}


def assuming(engine: Engine, determined: Callable[[str], Json]) -> Json:
    """Return an undecided answer with a proof that assumes the feature which would decide it."""
    record = determined("thyroid/lobectomy-undocumented")["record"]
    stated = {**record, "risk_features": {"present": ["revision-surgery"]}}
    document = determined("thyroid/lobectomy-undocumented")
    proof = json.loads(determine(stated, engine).json())["proof"]
    for leaf in proof["nodes"]:
        if leaf.get("path") == "/risk_features/present/0":
            leaf["kind"] = "assumption"
            del leaf["path"]
    document["proof"] = {**proof, "assumes": True}
    return sealed(document)


def test_an_open_feature_may_be_assumed_and_decides_nothing(
    engine: Engine, verifier: verify.Verifier, determined: Callable[[str], Json]
) -> None:
    document = assuming(engine, determined)
    assert document["outcome"] == "indeterminate"
    assert reasons(verifier, document) == set()
    document["outcome"] = "necessary"
    assert reasons(verifier, sealed(document)) == {"outcome-not-certain"}


def test_a_feature_is_not_assumed_both_ways(
    engine: Engine, verifier: verify.Verifier, determined: Callable[[str], Json]
) -> None:
    document = assuming(engine, determined)
    present = node(document, "assumption")["triple"]
    absent = [present[0], verify.iri("nec:absentFeature"), present[2]]
    document["proof"]["nodes"].append({"id": "0", "kind": "assumption", "triple": absent})
    document["proof"]["roots"].append("0")
    assert "inconsistent-assumptions" in reasons(verifier, sealed(document))


def test_a_code_that_only_an_absent_list_has_cannot_be_checked(
    verifier: verify.Verifier, determined: Callable[[str], Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "full_list", lambda _: None)
    fresh = verify.Verifier(verifier.knowledge)
    assert reasons(fresh, determined("thyroid/comorbidity-unused")) == {"code-list-missing"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("proof", None),
        ("proof", {"roots": [], "assumes": False, "nodes": [3]}),
        ("record", []),
        ("record", {"procedures": [{"code": 5}]}),
        ("record", {"date_of_service": "yesterday"}),
        ("outcome", "certain"),
        ("services", [{"code": "1"}]),
        ("digest", 7),
    ],
)
def test_what_is_no_determination_is_malformed(
    key: str, value: object, verifier: verify.Verifier, determined: Callable[[str], Json]
) -> None:
    document = determined(OPEN)
    document[key] = value
    if key == "record" and isinstance(value, dict):
        document["date_of_service"] = value.get("date_of_service")
        sealed(document)
    with pytest.raises(verify.MalformedInput):
        verifier.verify(document)


def test_what_nests_too_deeply_is_malformed(
    verifier: verify.Verifier, determined: Callable[[str], Json]
) -> None:
    document = determined(OPEN)
    deep: list[object] = []
    for _ in range(5_000):
        deep = [deep]
    document["record"]["deep"] = deep
    with pytest.raises(verify.MalformedInput):
        verifier.verify(document)


def test_what_is_told_holds_nothing_that_a_terminal_obeys(
    verifier: verify.Verifier, determined: Callable[[str], Json]
) -> None:
    document = determined(OPEN)
    document["services"][0]["code"] = "\x1b[2J\ud800"
    told = verify.render(verifier.verify(sealed(document)))
    assert "services-differ" in told
    assert told.replace("\n", "").isprintable() or "\ufffd" in told
    assert "\x1b" not in told


def test_every_reason_is_documented(root: Path) -> None:
    source = (root / "kg_engine" / "verify.py").read_text()
    page = (root / "docs" / "proofs.md").read_text().partition("## Reasons")[2]
    listed = _LISTED.findall(page)
    assert listed == sorted(set(_REASON.findall(source)))
