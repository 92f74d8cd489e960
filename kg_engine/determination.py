"""Read a determination off an inference: outcome, reasons, steps, voices, gaps and proof.

Nothing here concludes anything: each member is read from the closure, by classes and words that
stand in the ontology. The result is plain JSON values in one order, so that the same case under
the same knowledge gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import orjson

from kg_engine.abox import CASE_NODE
from kg_engine.desk import Desk, Json
from kg_engine.gaps import GapReader
from kg_engine.grounds import prove_determination
from kg_engine.inference import Inference
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC, TYPE
from kg_engine.narrative import narrate
from kg_engine.notices import read_notices
from kg_engine.outcomes import INDETERMINATE, OutcomeReader, OutcomeView
from kg_engine.proof import Proof, as_json
from kg_engine.reasons import case_reasons, headline, next_step, reasons_of, without_case_only
from kg_engine.record import CaseRecord, canonical_json, case_digest
from kg_engine.statuses import axes, combine_axes, steps
from kg_engine.terms import IRI, Term, Triple
from kg_engine.voices import Voices, read_voices

_PRETTY = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


@dataclass(frozen=True)
class Determination:
    """An explained answer: the JSON document of the contract, its proof, and what it rests on."""

    document: Json
    proof: Proof
    inference: Inference

    @property
    def outcome(self) -> str:
        """Return ``necessary``, ``not_necessary`` or ``indeterminate``."""
        return str(self.document["outcome"])

    def json(self) -> str:
        """Return the document as JSON text, the same bytes for the same case and knowledge."""
        return orjson.dumps(self.document, option=_PRETTY).decode()


def read_determination(
    record: CaseRecord, inference: Inference, knowledge: Knowledge
) -> Determination:
    """Read the determination of a case from its inference."""
    desk = Desk(record, inference, knowledge, OutcomeReader(inference, knowledge))
    facts = inference.closure
    requests = desk.principal(facts.objects(CASE_NODE, NEC.hasRequest))
    unbounded = desk.reader.is_open(requests) or not requests
    view = desk.reader.read(CASE_NODE, unbounded=unbounded)
    gaps = GapReader(inference, knowledge, desk.reader, requests, unbounded)
    missing = gaps.missing(decided=view.outcome != INDETERMINATE)
    decisive = any(item["could_change_outcome"] for item in missing)
    voices = read_voices(inference, knowledge, requests)
    services = [_service(desk, s, decisive=decisive) for s in desk.services()]
    reasons = case_reasons(desk, view, services, decisive=decisive)
    proof = prove_determination(desk, view, requests, reasons)
    document = _document(desk, view, services, reasons, voices, requests)
    document |= {
        "missing": missing,
        **read_notices(desk, proof),
        "what_if": gaps.repairs() if view.outcome == INDETERMINATE else [],
        "narrative": [],
        "proof": as_json(proof),
        **_identity(desk),
    }
    document["contradictions"] = [n.text for n in proof.nodes if n.kind == "contradiction"]
    document["narrative"] = narrate(document)
    document["digest"] = _digest(document)
    return Determination(document, proof, inference)


def _document(
    desk: Desk,
    view: OutcomeView,
    services: list[Json],
    reasons: list[Json],
    voices: Voices,
    requests: tuple[Term, ...],
) -> Json:
    inference, knowledge = desk.inference, desk.knowledge
    return {
        "case_id": desk.record.id,
        "question": knowledge.graph.text(knowledge.topic, NEC.question),
        "outcome": view.outcome,
        "headline": headline(desk, view.outcome),
        "reasons": reasons,
        "next_step": next_step(desk, view.outcome, reasons),
        "human_review": True,
        "possible_outcomes": list(view.possible),
        "presumptive_outcome": view.presumptive,
        "axes": combine_axes(services),
        "services": services,
        "steps": steps(inference, knowledge, _deciding(desk, view, requests)),
        "recommendations": list(voices.recommendations),
        "evidence": list(voices.evidence),
        "conflicts": list(voices.conflicts),
    }


def _deciding(desk: Desk, view: OutcomeView, requests: tuple[Term, ...]) -> tuple[Term, ...]:
    """Return the requests of which the steps tell: those that decide, where the case is decided."""
    if view.outcome == INDETERMINATE:
        return requests
    read = {r: desk.reader.read(r, unbounded=False).outcome for r in requests}
    return tuple(r for r in requests if read[r] == view.outcome) or requests


def _service(desk: Desk, service: Term, *, decisive: bool) -> Json:
    inference, knowledge = desk.inference, desk.knowledge
    facts = inference.closure
    requests = desk.principal(facts.objects(service, NEC.hasRequest))
    unbounded = desk.reader.is_open(requests) or not requests
    view = desk.reader.read(service, unbounded=unbounded)
    code = facts.value(service, NEC.hasCode)
    voices = read_voices(inference, knowledge, requests)
    return {
        "code": knowledge.notation(code) if code is not None else _given_code(desk, service),
        "label": "" if code is not None else _service_label(desk, service),
        "outcome": view.outcome,
        "possible_outcomes": list(view.possible),
        "axes": axes(inference, knowledge, requests),
        "reasons": without_case_only(
            desk, reasons_of(desk, requests, view.outcome, decisive=decisive)
        ),
        "recommendations": [
            {"id": r["id"], "direction": r["direction"], "prevails": r["prevails"]}
            for r in voices.recommendations
        ],
        "requests": [_request(desk, r) for r in requests],
    }


def _request(desk: Desk, request: Term) -> Json:
    facts, knowledge = desk.inference.closure, desk.knowledge
    procedure = facts.value(request, NEC.forProcedure)
    view = desk.reader.read(request, unbounded=desk.reader.is_open([request]))

    def names(p: IRI) -> list[str]:
        found = {o for o in facts.objects(request, p)
                 if desk.inference.certain(Triple(request, p, o))}  # fmt: skip
        return sorted(knowledge.label(o) for o in found)

    return {
        "procedure": desk.inference.abox.facts.get(
            Triple(procedure, TYPE, NEC.Procedure), ""
        ) if procedure is not None else None,
        "outcome": view.outcome,
        "structures_at_risk": names(NEC.structureAtRisk),
        "assesses": names(NEC.assesses),
        "operated_regions": names(NEC.requestRegion),
        "diagnosed_regions": names(NEC.diagnosisRegion),
    }  # fmt: skip


def _given_code(desk: Desk, service: Term) -> str | None:
    path = desk.inference.abox.facts.get(Triple(service, TYPE, NEC.Service), "")
    number = path.rsplit("/", 1)[-1]
    return desk.record.services[int(number)].code if number.isdigit() else None


def _service_label(desk: Desk, service: Term) -> str:
    if desk.is_certain(service, NEC.UnspecifiedService):
        return desk.knowledge.graph.text(desk.knowledge.topic, NEC.unspecifiedServiceLabel)
    return ""


def _identity(desk: Desk) -> Json:
    knowledge, record = desk.knowledge, desk.record
    day = record.date_of_service
    policy = desk.inference.edition.policy
    return {
        "record": json.loads(canonical_json(record)),
        "policy": {"id": knowledge.notation(policy), "label": knowledge.label(policy)},
        "date_of_service": day.isoformat() if day else None,
        "knowledge": {"version_iri": knowledge.version_iri, "digest": knowledge.digest},
        "engine": f"ionm {engine_version()}",
        "case_digest": case_digest(record),
    }


@cache
def engine_version() -> str:
    """Return the version of the installed engine."""
    try:
        return version("ionm")
    except PackageNotFoundError:
        return "unknown"


def _digest(document: Json) -> str:
    kept = {k: v for k, v in document.items() if k not in ("case_id", "digest")}
    content = orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)
    return "sha256:" + hashlib.sha256(content).hexdigest()
