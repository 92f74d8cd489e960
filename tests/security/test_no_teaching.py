"""A case cannot teach: whatever it says, no fact follows that is not about the case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kg_engine import Engine
from kg_engine.inference import infer
from kg_engine.namespaces import CASE
from kg_engine.pipeline import admit

CASES = sorted(Path(__file__).parents[1].joinpath("cases").glob("*/*.json"))[::9]


@pytest.mark.parametrize("path", CASES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_derived_fact_names_a_node_of_the_case(path: Path, engine: Engine) -> None:
    record = json.loads(path.read_text(encoding="utf-8"))["record"]
    admitted = admit(record, engine)
    inference = infer(admitted.edition, admitted.abox)
    assert inference.closure.masks
    for fact in inference.closure.facts:
        assert str(fact.s).startswith(CASE.base) or str(fact.o).startswith(CASE.base)
