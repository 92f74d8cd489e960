"""One case has one digest and one answer, in whatever order and format it is written."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
from hypothesis import given
from hypothesis import strategies as st

from kg_engine import determine, read_case
from tests.laws.strategies import Json, answer, engine, law, quads, records, shuffled

FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
}
ROOT = Path(__file__).parents[2]
HASHED = """
import hashlib, json, sys
from kg_engine import determine, open_engine
engine = open_engine()
told = "".join(determine(record, engine).json() for record in json.load(sys.stdin))
print(hashlib.sha256(told.encode()).hexdigest())
"""


def identity(record: object) -> tuple[str, str]:
    assert isinstance(record, dict)
    document = answer(record)
    return document["case_digest"], document["digest"]


@law(10)
@given(records(), st.integers(0, 2**32))
def test_order_and_repetition_say_nothing(record: Json, seed: int) -> None:
    assert identity(shuffled(record, random.Random(seed))) == identity(record)  # noqa: S311


@law(6)
@given(records(), st.integers(0, 2**32))
def test_every_serialisation_is_the_same_case(record: Json, seed: int) -> None:
    expected = identity(record)
    for media_type, syntax in FORMATS.items():
        told = ox.serialize(quads(record, random.Random(seed)), format=syntax)  # noqa: S311
        assert told is not None
        assert identity(read_case(told, engine(), media_type=media_type)) == expected, media_type


@law(8)
@given(records())
def test_the_clients_reference_is_no_part_of_the_case(record: Json) -> None:
    assert identity({**record, "id": "another"}) == identity({**record, "id": "one"})


@law(6)
@given(records())
def test_asked_twice_the_answer_has_the_same_bytes(record: Json) -> None:
    assert determine(record, engine()).json() == determine(record, engine()).json()


def test_hash_order_does_not_reach_the_answer() -> None:
    chosen = [
        json.loads((ROOT / "tests" / "cases" / f"{name}.json").read_bytes())["record"]
        for name in ("thyroid/lobectomy-undocumented", "services/differ", "brain/two-reasons",
                     "thyroid/completion-revision-absent")
    ]  # fmt: skip
    running = [
        subprocess.Popen(
            [sys.executable, "-c", HASHED],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("0", "1", "4242")
    ]
    told = [process.communicate(json.dumps(chosen))[0] for process in running]
    assert told[0]
    assert len(set(told)) == 1
