"""The checker's own table of rules says what the specification says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kg_engine import verify
from kg_engine.graphs import Graph
from kg_engine.program import CASE_TABLES
from tests.kg_engine.test_rules import EXAMPLES, PREFIXES, Example

CELLS = (verify.iri("rdf:first"), verify.iri("rdf:rest"))


def read(text: str, folder: Path) -> frozenset[verify.Triple]:
    path = folder / "example.ttl"
    path.write_text(PREFIXES + text, encoding="utf-8")
    return frozenset(map(verify.canonical, verify.read_turtle(path)))


def conclusion(example: Example, folder: Path) -> verify.Triple | None:
    return next(iter(read(example.conclusion + " .", folder))) if example.conclusion else None


NO_CASE = {
    "eq-ref", "eq-diff-sym", "prp-ap", "cls-thing", "cls-nothing1", "dt-type1", "dt-type2",
    "dt-diff", "dt-contains",
}  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.rule)
def test_a_step_has_all_its_premises_and_no_other(example: Example, tmp_path: Path) -> None:
    rule, given = verify.TABLE[example.rule], read(example.firing, tmp_path)
    lists, premises = verify.Facts(given), {t for t in given if t[1] not in CELLS}
    goal = conclusion(example, tmp_path)
    assert verify.is_instance(rule, goal, frozenset(premises), lists)
    for lost in premises:
        assert not verify.is_instance(rule, goal, frozenset(premises - {lost}), lists)
    more = frozenset({*premises, ("<urn:t#z>", "<urn:t#z>", "<urn:t#z>")})
    assert not verify.is_instance(rule, goal, more, lists)
    idle = read(example.idle, tmp_path)
    left = frozenset(t for t in idle if t[1] not in CELLS)
    assert not verify.is_instance(rule, goal, left, verify.Facts(idle))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.rule)
def test_the_closure_applies_the_rule(example: Example, tmp_path: Path) -> None:
    goal = conclusion(example, tmp_path)
    for text, fires in ((example.firing, True), (example.idle, False)):
        base = verify.Program(read(text, tmp_path)).base
        found = example.rule in base.clashes if goal is None else goal in base.facts
        assert found is fires


def test_the_table_holds_the_rules_of_the_engine(root: Path) -> None:
    sources = [path.read_text() for path in (root / "kg_engine" / "rules").glob("[!s]*.py")]
    named = set(re.findall(r'"((?:eq|prp|cls|cax|dt)-[a-z0-9-]+)"', "\n".join(sources)))
    counted = {"cls-maxc", "cls-maxqc"}
    assert named - counted - NO_CASE <= set(verify.TABLE)
    assert not {c.rule for table in CASE_TABLES for c in table(Graph(()))} & NO_CASE
    assert {example.rule for example in EXAMPLES} == set(verify.TABLE)
