"""Tell which parts of the record suffice for each conclusion that a determination proves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kg_engine.determination import Determination
from kg_engine.justification import justify
from kg_engine.knowledge import Knowledge
from kg_engine.render import render
from kg_engine.terms import Triple

Json = dict[str, Any]


def read_supports(answer: Determination, knowledge: Knowledge) -> list[Json]:
    """Return, for each conclusion proved, the minimal sets of stated values that suffice for it.

    Each value has its path and what it was read as; ``complete`` says whether all sets are told.
    """
    inference = answer.inference
    closure, world = inference.closure, inference.worlds.as_recorded
    stated = {closure.fact(t): (t, path) for t, path in inference.abox.facts.items()}
    nodes = {node.id: node for node in answer.proof.nodes}
    found: list[Json] = []
    for root in answer.proof.roots:
        triple = nodes[root].triple
        conclusion = closure.fact(triple) if triple is not None else None
        if triple is None or conclusion is None or not closure.worlds_of(conclusion) & world:
            continue
        justified = justify(closure, world, conclusion, stated.keys())
        sets = {_values(answer, (stated[f] for f in s), knowledge) for s in justified.sets}
        least = [s for s in sets if not any(other < s for other in sets)]
        found.append({
            "conclusion": render(triple, knowledge),
            "sets": [[{"path": path, "text": text} for path, text in sorted(facts)]
                     for facts in sorted(least, key=lambda s: (len(s), sorted(s)))],
            "complete": justified.complete,
        })  # fmt: skip
    return found


def _values(
    answer: Determination, facts: Iterable[tuple[Triple, str]], knowledge: Knowledge
) -> frozenset[tuple[str, str]]:
    """Return the facts that a value of the record states; the frame of a case is left out."""
    return frozenset(
        (path, render(fact, knowledge))
        for fact, path in facts
        if not isinstance(_at(answer.document["record"], path), (dict, list))
    )


def _at(record: Any, path: str) -> object:  # noqa: ANN401  (plain JSON values)
    """Return the value at a path of a record; what is not there counts as its frame."""
    for step in path.split("/")[1:]:
        if isinstance(record, list):
            record = record[int(step)]
        else:
            record = record.get(step, {}) if isinstance(record, dict) else {}
    return record
