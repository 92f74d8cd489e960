"""Read the steps of a policy and the axes of a service: met, not met, unknown, not applicable."""

from __future__ import annotations

from collections.abc import Iterable

from kg_engine.inference import Inference
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC, OWL, RDFS, TYPE
from kg_engine.terms import IRI, Literal, Term, Triple
from kg_engine.voices import source_views

MET, NOT_MET, UNKNOWN, NOT_APPLICABLE = "met", "not_met", "unknown", "not_applicable"
_TEXTS = {MET: NEC.metText, NOT_MET: NEC.notMetText, UNKNOWN: NEC.unknownText}
Json = dict[str, object]


def steps(inference: Inference, knowledge: Knowledge, requests: tuple[Term, ...]) -> list[Json]:
    """Read the steps of the policy over the requests of a case, in the policy's order."""
    graph = knowledge.graph
    found = sorted(
        graph.objects(inference.edition.policy, NEC.hasStep), key=lambda s: position(knowledge, s)
    )
    return [_step(inference, knowledge, step, requests) for step in found]


def _step(
    inference: Inference, knowledge: Knowledge, step: Term, requests: tuple[Term, ...]
) -> Json:
    graph = knowledge.graph
    statuses = [_status(inference, knowledge, step, r) for r in requests] or [UNKNOWN]
    status = _combine(statuses)
    return {
        "id": knowledge.notation(step),
        "label": knowledge.label(step),
        "status": status,
        "text": graph.text(step, _TEXTS[status]),
        "facts": _facts(inference, knowledge, step, requests),
        "sources": source_views(knowledge, step),
    }


def _facts(
    inference: Inference, knowledge: Knowledge, step: Term, requests: tuple[Term, ...]
) -> Json:
    """Return the certain values of which a step tells, or their kinds, by labels of properties."""
    closure = inference.closure
    found: dict[str, set[str]] = {}
    for p in (IRI(str(o)) for o in knowledge.graph.objects(step, NEC.tellsOf)):
        for request in requests:
            for subject in (request, *closure.objects(request, NEC.forProcedure)):
                values = closure.objects(subject, p)
                certain = {o for o in values if inference.certain(Triple(subject, p, o))}
                found.setdefault(knowledge.label(p), set()).update(map(knowledge.label, certain))
    for p in (IRI(str(o)) for o in knowledge.graph.objects(step, NEC.tellsKindOf)):
        for value in {o for r in requests for o in closure.objects(r, p)}:
            kinds = map(knowledge.label, _kinds(inference, value))
            found.setdefault(knowledge.label(p), set()).update(kinds)
    return {label: sorted(values) for label, values in sorted(found.items()) if values}


def _kinds(inference: Inference, value: Term) -> set[IRI]:
    """Return the narrowest of the topic's own classes that certainly hold of a value."""
    facts = inference.closure
    held = {
        c
        for c in facts.objects(value, TYPE)
        if isinstance(c, IRI)
        and not c.startswith((NEC.base, OWL.base))
        and inference.certain(Triple(value, TYPE, c))
    }
    wider = {w for c in held for w in facts.objects(c, RDFS.subClassOf) if w != c}
    return held - wider


def axes(inference: Inference, knowledge: Knowledge, requests: tuple[Term, ...]) -> Json:
    """Read the axes of a service over its requests; one request that meets an axis suffices."""
    graph = knowledge.graph
    found: Json = {}
    ordered = sorted(graph.subjects(TYPE, NEC.Axis), key=lambda a: position(knowledge, a))
    for axis in ordered:
        statuses = [_status(inference, knowledge, axis, r) for r in requests] or [UNKNOWN]
        status = MET if MET in statuses else _combine(statuses)
        found[knowledge.notation(axis)] = {
            "outcome": status,
            "reasons": _axis_reasons(inference, knowledge, axis, requests),
        }
    return found


def combine_axes(services: Iterable[Json]) -> Json:
    """Combine the axes of all services of a case: met where all are, not met where any is not."""
    found: dict[str, list[Json]] = {}
    for service in services:
        for axis, value in service["axes"].items():  # type: ignore[attr-defined]
            found.setdefault(axis, []).append(value)
    return {
        axis: {
            "outcome": _combine([str(v["outcome"]) for v in values]),
            "reasons": sorted({str(r) for v in values for r in v["reasons"]}),  # type: ignore[attr-defined]
        }
        for axis, values in found.items()
    }


def _status(inference: Inference, knowledge: Knowledge, node: Term, request: Term) -> str:
    for p, status in (
        (NEC.notApplicableWhen, NOT_APPLICABLE),
        (NEC.metWhen, MET),
        (NEC.notMetWhen, NOT_MET),
    ):
        if inference.instance(request, knowledge.graph.objects(node, p)):
            return status
    return UNKNOWN


def _axis_reasons(
    inference: Inference, knowledge: Knowledge, axis: Term, requests: tuple[Term, ...]
) -> list[str]:
    graph = knowledge.graph
    classes = [c for p in (NEC.metWhen, NEC.notMetWhen, NEC.notApplicableWhen)
               for c in graph.objects(axis, p)]  # fmt: skip
    return sorted(
        {knowledge.label(c) for c in classes for r in requests if inference.instance(r, [c])}
    )


def _combine(statuses: list[str]) -> str:
    distinct = set(statuses)
    if len(distinct) == 1:
        return statuses[0]
    return NOT_MET if NOT_MET in distinct else UNKNOWN


def position(knowledge: Knowledge, node: Term) -> int:
    """Return the place of a step or axis in its order."""
    value = knowledge.graph.value(node, NEC.position)
    return int(value.lexical) if isinstance(value, Literal) else 0
