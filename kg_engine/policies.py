"""Tell which policies a case can be judged by, and what of each is in force on a date."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TypeAlias

from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC, SKOS, TYPE
from kg_engine.statuses import position
from kg_engine.terms import IRI, Term

Json: TypeAlias = dict[str, object]
UNVERIFIED = "unverified"


def read_policies(knowledge: Knowledge, day: date | None = None) -> Json:
    """Return every policy with its sources, and whether each is in force on a day.

    Without a day it is the latest edition that is told of: what has no end. Returns plain JSON
    values. A day past the horizon of the knowledge is said to be so; nothing is claimed of it.
    """
    beyond = day is not None and knowledge.horizon is not None and day > knowledge.horizon
    named = knowledge.graph.subjects(TYPE, NEC.Policy)
    found = sorted((IRI(str(p)) for p in named), key=str)
    return {
        "as_of": day.isoformat() if day else None,
        "horizon": knowledge.horizon.isoformat() if knowledge.horizon else None,
        "beyond_horizon": beyond,
        "policies": [_policy(knowledge, p, day, beyond=beyond) for p in found],
        "knowledge": {"version_iri": knowledge.version_iri, "digest": knowledge.digest},
    }


def _policy(knowledge: Knowledge, policy: IRI, day: date | None, *, beyond: bool) -> Json:
    graph = knowledge.graph
    sources = [_source(knowledge, s, day, beyond=beyond)
               for s in sorted(graph.objects(policy, NEC.includesSource), key=str)]  # fmt: skip
    held = [source["in_force"] for source in sources]
    steps = sorted(graph.objects(policy, NEC.hasStep), key=partial(position, knowledge))
    verification = _verification(knowledge, policy)
    return {
        "id": knowledge.notation(policy),
        "label": knowledge.label(policy),
        "text": graph.text(policy, SKOS.definition),
        "scope": graph.text(policy, SKOS.scopeNote),
        "default": graph.value(knowledge.topic, NEC.defaultPolicy) == policy,
        "kind": sorted(knowledge.label(k) for k in graph.objects(policy, TYPE)),
        "issuer": [knowledge.label(i) for i in graph.objects(policy, NEC.issuer)],
        "verification": verification,
        "unverified": verification in ("", UNVERIFIED),
        "in_force": None if beyond else knowledge.in_force(policy, day) and any(held),
        **_dates(knowledge, policy),
        "dated_editions": knowledge.dated_editions(policy),
        "steps": [knowledge.notation(s) for s in steps],
        "sources": sources,
    }


def _source(knowledge: Knowledge, source: Term, day: date | None, *, beyond: bool) -> Json:
    verification = _verification(knowledge, source)
    return {
        "id": knowledge.notation(source),
        "label": knowledge.label(source),
        "verification": verification,
        "unverified": verification in ("", UNVERIFIED),
        "in_force": None if beyond else knowledge.in_force(source, day),
        **_dates(knowledge, source),
    }


def _dates(knowledge: Knowledge, term: Term) -> Json:
    graph = knowledge.graph
    return {
        "in_force_from": graph.text(term, NEC.inForceFrom) or None,
        "in_force_until": graph.text(term, NEC.inForceUntil) or None,
        "without_lower_bound": graph.text(term, NEC.withoutLowerBound) == "true",
    }


def _verification(knowledge: Knowledge, term: Term) -> str:
    found = knowledge.graph.value(term, NEC.verification)
    return knowledge.label(found).replace(" ", "_") if found is not None else ""
