"""A second engine, with generic rules over raw triples, entails the same of every case."""

from __future__ import annotations

import pytest

pytest.importorskip("clingo", reason="clingo is not installed")

from kg_engine import Engine, InputRefused
from kg_engine.base import upon
from kg_engine.closure import EVERYWHERE
from kg_engine.namespaces import CASE, OWL
from kg_engine.pipeline import admit
from kg_engine.terms import Triple
from tests.oracle.records import ALL, FIVE, RECORDS
from tests.oracle.second_engine import close

pytestmark = pytest.mark.oracle
CHOSEN = sorted(RECORDS) if ALL else sorted(FIVE)[:3]


def about_the_case(triple: Triple) -> bool:
    touches = str(triple.s).startswith(CASE.base) or str(triple.o).startswith(CASE.base)
    return touches and triple.p != OWL.sameAs


@pytest.mark.parametrize("name", CHOSEN)
def test_a_second_engine_entails_the_same_of_the_case(name: str, engine: Engine) -> None:
    try:
        admitted = admit(RECORDS[name], engine)
    except InputRefused:
        pytest.skip("the door refuses this record")
    closure = upon(admitted.edition.base)
    closure.extend((fact, EVERYWHERE) for fact in admitted.abox.facts)
    entailed, clashes = close([*admitted.edition.axioms, *admitted.abox.facts])
    assert set(closure.facts) == {t for t in entailed if about_the_case(t)}
    rules = {application.clause.rule for application in closure.contradictions}
    assert bool(rules) == bool(clashes)
