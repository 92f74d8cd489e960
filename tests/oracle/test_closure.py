"""Stratum by stratum, the engine entails and attests what owlrl and pyshacl do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kg_engine import Engine
from kg_engine.base import upon
from kg_engine.closure import EVERYWHERE, Closure
from kg_engine.conformance import attest
from kg_engine.derivation import ATTESTS
from kg_engine.namespaces import CASE, OWL, TYPE
from kg_engine.pipeline import admit
from kg_engine.terms import BNode, Literal, Triple
from tests.oracle.records import FIVE, RECORDS, judged

pytestmark = pytest.mark.oracle
Fact = tuple[str, str, str]


def entailed(closure: Closure) -> Iterator[Fact]:
    """Yield what is entailed of the case's nodes, without names of anonymous classes."""
    for s, p, o in closure.facts:
        told = p != OWL.sameAs or s != o
        if told and o != OWL.Thing and not isinstance(o, BNode) and str(s).startswith(CASE.base):
            yield str(s), str(p), o.lexical if isinstance(o, Literal) else str(o)


def stages(name: str, engine: Engine) -> Iterator[frozenset[Fact]]:
    """Yield the engine's entailments of the record as it stands, before and after each stratum."""
    admitted = admit(RECORDS[name], engine)
    closure = upon(admitted.edition.base)
    closure.extend((fact, EVERYWHERE) for fact in admitted.abox.facts)
    yield frozenset(entailed(closure))
    for stratum in admitted.edition.strata:
        attest(closure, stratum)
        yield frozenset(entailed(closure))


def attested(closure: Closure) -> Iterator[Triple]:
    """Yield what shapes attested so far."""
    found = (d.conclusion for d in closure.derivations if d.rule == ATTESTS)
    return (t for t in found if t is not None)


@pytest.mark.parametrize("name", tuple(FIVE))
def test_entailments_agree_before_and_after_every_stratum(name: str, engine: Engine) -> None:
    reference = judged(name, engine).entailed
    ours = list(stages(name, engine))
    assert len(ours) == len(reference)
    for own, other in zip(ours, reference, strict=True):
        assert own == {fact for fact in other if fact[2] != OWL.Thing}


@pytest.mark.parametrize("name", tuple(FIVE))
def test_the_shapes_attest_the_same_in_every_stratum(name: str, engine: Engine) -> None:
    admitted = admit(RECORDS[name], engine)
    closure = upon(admitted.edition.base)
    closure.extend((fact, EVERYWHERE) for fact in admitted.abox.facts)
    for stratum, other in zip(admitted.edition.strata, judged(name, engine).attested, strict=True):
        before = set(attested(closure))
        attest(closure, stratum)
        own = {(str(t.s), str(t.o)) for t in set(attested(closure)) - before if t.p == TYPE}
        assert own == other
