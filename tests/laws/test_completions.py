"""The outcomes called possible are those found by completing the record, one way at a time."""

from __future__ import annotations

import copy
from itertools import product

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.laws.strategies import Json, anchors, answer, feature_ids, law

MOST_OPEN = 3


@st.composite
def nearly_complete(draw: st.DrawFn) -> Json:
    """Draw a record in which at most three asked features are left open."""
    record = copy.deepcopy(draw(st.sampled_from(anchors())))
    asked = open_features(record)
    left_open = draw(st.permutations(asked))[: draw(st.integers(0, MOST_OPEN))]
    return completed(record, dict.fromkeys((f for f in asked if f not in left_open), False))


def open_features(record: Json) -> list[str]:
    missing = {item["item"] for item in answer(record)["missing"]}
    return [feature for feature in feature_ids() if feature in missing]


def completed(record: Json, states: dict[str, bool]) -> Json:
    found = copy.deepcopy(record)
    features = found.setdefault("risk_features", {})
    for feature, state in states.items():
        features.setdefault("present" if state else "absent", []).append(feature)
    return found


def is_inconsistent(document: Json) -> bool:
    return any(reason["id"] == "inconsistent-record" for reason in document["reasons"])


@law(12)
@given(nearly_complete())
def test_possible_outcomes_are_those_of_the_completions(record: Json) -> None:
    document = answer(record)
    documented = {step["id"]: step["status"] for step in document["steps"]}["documentation"]
    assume(document["presumptive_outcome"] is not None and documented == "met")
    asked = open_features(record)
    assert len(asked) <= MOST_OPEN
    found = {}
    for states in product([False, True], repeat=len(asked)):
        told = answer(completed(record, dict(zip(asked, states, strict=True))))
        if not is_inconsistent(told):
            found[states] = told["outcome"]
    assert sorted(document["possible_outcomes"]) == sorted(set(found.values()))
    assert document["presumptive_outcome"] == found[(False,) * len(asked)]


@law(6)
@given(nearly_complete())
def test_a_fact_called_decisive_is_and_no_other(record: Json) -> None:
    document = answer(record)
    documented = {step["id"]: step["status"] for step in document["steps"]}["documentation"]
    assume(document["presumptive_outcome"] is not None and documented == "met")
    asked = open_features(record)
    assume(asked)
    outcomes = {
        states: answer(completed(record, dict(zip(asked, states, strict=True))))
        for states in product([False, True], repeat=len(asked))
    }
    told = {item["item"]: item["could_change_outcome"] for item in document["missing"]}
    for place, feature in enumerate(asked):
        moves = any(
            first["outcome"] != outcomes[flip(states, place)]["outcome"]
            for states, first in outcomes.items()
            if not is_inconsistent(first) and not is_inconsistent(outcomes[flip(states, place)])
        )
        if moves:
            assert told[feature], feature


def flip(states: tuple[bool, ...], place: int) -> tuple[bool, ...]:
    return (*states[:place], not states[place], *states[place + 1 :])
