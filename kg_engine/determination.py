"""Read a determination off an inference: outcome, reasons, steps, voices, gaps and proof.

Nothing here concludes anything: each member is read from the closure, by classes and words that
stand in the ontology. The result is plain JSON values in one order, so that the same case under
the same knowledge gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from kg_engine.abox import CASE_NODE
from kg_engine.derivation import Derivation
from kg_engine.gaps import GapReader, is_open
from kg_engine.inference import Inference
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC, SKOS, TYPE
from kg_engine.narrative import narrate
from kg_engine.outcomes import INDETERMINATE, NECESSARY, OutcomeReader, OutcomeView
from kg_engine.proof import Proof, ProofBuilder, as_json
from kg_engine.record import CaseRecord, canonical_json, case_digest
from kg_engine.statuses import axes, combine_axes, steps
from kg_engine.terms import IRI, Term, Triple
from kg_engine.voices import Voices, read_voices

Json = dict[str, object]


@dataclass(frozen=True)
class Determination:
    """An explained answer: the JSON document of the contract, and its proof as a value."""

    document: Json
    proof: Proof

    @property
    def outcome(self) -> str:
        """Return ``necessary``, ``not_necessary`` or ``indeterminate``."""
        return str(self.document["outcome"])

    def json(self) -> str:
        """Return the document as JSON text, the same bytes for the same case and knowledge."""
        return json.dumps(self.document, indent=2, ensure_ascii=False, sort_keys=False) + "\n"


@dataclass(frozen=True)
class _Desk:
    """Hold what every part of a determination is read from."""

    record: CaseRecord
    inference: Inference
    knowledge: Knowledge
    reader: OutcomeReader

    def is_certain(self, subject: Term, class_: IRI) -> bool:
        return self.inference.certain(Triple(subject, TYPE, class_))

    def principal(self, requests: Iterable[Term]) -> tuple[Term, ...]:
        """Return the requests that are a ground for a service, in order."""
        found = sorted(requests, key=str)
        return tuple(r for r in found if not self.is_certain(r, NEC.QualifyingRequest))


def read_determination(
    record: CaseRecord, inference: Inference, knowledge: Knowledge
) -> Determination:
    """Read the determination of a case from its inference."""
    desk = _Desk(record, inference, knowledge, OutcomeReader(inference, knowledge))
    facts = inference.closure.facts
    requests = desk.principal(facts.objects(CASE_NODE, NEC.hasRequest))
    unbounded = any(is_open(inference, r) for r in requests) or not requests
    view = desk.reader.read(CASE_NODE, unbounded=unbounded)
    gaps = GapReader(inference, knowledge, desk.reader, requests, unbounded)
    missing = gaps.missing(decided=view.outcome != INDETERMINATE)
    decisive = any(item["could_change_outcome"] for item in missing)
    voices = read_voices(inference, knowledge, requests)
    services = [_service(desk, s, decisive) for s in _services(desk)]
    reasons = _case_reasons(desk, view, services, decisive)
    proof = _prove(desk, view, voices, requests, reasons)
    document = _document(desk, view, services, reasons, voices, requests)
    document |= {
        "missing": missing,
        **_notices(desk, proof),
        "what_if": gaps.repairs() if view.outcome == INDETERMINATE else [],
        "narrative": [],
        "proof": as_json(proof),
        **_identity(desk),
    }
    document["narrative"] = narrate(document, knowledge)
    document["digest"] = _digest(document)
    return Determination(document, proof)


def _document(
    desk: _Desk,
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
        "headline": _headline(desk, view.outcome),
        "reasons": reasons,
        "next_step": _next_step(desk, view.outcome, reasons),
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


def _deciding(desk: _Desk, view: OutcomeView, requests: tuple[Term, ...]) -> tuple[Term, ...]:
    """Return the requests of which the steps tell: those that decide, where the case is decided."""
    if view.outcome == INDETERMINATE:
        return requests
    read = {r: desk.reader.read(r, unbounded=False).outcome for r in requests}
    return tuple(r for r in requests if read[r] == view.outcome) or requests


def _services(desk: _Desk) -> list[Term]:
    return sorted(desk.inference.closure.facts.objects(CASE_NODE, NEC.hasService), key=str)


def _service(desk: _Desk, service: Term, decisive: bool) -> Json:
    inference, knowledge = desk.inference, desk.knowledge
    facts = inference.closure.facts
    requests = desk.principal(facts.objects(service, NEC.hasRequest))
    unbounded = any(is_open(inference, r) for r in requests) or not requests
    view = desk.reader.read(service, unbounded=unbounded)
    code = facts.value(service, NEC.hasCode)
    voices = read_voices(inference, knowledge, requests)
    return {
        "code": knowledge.notation(code) if code is not None else _given_code(desk, service),
        "label": "" if code is not None else _service_label(desk, service),
        "outcome": view.outcome,
        "possible_outcomes": list(view.possible),
        "axes": axes(inference, knowledge, requests),
        "reasons": _of_services(desk, _reasons(desk, requests, view.outcome, decisive)),
        "recommendations": [
            {"id": r["id"], "direction": r["direction"], "prevails": r["prevails"]}
            for r in voices.recommendations
        ],
        "requests": [_request(desk, r) for r in requests],
    }


def _request(desk: _Desk, request: Term) -> Json:
    facts, knowledge = desk.inference.closure.facts, desk.knowledge
    procedure = facts.value(request, NEC.forProcedure)
    view = desk.reader.read(request, unbounded=is_open(desk.inference, request))

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


def _given_code(desk: _Desk, service: Term) -> str | None:
    path = desk.inference.abox.facts.get(Triple(service, TYPE, NEC.Service), "")
    number = path.rsplit("/", 1)[-1]
    return desk.record.services[int(number)].code if number.isdigit() else None


def _service_label(desk: _Desk, service: Term) -> str:
    if desk.is_certain(service, NEC.UnspecifiedService):
        return desk.knowledge.graph.text(desk.knowledge.topic, NEC.unspecifiedServiceLabel)
    return ""


def _reasons(
    desk: _Desk, subjects: Iterable[Term], outcome: str, decisive: bool
) -> list[Json]:
    if outcome != INDETERMINATE:
        return []
    subjects = (*subjects, CASE_NODE)
    graph = desk.knowledge.graph
    found = []
    for reason in graph.subjects(TYPE, NEC.Reason):
        classes = graph.objects(reason, NEC.reasonWhen)
        if graph.objects(reason, NEC.onlyIfCertain):
            held = any(desk.is_certain(s, IRI(str(c))) for s in subjects for c in classes)
        else:
            held = any(desk.inference.instance(s, classes) for s in subjects)
        if held or _marked(desk, reason, decisive):
            found.append(reason)
    otherwise = [t.s for t in graph.about(NEC.reasonOtherwise)]
    return [_reason(desk, reason) for reason in found or otherwise]


def _of_services(desk: _Desk, reasons: list[Json]) -> list[Json]:
    """Leave out the reasons that are told of a case alone."""
    graph, knowledge = desk.knowledge.graph, desk.knowledge
    case_only = {knowledge.notation(t.s) for t in graph.about(NEC.caseOnly)}
    return [r for r in reasons if r["id"] not in case_only]


def _reason(desk: _Desk, reason: Term) -> Json:
    graph = desk.knowledge.graph
    return {"id": desk.knowledge.notation(reason), "text": graph.text(reason, SKOS.definition)}


def _marked(desk: _Desk, reason: Term, decisive: bool) -> bool:
    graph, inference = desk.knowledge.graph, desk.inference
    inconsistent = not inference.limited and not (
        inference.consistent & inference.worlds.as_recorded
    )
    marks = (
        (NEC.reasonWhenMissing, decisive and not inconsistent and not inference.limited),
        (NEC.reasonWhenInconsistent, inconsistent),
        (NEC.reasonWhenLimited, inference.limited),
    )
    return any(holds and graph.objects(reason, mark) for mark, holds in marks)


def _case_reasons(
    desk: _Desk, view: OutcomeView, services: list[Json], decisive: bool
) -> list[Json]:
    if view.outcome != INDETERMINATE:
        return []
    told = [r for service in services for r in service["reasons"]]  # type: ignore[attr-defined]
    told += _reasons(desk, (), view.outcome, decisive)
    graph, knowledge = desk.knowledge.graph, desk.knowledge
    otherwise = {knowledge.notation(t.s) for t in graph.about(NEC.reasonOtherwise)}
    found = {str(r["id"]): r for r in told}
    if set(found) - otherwise:
        found = {key: reason for key, reason in found.items() if key not in otherwise}
    return [found[key] for key in sorted(found)]


def _headline(desk: _Desk, outcome: str) -> str:
    graph, knowledge = desk.knowledge.graph, desk.knowledge
    policy = knowledge.label(desk.inference.edition.policy)
    for node in graph.subjects(TYPE, NEC.Outcome):
        if knowledge.notation(node) == outcome:
            return graph.text(node, NEC.headline).replace("{policy}", policy)
    return ""


def _next_step(desk: _Desk, outcome: str, reasons: list[Json]) -> str:
    graph, knowledge = desk.knowledge.graph, desk.knowledge
    certifiable = desk.is_certain(CASE_NODE, NEC.CertifiableCase)
    if outcome == NECESSARY and certifiable:
        return knowledge.notation(NEC.certify)
    ids = {str(r["id"]) for r in reasons}
    advised = {
        step
        for reason in graph.subjects(TYPE, NEC.Reason)
        if knowledge.notation(reason) in ids
        for step in graph.objects(reason, NEC.advises)
    }
    asked = NEC.request_information in advised
    return knowledge.notation(NEC.request_information if asked else NEC.refer_to_clinician)


def _prove(
    desk: _Desk,
    view: OutcomeView,
    voices: Voices,
    requests: tuple[Term, ...],
    reasons: list[Json],
) -> Proof:
    inference = desk.inference
    world = inference.worlds.as_recorded
    conclusions: list[Triple | Derivation] = []
    if not inference.consistent & world:
        clashes = [c for c in inference.closure.clashes
                   if inference.closure.derivation_mask(c) & world]  # fmt: skip
        conclusions = list(sorted(clashes, key=str)[:5])
    elif view.fact is not None:
        if not inference.closure.mask(view.fact) & world:
            world = inference.presumed & inference.completions or _lowest(inference.completions)
        conclusions = [view.fact]
    else:
        conclusions = list(_grounds(desk, requests, reasons, voices, world))
    return ProofBuilder(inference, desk.knowledge, world).prove(conclusions)


def _grounds(
    desk: _Desk,
    requests: tuple[Term, ...],
    reasons: list[Json],
    voices: Voices,
    world: int,
) -> Iterable[Triple]:
    """Yield what an undecided case still shows: decided services, reasons, governing voices."""
    closure, graph = desk.inference.closure, desk.knowledge.graph
    ids = {str(r["id"]) for r in reasons}
    classes = [t.s for t in graph.about(NEC.yields)]
    classes += [
        c for reason in graph.subjects(TYPE, NEC.Reason)
        if desk.knowledge.notation(reason) in ids
        for c in graph.objects(reason, NEC.reasonWhen)
    ]  # fmt: skip
    for subject in (CASE_NODE, *_services(desk), *requests):
        for class_ in classes:
            fact = Triple(subject, TYPE, IRI(str(class_)))
            if closure.mask(fact) & world:
                yield fact
    for request in requests:
        for voice in closure.facts.objects(request, NEC.governedBy):
            fact = Triple(request, NEC.governedBy, voice)
            if closure.mask(fact) & world:
                yield fact


def _lowest(mask: int) -> int:
    return mask & -mask


def _notices(desk: _Desk, proof: Proof) -> Json:
    found: dict[str, list[Json]] = {"unrecognised": [], "unused": [], "notes": []}
    for notice in desk.inference.abox.notices:
        entry: Json = {"kind": notice.kind, "path": notice.path, "text": notice.text,
                       "reason": notice.reason}  # fmt: skip
        if notice.candidates:
            entry["candidates"] = [desk.knowledge.label(IRI(c)) for c in notice.candidates]
        kinds = {"unrecognised": "unrecognised", "ambiguous": "unrecognised", "unused": "unused"}
        found[kinds.get(notice.kind, "notes")].append(entry)
    found["unused"] += _idle_features(desk)
    return {**found, "unverified": list(proof.unverified)}


def _idle_features(desk: _Desk) -> list[Json]:
    """Return the stated features that bear on no procedure of the case."""
    facts = desk.inference.closure.facts
    found: dict[str, Json] = {}
    for fact, path in desk.inference.abox.facts.items():
        if not path.startswith("/risk_features/") or not isinstance(fact.o, IRI):
            continue
        bears = any(
            fact.o in facts.objects(p, link)
            for p in desk.inference.abox.procedures
            for link in (NEC.bearingFeature, NEC.askedFeature)
        )
        if fact.p != TYPE and not bears:
            found[path] = {"kind": "unused", "path": path, "reason": "bears on no procedure of the case",
                           "text": desk.knowledge.notation(fact.o)}  # fmt: skip
    return [found[key] for key in sorted(found)]


def _identity(desk: _Desk) -> Json:
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


def engine_version() -> str:
    """Return the version of the installed engine."""
    try:
        return version("ionm")
    except PackageNotFoundError:
        return "unknown"


def _digest(document: Json) -> str:
    kept = {k: v for k, v in document.items() if k not in ("case_id", "digest")}
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


