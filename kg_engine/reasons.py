"""Read why a case or service is undecided, and what is advised to be done about it."""

from __future__ import annotations

from collections.abc import Iterable

from kg_engine.abox import CASE_NODE
from kg_engine.desk import Desk, Json
from kg_engine.namespaces import NEC, SKOS, TYPE
from kg_engine.outcomes import INDETERMINATE, OutcomeView
from kg_engine.terms import IRI, Term


def reasons_of(desk: Desk, subjects: Iterable[Term], outcome: str, *, decisive: bool) -> list[Json]:
    """Return the reasons why some subjects are undecided; none where they are decided.

    ``decisive`` says that something missing could change the outcome.
    """
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
        if held or _marked(desk, reason, decisive=decisive):
            found.append(reason)
    otherwise = [t.s for t in graph.about(NEC.reasonOtherwise)]
    return [_reason(desk, reason) for reason in found or otherwise]


def without_case_only(desk: Desk, reasons: list[Json]) -> list[Json]:
    """Leave out the reasons that are told of a case alone."""
    graph, knowledge = desk.knowledge.graph, desk.knowledge
    case_only = {knowledge.notation(t.s) for t in graph.about(NEC.caseOnly)}
    return [r for r in reasons if r["id"] not in case_only]


def _reason(desk: Desk, reason: Term) -> Json:
    graph = desk.knowledge.graph
    return {"id": desk.knowledge.notation(reason), "text": graph.text(reason, SKOS.definition)}


def _marked(desk: Desk, reason: Term, *, decisive: bool) -> bool:
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


def case_reasons(
    desk: Desk, view: OutcomeView, services: list[Json], *, decisive: bool
) -> list[Json]:
    """Return the reasons why a case is undecided: its own and those of its services."""
    if view.outcome != INDETERMINATE:
        return []
    told = [r for service in services for r in service["reasons"]]  # type: ignore[attr-defined]
    told += reasons_of(desk, (), view.outcome, decisive=decisive)
    graph, knowledge = desk.knowledge.graph, desk.knowledge
    otherwise = {knowledge.notation(t.s) for t in graph.about(NEC.reasonOtherwise)}
    found = {str(r["id"]): r for r in told}
    if set(found) - otherwise:
        found = {key: reason for key, reason in found.items() if key not in otherwise}
    return [found[key] for key in sorted(found)]


def headline(desk: Desk, outcome: str) -> str:
    """Return the words in which an outcome is told under the policy."""
    policy = desk.knowledge.label(desk.inference.edition.policy)
    node = _outcome_node(desk, outcome)
    return desk.knowledge.graph.text(node, NEC.headline).replace("{policy}", policy)


def next_step(desk: Desk, outcome: str, reasons: list[Json]) -> str:
    """Return the step that the outcome advises, or else its reasons; asking comes first."""
    graph, knowledge = desk.knowledge.graph, desk.knowledge
    ids = {str(r["id"]) for r in reasons}
    advised = set(graph.objects(_outcome_node(desk, outcome), NEC.advises))
    for reason in graph.subjects(TYPE, NEC.Reason):
        if knowledge.notation(reason) in ids:
            advised.update(graph.objects(reason, NEC.advises))
    asked = NEC.request_information in advised
    return knowledge.notation(NEC.request_information if asked else NEC.refer_to_clinician)


def _outcome_node(desk: Desk, outcome: str) -> Term:
    nodes = desk.knowledge.graph.subjects(TYPE, NEC.Outcome)
    return next(node for node in nodes if desk.knowledge.notation(node) == outcome)
