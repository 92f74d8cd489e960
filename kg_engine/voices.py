"""Show the recommendations that govern a request: who prevails, who dissents, on what evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from kg_engine.inference import Inference
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import DCTERMS, NEC, RDFS, SKOS
from kg_engine.terms import IRI, Literal, Term, Triple, local_name

T = TypeVar("T")
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Voices:
    """The recommendations on some requests, the evidence behind them, and their conflicts."""

    recommendations: tuple[Json, ...]
    evidence: tuple[Json, ...]
    conflicts: tuple[Json, ...]
    prevailing: tuple[Term, ...]


def read_voices(inference: Inference, knowledge: Knowledge, requests: Iterable[Term]) -> Voices:
    """Read who speaks on some requests; a voice counts where it governs in every completion."""
    requests = tuple(requests)
    governing: dict[Term, bool] = {}
    conflicts = []
    for request in requests:
        heard = [
            r for r in sorted(set(inference.closure.objects(request, NEC.governedBy)), key=str)
            if inference.certain(Triple(request, NEC.governedBy, r))
        ]  # fmt: skip
        winners = [r for r in heard if _prevails(inference, knowledge, request, r)]
        for voice in heard:
            governing[voice] = governing.get(voice, False) or voice in winners
        conflicts += _conflict(knowledge, heard, winners)
    voices = sorted(governing, key=lambda r: (not governing[r], str(r)))
    evidence = dict.fromkeys(e for r in voices for e in knowledge.graph.objects(r, NEC.restsOn))
    return Voices(
        tuple(_recommendation(knowledge, r, prevails=governing[r]) for r in voices),
        tuple(copied(knowledge.remember(_evidence, e)) for e in evidence),
        tuple({str(c): c for c in conflicts}.values()),
        tuple(r for r in voices if governing[r]),
    )


def _prevails(inference: Inference, knowledge: Knowledge, request: Term, voice: Term) -> bool:
    direction = knowledge.graph.value(voice, NEC.direction)
    if direction is None or inference.certain(Triple(request, NEC.discounts, voice)):
        return False
    return inference.instance(request, knowledge.graph.objects(direction, NEC.prevailsWhen))


def _conflict(knowledge: Knowledge, heard: list[Term], winners: list[Term]) -> list[Json]:
    directions = {knowledge.graph.value(r, NEC.direction) for r in heard}
    if len(directions) < 2:
        return []
    displaced = [
        f"{knowledge.label(r)} displaces {knowledge.label(o)} as the more specific or higher voice."
        for r in heard
        for o in knowledge.graph.objects(r, NEC.overrides)
        if o in heard
    ]
    texts = sorted(
        {knowledge.graph.text(d, NEC.precedenceText) for d in directions if d is not None} - {""}
    )
    return [
        {
            "prevailing": [knowledge.notation(r) for r in winners],
            "dissenting": [knowledge.notation(r) for r in heard if r not in winners],
            "rule": displaced + texts,
        }
    ]


def _recommendation(knowledge: Knowledge, voice: Term, *, prevails: bool) -> Json:
    return copied(knowledge.remember(_voice, voice)) | {"prevails": prevails}


def copied(view: T) -> T:
    """Return a copy of plain JSON values, down to the leaves."""
    if isinstance(view, dict):
        return {key: copied(value) for key, value in view.items()}  # type: ignore[return-value]
    return [copied(value) for value in view] if isinstance(view, list) else view  # type: ignore[return-value]


def _voice(knowledge: Knowledge, voice: Term) -> Json:
    graph = knowledge.graph
    return {
        "id": knowledge.notation(voice),
        "label": knowledge.label(voice),
        "text": graph.text(voice, SKOS.definition),
        "locator": graph.text(voice, NEC.locator),
        "direction": _notation(knowledge, graph.value(voice, NEC.direction)),
        "prevails": False,
        "issuer": [knowledge.label(i) for i in graph.objects(voice, NEC.issuer)],
        "strength": _grade(knowledge, graph.value(voice, NEC.nativeStrength)),
        "evidence_grade": _grade(knowledge, graph.value(voice, NEC.nativeEvidenceGrade)),
        "verification": _verification(knowledge, voice),
        "disputed": [
            o.lexical for o in graph.objects(voice, NEC.dispute) if isinstance(o, Literal)
        ],
        "rests_on": [knowledge.notation(e) for e in graph.objects(voice, NEC.restsOn)],
        "sources": source_views(knowledge, voice),
    }


def _grade(knowledge: Knowledge, grade: Term | None) -> Json | None:
    if grade is None:
        return None
    graph = knowledge.graph
    scale = graph.value(grade, SKOS.inScheme)
    normal = graph.value(grade, NEC.normalisedAs)
    return {
        "native": knowledge.notation(grade),
        "scale": knowledge.label(scale) if scale is not None else "",
        "normalised": knowledge.label(normal) if normal is not None else "",
    }


_FIGURES = {
    NEC.valueWith: "with", NEC.valueWithout: "without", NEC.value: "value",
    NEC.valueLow: "low", NEC.valueHigh: "high",
    NEC.numerator: "numerator", NEC.denominator: "denominator",
}  # fmt: skip


def _evidence(knowledge: Knowledge, evidence: Term) -> Json:
    graph = knowledge.graph
    study = graph.value(evidence, NEC.studyType)
    return {
        "id": knowledge.notation(evidence),
        "label": knowledge.label(evidence),
        "text": graph.text(evidence, SKOS.definition),
        "study_type": knowledge.label(study) if study is not None else "",
        "has_comparator": graph.text(evidence, NEC.hasComparator) == "true",
        "confined_to": [knowledge.label(c) for c in graph.objects(evidence, NEC.confinedTo)],
        "verification": _verification(knowledge, evidence),
        "figures": [_figure(knowledge, q) for q in graph.objects(evidence, NEC.hasQuantity)],
        "sources": source_views(knowledge, evidence),
    }


def _figure(knowledge: Knowledge, quantity: Term) -> Json:
    graph = knowledge.graph
    found: Json = {
        "label": knowledge.label(quantity),
        "measure": graph.text(quantity, NEC.measure),
        "unit": graph.text(quantity, NEC.unit),
    }
    for p, key in _FIGURES.items():
        value = graph.text(quantity, p)
        if value:
            found[key] = _number(value)
    significance = graph.text(quantity, NEC.significance)
    return found | ({"significance": significance} if significance else {})


def _number(value: str) -> float | int | str:
    """Return a figure as a number, or as text where writers of JSON would spell it differently."""
    number = float(value) if "." in value else int(value)
    return value if "e" in repr(number) else number


def source_views(knowledge: Knowledge, term: Term) -> list[Json]:
    """Return the sources that a term names, each with what identifies it."""
    return copied(knowledge.remember(_sources, term))


def _sources(knowledge: Knowledge, term: Term) -> list[Json]:
    graph = knowledge.everything
    cited = graph.objects(term, DCTERMS.source) + graph.objects(term, NEC.citesReference)
    return [_source(knowledge, s) for s in sorted(set(cited), key=str)]


def _source(knowledge: Knowledge, source: Term) -> Json:
    graph = knowledge.everything
    found: Json = {
        "id": local_name(str(source)),
        "reference": graph.text(source, SKOS.notation),
        "title": graph.text(source, DCTERMS.title) or knowledge.label(source),
        "issuer": [knowledge.label(i) for i in graph.objects(source, NEC.issuer)],
        "issued": graph.text(source, DCTERMS.issued),
        "verification": _verification(knowledge, source),
    }
    if graph.objects(source, RDFS.seeAlso):
        found["url"] = graph.text(source, RDFS.seeAlso)
    for p, key in ((NEC.inForceFrom, "in_force_from"), (NEC.inForceUntil, "in_force_until")):
        if graph.text(source, p):
            found[key] = graph.text(source, p)
    if graph.text(source, NEC.missingFromList) == "true":
        found["missing_from_list"] = True
    return {k: v for k, v in found.items() if v not in ("", [])}


def _notation(knowledge: Knowledge, term: Term | None) -> str:
    return knowledge.notation(term) if term is not None else ""


def _verification(knowledge: Knowledge, term: Term) -> str:
    found = knowledge.everything.value(term, NEC.verification)
    return knowledge.label(found).replace(" ", "_") if isinstance(found, IRI) else ""
