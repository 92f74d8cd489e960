"""Tell what the record of a procedure must hold before anyone asks for a determination.

Nothing is listed by hand: the least record of the procedure goes the way of every case, and what
its determination calls missing is what is required. Each feature is then stated as present and as
absent, and what that would bring is read from the determinations so made.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from kg_engine.abox import CASE_NODE
from kg_engine.determination import Determination
from kg_engine.edition import Edition
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import DCTERMS, NEC, SH, SKOS, TYPE
from kg_engine.terms import Literal, Term, local_name
from kg_engine.voices import source_views

Json: TypeAlias = dict[str, Any]
Judge: TypeAlias = Callable[[Json], Determination]
PRESENT, ABSENT = "present", "absent"
FEATURE, STATEMENT = "feature", "statement"


@dataclass(frozen=True)
class _Trial:
    """The determination of the least record with some features stated, in short."""

    stated: tuple[tuple[str, str], ...]
    document: Json

    @property
    def voices(self) -> dict[str, Json]:
        return {voice["id"]: voice for voice in self.document["recommendations"]}


def read_requirements(least: Json, judge: Judge, knowledge: Knowledge) -> Json:
    """Return the requirements of a procedure.

    Takes its least record (procedure, and service, policy or date where they are given), a
    function that determines a record, and the knowledge. Returns plain JSON values: what is
    required, each item with its place in the record and what it could change; who speaks, and
    under which condition; what the policy demands. Raises InputRefused as ``judge`` does.
    """
    answer = judge(least)
    base = _Trial((), answer.document)
    features = [m["item"] for m in base.document["missing"] if _feature(knowledge, m["item"])]
    trials = list(_trials(least, features, judge))
    edition = answer.inference.edition
    return {
        "record": base.document["record"],
        "policy": base.document["policy"],
        "date_of_service": base.document["date_of_service"],
        "identified": _identified(answer),
        "facts": {label: facts for step in base.document["steps"]
                  for label, facts in step["facts"].items()},
        "requirements": [_requirement(m, base, trials, knowledge)
                         for m in base.document["missing"]],
        "may_be_asked": list(_other_items(edition, base.document["missing"], knowledge)),
        "recommendations": _recommendations([base, *trials], features),
        "demands": _demands(edition, knowledge),
        "unrecognised": base.document["unrecognised"],
        "knowledge": base.document["knowledge"],
        "engine": base.document["engine"],
    }  # fmt: skip


def with_feature(record: Json, item: str, state: str) -> Json:
    """Return a copy of a record that states a feature as present or absent, and not otherwise."""
    changed = copy.deepcopy(record)
    stated = changed.get("risk_features") or {}
    for name in (PRESENT, ABSENT):
        ids = [i for i in stated.get(name) or [] if i != item] + [item] * (name == state)
        stated = {**stated, name: ids}
    return {**changed, "risk_features": stated}


def _trials(least: Json, features: Sequence[str], judge: Judge) -> Iterator[_Trial]:
    for item in features:
        for state in (PRESENT, ABSENT):
            yield _Trial(((item, state),), judge(with_feature(least, item, state)).document)
    if len(features) > 1:
        none = least
        for item in features:
            none = with_feature(none, item, ABSENT)
        yield _Trial(tuple((item, ABSENT) for item in features), judge(none).document)


def _feature(knowledge: Knowledge, item: str) -> Term | None:
    named = knowledge.graph.subjects(SKOS.notation, Literal(item))
    return next((t for t in named if NEC.RiskFeature in knowledge.graph.objects(t, TYPE)), None)


def _identified(answer: Determination) -> bool:
    requests = answer.inference.closure.objects(CASE_NODE, NEC.hasRequest)
    return any(answer.inference.instance(r, [NEC.IdentifiedProcedureRequest]) for r in requests)


def _requirement(
    missing: Json, base: _Trial, trials: Sequence[_Trial], knowledge: Knowledge
) -> Json:
    item = missing["item"]
    feature = _feature(knowledge, item)
    found = {
        "item": item,
        "kind": FEATURE if feature is not None else STATEMENT,
        "label": missing["label"],
        "text": missing["text"],
        "at": _answered_at(missing["shape"], feature, knowledge),
        "shape": missing["shape"],
        "asked_by": missing["asked_by"],
        "could_change_outcome": missing["could_change_outcome"],
        "bears_on": _bears_on(item, knowledge),
    }
    if feature is not None:
        found["effects"] = {
            state: _effect(base, trial)
            for state in (PRESENT, ABSENT)
            for trial in trials
            if trial.stated == ((item, state),)
        }
    return found


def _answered_at(shape: str, feature: Term | None, knowledge: Knowledge) -> list[str]:
    """Return the places of a record at which an item is stated, the yes-or-no key among them."""
    graph = knowledge.everything
    stated = [t for t in graph.about(NEC.answeredAt) if local_name(str(t.s)) == shape]
    key = graph.text(feature, NEC.recordKey) if feature is not None else ""
    places = [t.o.lexical for t in stated if isinstance(t.o, Literal)]
    return places + ([f"/procedures/0/{key}"] if key else [])


def _bears_on(item: str, knowledge: Knowledge) -> list[str]:
    """Return the steps on which an item bears, by the demands and steps that name it."""
    graph = knowledge.graph
    asking = graph.subjects(NEC.item, Literal(item))
    steps = {s for a in asking for s in (*graph.objects(a, NEC.bearsOn), a)}
    return sorted(knowledge.notation(s) for s in steps if NEC.Step in graph.objects(s, TYPE))


def _effect(base: _Trial, trial: _Trial) -> Json:
    """Return what stating a feature brings: steps and axes that turn, voices that join or leave."""
    before, after = base.document, trial.document
    turned = {
        step["id"]: step["status"]
        for was, step in zip(before["steps"], after["steps"], strict=True)
        if was["status"] != step["status"]
    }
    axes = {
        axis: value["outcome"]
        for axis, value in after["axes"].items()
        if value["outcome"] != before["axes"][axis]["outcome"]
    }
    return {
        "outcome": after["outcome"],
        "steps": turned,
        "axes": axes,
        "recommendations": sorted(set(trial.voices) - set(base.voices)),
        "no_longer": sorted(set(base.voices) - set(trial.voices)),
        "contradicts": bool(after["contradictions"]),
    }


def _recommendations(trials: Sequence[_Trial], features: Sequence[str]) -> list[Json]:
    """Return each recommendation that could speak, once, with the conditions that make it speak."""
    base, *others = trials
    found = {id_: {**voice, "when": []} for id_, voice in base.voices.items()}
    for trial in others:
        alone = len(trial.stated) == 1 or len(features) == 1
        for id_, voice in trial.voices.items():
            if id_ in base.voices:
                continue
            entry = found.setdefault(id_, {**voice, "when": []})
            entry["prevails"] = entry["prevails"] or voice["prevails"]
            if alone:
                entry["when"].append(dict(zip(("item", "state"), trial.stated[0], strict=True)))
            elif not entry["when"]:
                entry["when"].append({"item": "every feature above", "state": ABSENT})
    return [found[id_] for id_ in sorted(found)]


def _other_items(edition: Edition, missing: Sequence[Json], knowledge: Knowledge) -> Iterator[Json]:
    """Yield the items that a shape asks for only once a record says more."""
    graph, asked = knowledge.everything, {m["item"] for m in missing}
    for target in edition.shapes:
        named = graph.objects(target.name, SH.property) if target.asks else ()
        for shape in sorted(named, key=str):
            item = graph.text(shape, NEC.item)
            if item and item not in asked:
                yield {
                    "item": item,
                    "text": graph.text(shape, SH.message),
                    "at": _answered_at(local_name(str(shape)), None, knowledge),
                    "shape": local_name(str(shape)),
                    "when": graph.text(target.name, SKOS.definition),
                }


def _demands(edition: Edition, knowledge: Knowledge) -> list[Json]:
    """Return what the sources of the policy themselves ask a record to say."""
    graph = knowledge.graph
    included = set(graph.objects(edition.policy, NEC.includesSource))
    named = {t.s for t in graph.about(NEC.item)}
    found = [d for d in named if included & set(graph.objects(d, DCTERMS.source))]
    return [
        {
            "id": knowledge.notation(d),
            "label": knowledge.label(d),
            "item": graph.text(d, NEC.item),
            "text": graph.text(d, SKOS.definition),
            "locator": graph.text(d, NEC.locator),
            "sources": source_views(knowledge, d),
        }
        for d in sorted(found, key=str)
    ]
