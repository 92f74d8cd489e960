"""Compare two determinations: what a change of the record does, and how it comes about.

A change is a JSON merge patch of the record, or features stated otherwise. Both records go the
way of every case; this module changes records and reads differences, and concludes nothing.
Source: RFC 7396, JSON Merge Patch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
STATES = ("present", "absent")
_SUMMARY = (
    "outcome", "headline", "next_step", "human_review", "possible_outcomes",
    "presumptive_outcome", "reasons", "record", "case_digest", "digest",
)  # fmt: skip
_UNSTATED: Json = {"status": None, "text": ""}


def merge(target: object, patch: object) -> object:
    """Return a value changed by a JSON merge patch; neither argument is touched.

    Source: RFC 7396, section 2.
    """
    if not isinstance(patch, Mapping):
        return patch
    found = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merge(found.get(key), value)
    return found


def restate(record: object, features: Mapping[str, str]) -> object:
    """Return a record that states each feature as ``present``, ``absent`` or not at all.

    Takes any JSON value and a state by feature id; a state that is neither of the two leaves the
    feature undocumented. What is no record is returned as it is, for the door to refuse.
    """
    if not isinstance(record, Mapping):
        return record
    stated = record.get("risk_features")
    kept = dict(stated) if isinstance(stated, Mapping) else {}
    for state in STATES:
        ids = kept.get(state) if isinstance(kept.get(state), list) else []
        chosen = [f for f, s in features.items() if s == state]
        kept[state] = [i for i in ids or () if i not in features] + chosen
    return {**record, "risk_features": kept}


def compare(before: Json, after: Json) -> Json:
    """Return two determinations in short and the difference between them, explained.

    Takes the documents of two determinations. Returns plain JSON values: ``before``, ``after``,
    ``difference`` by part, ``explanation`` as sentences, and ``repairs``, the smallest sets of
    facts by which the first would be decided if they were true and documented.
    """
    difference = {
        "outcome": _turn(before["outcome"], after["outcome"]),
        "next_step": _turn(before["next_step"], after["next_step"]),
        "reasons": _sets(before["reasons"], after["reasons"], "id"),
        "steps": _statuses(before["steps"], after["steps"]),
        "axes": _axes(before["axes"], after["axes"]),
        "recommendations": _sets(before["recommendations"], after["recommendations"], "id")
        | {"prevailing": _prevailing(before, after)},
        "missing": _sets(before["missing"], after["missing"], "item"),
        "unrecognised": _sets(before["unrecognised"], after["unrecognised"], "path"),
        "contradictions": _turn(before["contradictions"], after["contradictions"]),
    }
    return {
        "before": {key: before[key] for key in _SUMMARY},
        "after": {key: after[key] for key in _SUMMARY},
        "difference": difference,
        "explanation": list(_explain(before, after, difference)),
        "repairs": before["what_if"],
        "policy": after["policy"],
        "knowledge": after["knowledge"],
        "engine": after["engine"],
    }


def _turn(before: object, after: object) -> Json:
    return {"before": before, "after": after, "changed": before != after}


def _sets(before: list[Json], after: list[Json], key: str) -> Json:
    """Return which members joined and which left, each as it was told."""
    old, new = ({str(m[key]): m for m in found} for found in (before, after))
    return {
        "joined": [new[k] for k in new if k not in old],
        "left": [old[k] for k in old if k not in new],
    }


def _statuses(before: list[Json], after: list[Json]) -> list[Json]:
    """Return the steps that turned, in the order of the policy after the change."""
    old = {step["id"]: step for step in before}
    return [
        {
            "id": step["id"],
            "before": old.get(step["id"], _UNSTATED)["status"],
            "after": step["status"],
            "text": step["text"],
        }
        for step in after
        if old.get(step["id"], _UNSTATED)["status"] != step["status"]
    ]


def _axes(before: Json, after: Json) -> Json:
    return {
        axis: {"before": before[axis]["outcome"], "after": value["outcome"]}
        for axis, value in after.items()
        if axis in before and before[axis]["outcome"] != value["outcome"]
    }


def _prevailing(before: Json, after: Json) -> Json:
    old, new = (
        {r["id"] for r in document["recommendations"] if r["prevails"]}
        for document in (before, after)
    )
    return {"joined": sorted(new - old), "left": sorted(old - new)}


def _explain(before: Json, after: Json, difference: Json) -> list[str]:
    """Return the difference as sentences, each read off one part of it."""
    if before["case_digest"] == after["case_digest"]:
        return ["The two records say the same, so the answer is the same."]
    outcome, voices = difference["outcome"], difference["recommendations"]
    spelled = {k: str(v).replace("_", " ") for k, v in outcome.items()}
    found = [
        f"The outcome changes from {spelled['before']} to {spelled['after']}."
        if outcome["changed"]
        else f"The outcome stays {spelled['after']}."
    ]
    found += [f"Step {step['id']} is now {_words(step['after'])}: {step['text']}"
              for step in difference["steps"]]  # fmt: skip
    found += [f"Now speaks: {v['label']} ({v['direction']})." for v in voices["joined"]]
    found += [f"No longer speaks: {v['label']} ({v['direction']})." for v in voices["left"]]
    found += [f"No longer given: {r['text']}" for r in difference["reasons"]["left"]]
    found += [f"Now given: {r['text']}" for r in difference["reasons"]["joined"]]
    found += [f"No longer missing: {m['label']}." for m in difference["missing"]["left"]]
    found += [f"Now missing: {m['label']}." for m in difference["missing"]["joined"]]
    if difference["contradictions"]["changed"]:
        found += [f"The record now contradicts itself: {text}" for text in after["contradictions"]]
    return found if len(found) > 1 else [*found, "Nothing else that is told of it changes."]


def _words(status: str) -> str:
    return status.replace("_", " ")
