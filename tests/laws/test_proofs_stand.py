"""Every proof goes down to what the record, the ontology or a shape says, and rests on it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kg_engine.pipeline import admit
from kg_engine.record import canonical_json
from tests.laws.strategies import Json, anchored_records, answer, engine, law, records

LEAVES = {"record", "axiom"}
STEPS = {"inference", "attestation", "contradiction"}
TAKEN_OUT = ("code", "present", "rationale")


def nodes(document: Json) -> dict[str, Json]:
    return {node["id"]: node for node in document["proof"]["nodes"]}


def canonical(record: Json) -> Json:
    found: Json = json.loads(canonical_json(admit(record, engine()).record))
    return found


def pointed(record: Any, path: str) -> Any:
    """Follow a JSON pointer; the keys that were left at their default lead nowhere."""
    for key in [part for part in path.split("/") if part]:
        record = record[int(key)] if isinstance(record, list) else record[key]
    return record


@law(30)
@given(records())
def test_leaves_are_facts_or_axioms_and_nothing_is_assumed(record: Json) -> None:
    document = answer(record)
    assert document["proof"]["assumes"] is False
    for node in nodes(document).values():
        assert node["kind"] in LEAVES | STEPS, node
        assert (node["kind"] in LEAVES) == (not node.get("premises")), node
        if node["kind"] == "axiom":
            assert node["file"].endswith(".ttl"), node
        elif node["kind"] == "record":
            assert node["path"].startswith("/"), node
        else:
            assert node["rule"], node


@law(30)
@given(records())
def test_premises_are_nodes_and_no_conclusion_rests_on_itself(record: Json) -> None:
    document = answer(record)
    found = nodes(document)
    assert set(document["proof"]["roots"]) <= set(found)
    reached: set[str] = set()
    below: set[str] = set()

    def visit(name: str) -> None:
        assert name not in below, f"{name} rests on itself"
        if name in reached:
            return
        below.add(name)
        for premise in found[name].get("premises", ()):
            assert premise in found
            visit(premise)
        below.discard(name)
        reached.add(name)

    for root in document["proof"]["roots"]:
        visit(root)
    assert reached == set(found)


@law(30)
@given(records())
def test_a_fact_of_the_record_stands_where_the_proof_says(record: Json) -> None:
    kept = canonical(record)
    for node in nodes(answer(record)).values():
        if node["kind"] == "record":
            pointed(kept, node["path"])


@law(12)
@given(st.one_of(anchored_records("necessary"), anchored_records("not_necessary")))
def test_a_decided_case_has_a_proof_with_facts_of_the_record(record: Json) -> None:
    document = answer(record)
    assume(document["outcome"] != "indeterminate")
    found = nodes(document)
    assert document["proof"]["roots"]
    paths = {node["path"].split("/")[1] for node in found.values() if node["kind"] == "record"}
    assert {"procedures", "diagnoses"} <= paths


def without(record: Json, path: str) -> Json:
    """Return a record without the entry, feature or rationale at a path."""
    found = copy.deepcopy(record)
    *parents, key = [part for part in path.split("/") if part]
    if key == "code":
        *parents, key = parents
    place = pointed(found, "/".join(parents))
    del place[int(key) if isinstance(place, list) else key]
    return found


def leaves(document: Json) -> set[tuple[str, str]]:
    return {
        (" ".join(node["triple"]), node["path"])
        for node in nodes(document).values()
        if node["kind"] == "record"
    }


def is_taken_out(path: str) -> bool:
    return any(part in TAKEN_OUT for part in path.split("/"))


@pytest.mark.parametrize("outcome", ["necessary", "not_necessary"])
@law(6)
@given(data=st.data())
def test_without_a_used_leaf_that_proof_is_lost(outcome: str, data: st.DataObject) -> None:
    record = canonical(data.draw(anchored_records(outcome)))
    before = answer(record)
    used = sorted(leaf for leaf in leaves(before) if is_taken_out(leaf[1]))
    assume(used)
    triple, path = data.draw(st.sampled_from(used))
    after = answer(without(record, path))
    lost = after["outcome"] != before["outcome"] or (triple, path) not in leaves(after)
    assert lost, f"the proof still rests on {path}"
