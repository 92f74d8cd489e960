"""Tell what became of every part of a record that decided nothing: nothing is dropped."""

from __future__ import annotations

from kg_engine.desk import Desk, Json
from kg_engine.namespaces import NEC, TYPE
from kg_engine.proof import Proof
from kg_engine.terms import IRI


def read_notices(desk: Desk, proof: Proof) -> Json:
    """Return what was not recognised, not used or only noted, and what is unverified."""
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


def _idle_features(desk: Desk) -> list[Json]:
    """Return the stated features that bear on no procedure of the case."""
    facts = desk.inference.closure
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
