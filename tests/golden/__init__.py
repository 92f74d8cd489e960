"""Keep the whole answer of every case, so that no change of an answer goes unseen.

What a clinician demands of a case stands beside its record; here stands all that was read off,
in short, one line a case. A difference is a change of a determination: look at it, and if it is
meant, write the lines anew (``python -m tests.golden``) and let the review read their diff.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ANSWERS = Path(__file__).parent / "answers.jsonl"
Json = dict[str, Any]


def short(document: Mapping[str, Any]) -> Json:
    """Return what a determination says, without sentences, sources, proof and digests."""
    return {
        "outcome": document["outcome"],
        "possible": document["possible_outcomes"],
        "presumptive": document["presumptive_outcome"],
        "next_step": document["next_step"],
        "reasons": [r["id"] for r in document["reasons"]],
        "steps": {s["id"]: [s["status"], s["facts"]] for s in document["steps"]},
        "services": [_service(s) for s in document["services"]],
        "voices": [[r["id"], r["direction"], r["prevails"]] for r in document["recommendations"]],
        "evidence": [e["id"] for e in document["evidence"]],
        "conflicts": [[c["prevailing"], c["dissenting"], c["rule"]] for c in document["conflicts"]],
        "missing": [[m["item"], m["at"], m["could_change_outcome"]] for m in document["missing"]],
        "aside": {k: [[n["path"], n["kind"]] for n in document[k]]
                  for k in ("unrecognised", "unused", "notes")},
        "what_if": [[w["outcome"], [[f["item"], f["state"]] for f in w["facts"]]]
                    for w in document["what_if"]],
    }  # fmt: skip


def _service(service: Json) -> Json:
    return {
        "code": service["code"],
        "outcome": service["outcome"],
        "reasons": [r["id"] for r in service["reasons"]],
        "axes": {k: v["outcome"] for k, v in service["axes"].items()},
        "requests": [
            [r["outcome"], r["structures_at_risk"], r["assesses"], r["operated_regions"],
             r["diagnosed_regions"]]
            for r in service["requests"]
        ],
    }  # fmt: skip


def differences(kept: Json, found: Json) -> list[str]:
    """Return the members in which two answers differ, each with both sides."""
    found = json.loads(json.dumps(found))
    return [f"{k}: kept {kept.get(k)}, found {found.get(k)}"
            for k in sorted({*kept, *found}) if kept.get(k) != found.get(k)]  # fmt: skip


def read_answers() -> dict[str, Json]:
    """Return the kept answers by the name of their case."""
    lines = ANSWERS.read_text(encoding="utf-8").splitlines() if ANSWERS.exists() else []
    return {entry["case"]: entry["answer"] for entry in map(json.loads, lines)}


def write_answers(answers: Mapping[str, Json]) -> None:
    """Write the answers, one line a case, in order."""
    lines = [json.dumps({"case": case, "answer": answers[case]}, ensure_ascii=False,
                        separators=(",", ":")) for case in sorted(answers)]  # fmt: skip
    ANSWERS.write_text("\n".join(lines) + "\n", encoding="utf-8")
