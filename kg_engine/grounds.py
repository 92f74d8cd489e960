"""Choose what a determination proves."""

from __future__ import annotations

from collections.abc import Iterable

from kg_engine.abox import CASE_NODE
from kg_engine.closure import Application
from kg_engine.desk import Desk, Json
from kg_engine.namespaces import NEC, TYPE
from kg_engine.outcomes import OutcomeView
from kg_engine.proof import Proof, ProofBuilder
from kg_engine.terms import IRI, Term, Triple


def prove_determination(
    desk: Desk,
    view: OutcomeView,
    requests: tuple[Term, ...],
    reasons: list[Json],
) -> Proof:
    """Prove a decided outcome, or a contradiction, or what an undecided case still shows."""
    inference = desk.inference
    world = inference.worlds.as_recorded
    conclusions: list[Triple | Application] = []
    if not inference.consistent & world:
        closure = inference.closure
        clashes = [c for c in closure.contradictions if closure.application_mask(c) & world]
        conclusions = [*sorted(clashes)[:5]]
    elif view.fact is not None:
        if not inference.closure.mask(view.fact) & world:
            world = inference.presumed & inference.completions or _lowest(inference.completions)
        conclusions = [view.fact]
    else:
        conclusions = list(_grounds(desk, requests, reasons, world))
    return ProofBuilder(inference, desk.knowledge, world).prove(conclusions)


def _grounds(
    desk: Desk,
    requests: tuple[Term, ...],
    reasons: list[Json],
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
    for subject in (CASE_NODE, *desk.services(), *requests):
        for class_ in classes:
            fact = Triple(subject, TYPE, IRI(str(class_)))
            if closure.mask(fact) & world:
                yield fact
    for request in requests:
        for voice in closure.objects(request, NEC.governedBy):
            fact = Triple(request, NEC.governedBy, voice)
            if closure.mask(fact) & world:
                yield fact


def _lowest(mask: int) -> int:
    return mask & -mask
