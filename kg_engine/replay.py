"""Decide a kept determination anew, and tell what differs and which axioms are gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kg_engine.knowledge import Knowledge
from kg_engine.ledger import Entry
from kg_engine.pipeline import Engine, determine
from kg_engine.terms import n3

_PLAIN = ("outcome", "headline", "next_step", "possible_outcomes", "presumptive_outcome", "axes")
_LISTS = (("reasons", "id"), ("steps", "id"), ("recommendations", "id"), ("missing", "item"),
          ("services", "code"))  # fmt: skip
_TOLD = ("status", "outcome", "direction", "prevails", "could_change_outcome")


@dataclass(frozen=True, slots=True)
class Difference:
    """Hold what stands at a JSON pointer in the kept answer, and in the new one."""

    at: str
    then: object
    now: object


@dataclass(frozen=True, slots=True)
class Replay:
    """Hold whether a new answer is the kept one, byte by byte, and else what explains it.

    ``axioms_gone`` are the axioms of the kept proof that the knowledge now lacks, in words with
    their files; both digests are of the knowledge.
    """

    same: bool
    then: str
    now: str
    differences: tuple[Difference, ...] = ()
    axioms_gone: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "same": self.same,
            "knowledge": {"then": self.then, "now": self.now},
            "differences": [{"at": d.at, "then": d.then, "now": d.now} for d in self.differences],
            "axioms_gone": list(self.axioms_gone),
        }


def replay(entry: Entry, engine: Engine) -> Replay:
    """Determine the case of a kept determination again, by the knowledge of an engine.

    Raises InputRefused where that knowledge does not admit the record, or lacks its policy.
    """
    kept = json.loads(entry.content)
    case = dict(kept["record"])
    if kept["case_id"] is not None:
        case["id"] = kept["case_id"]
    answer = determine(case, engine, policy=kept["policy"]["id"])
    then, now = kept["knowledge"]["digest"], engine.knowledge.digest
    if answer.json() == entry.content:
        return Replay(True, then, now)
    told, new = dict(_told(kept)), dict(_told(answer.document))
    differences = [
        Difference(at, told.get(at), new.get(at))
        for at in sorted(told.keys() | new.keys())
        if told.get(at) != new.get(at)
    ]
    differences += _rest(kept, answer.document, {d.at.split("/")[1] for d in differences})
    return Replay(False, then, now, tuple(differences), _gone(kept, engine.knowledge))


def files_named(document: dict[str, Any]) -> frozenset[str]:
    """Return the names of the files that the proof of a determination quotes."""
    return frozenset(node["file"] for node in document["proof"]["nodes"] if "file" in node)


def _told(document: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield what a reviewer compares, each with its place; members of lists by their names."""
    for key in _PLAIN:
        yield f"/{key}", document[key]
    for key, name in _LISTS:
        for number, member in enumerate(document[key]):
            place = member[name] if member[name] is not None else number
            told = {k: member[k] for k in _TOLD if k in member}
            yield f"/{key}/{place}", told or True


def _rest(then: dict[str, Any], now: dict[str, Any], named: set[str]) -> Iterator[Difference]:
    """Yield the first place that differs in each part of which nothing was told yet."""
    for key in sorted(then.keys() | now.keys()):
        if key not in named and then.get(key) != now.get(key):
            yield _first(f"/{key}", then.get(key), now.get(key))


def _first(at: str, then: object, now: object) -> Difference:
    """Return the first place within a value where another differs from it."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key in sorted(then.keys() | now.keys()):
            if then.get(key) != now.get(key):
                return _first(f"{at}/{_escaped(key)}", then.get(key), now.get(key))
    if isinstance(then, list) and isinstance(now, list):
        for number, (one, other) in enumerate(zip(then, now, strict=False)):
            if one != other:
                return _first(f"{at}/{number}", one, other)
        return Difference(f"{at}/-", len(then), len(now))
    return Difference(at, then, now)


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _gone(kept: dict[str, Any], knowledge: Knowledge) -> tuple[str, ...]:
    leaves = [node for node in kept["proof"]["nodes"] if node["kind"] == "axiom"]
    known = {(n3(s), n3(p), n3(o)) for s, p, o in knowledge.everything.triples}
    return tuple(
        sorted({f"{n['text']} ({n['file']})" for n in leaves if tuple(n["triple"]) not in known})
    )
