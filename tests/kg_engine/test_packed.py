"""A packed graph answers every look-up as the graph that it was made from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kg_engine.graphs import Graph
from kg_engine.packed import pack, rows_of, unpack
from kg_engine.term_table import TermTable
from kg_engine.terms import IRI, BNode, Literal, Term, Triple

IRIS = tuple(IRI(f"urn:t#{name}") for name in "abcp")
OTHERS: tuple[Term, ...] = (
    BNode("_:x1"), Literal("a"), Literal("ä\n☃", language="en"), Literal("1", "urn:t#d"), Literal(""),
)  # fmt: skip
TRIPLES = st.builds(
    Triple, st.sampled_from((*IRIS, BNode("_:x1"))), st.sampled_from(IRIS),
    st.sampled_from((*IRIS, *OTHERS)),
)  # fmt: skip


@given(st.frozensets(TRIPLES, max_size=30))
def test_every_look_up_is_answered_alike(triples: frozenset[Triple]) -> None:
    plain = Graph(triples)
    terms = TermTable.of([*IRIS, *OTHERS])
    read = TermTable.read(terms.to_bytes())
    packed = unpack(pack(rows_of(triples, terms), len(terms)), read)
    assert list(packed) == list(plain)
    assert packed.triples == triples
    assert len(packed) == len(triples)
    for one in (*IRIS, *OTHERS):
        assert packed.outgoing(one) == plain.outgoing(one)
        assert packed.incoming(one) == plain.incoming(one)
        for p in IRIS:
            assert packed.objects(one, p) == plain.objects(one, p)
            assert packed.subjects(p, one) == plain.subjects(p, one)
    for p in (*IRIS, IRI("urn:t#unknown")):
        assert packed.about(p) == plain.about(p)
    assert packed.incoming(IRI("urn:t#unknown")) == ()
    rows = [packed.row(t) for t in plain]
    assert rows == list(range(len(triples)))
    assert [packed.triple(n) for n in range(len(triples))] == list(plain)
    assert packed.row(Triple(IRI("urn:t#unknown"), IRIS[0], IRIS[0])) is None


def test_the_kinds_of_terms_survive() -> None:
    read = TermTable.read(TermTable.of([*IRIS, *OTHERS]).to_bytes())
    assert {type(term) for term in read} == {IRI, BNode, Literal}
    assert set(read) == {*IRIS, *OTHERS}
    assert all(read[read.number(term)] == term for term in (*IRIS, *OTHERS))
    assert read.get(IRI("urn:t#unknown")) is None
