"""OWL 2 RL, Table 4: the semantics of equality.

Source: https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules
Left out: eq-ref (every term equals itself: true, and of no use to a case).
"""

from __future__ import annotations

from collections.abc import Iterator

from kg_engine.derivation import Derivation
from kg_engine.facts import Facts
from kg_engine.namespaces import OWL, TYPE
from kg_engine.terms import IRI, Triple


def eq_sym(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If x sameAs y, then y sameAs x."""
    yield Derivation("eq-sym", (t,), Triple(t.o, OWL.sameAs, t.s))


def eq_trans(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If x sameAs y and y sameAs z, then x sameAs z."""
    for z in g.objects(t.o, OWL.sameAs):
        onward = Triple(t.o, OWL.sameAs, z)
        if z != t.s:
            yield Derivation("eq-trans", (t, onward), Triple(t.s, OWL.sameAs, z))


def eq_rep(t: Triple, g: Facts) -> Iterator[Derivation]:
    """eq-rep-s, eq-rep-p, eq-rep-o: what holds of x holds of what x is the same as."""
    if t.s == t.o:
        return
    for known in g.with_subject(t.s):
        yield Derivation("eq-rep-s", (t, known), Triple(t.o, known.p, known.o))
    for known in g.with_object(t.s):
        yield Derivation("eq-rep-o", (t, known), Triple(known.s, known.p, t.o))
    if isinstance(t.s, IRI) and isinstance(t.o, IRI):
        for known in g.with_predicate(t.s):
            yield Derivation("eq-rep-p", (t, known), Triple(known.s, t.o, known.o))


def eq_rep_known(t: Triple, g: Facts) -> Iterator[Derivation]:
    """eq-rep-s, eq-rep-p, eq-rep-o: the same for a new triple about x."""
    for y in g.objects(t.s, OWL.sameAs):
        yield Derivation("eq-rep-s", (Triple(t.s, OWL.sameAs, y), t), Triple(y, t.p, t.o))
    for y in g.objects(t.o, OWL.sameAs):
        yield Derivation("eq-rep-o", (Triple(t.o, OWL.sameAs, y), t), Triple(t.s, t.p, y))
    for y in g.objects(t.p, OWL.sameAs):
        if isinstance(y, IRI):
            yield Derivation("eq-rep-p", (Triple(t.p, OWL.sameAs, y), t), Triple(t.s, y, t.o))


def eq_diff1(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If x sameAs y and x differentFrom y, then false."""
    other = Triple(t.s, OWL.differentFrom, t.o)
    if other in g:
        yield Derivation("eq-diff1", (t, other), None)


def eq_diff_members(t: Triple, g: Facts) -> Iterator[Derivation]:
    """eq-diff2, eq-diff3: if two members of an AllDifferent axiom are the same, then false."""
    for rule, p in (("eq-diff2", OWL.members), ("eq-diff3", OWL.distinctMembers)):
        for axiom in g.lists_with(p, t.s):
            head = Triple(axiom.axiom.s, TYPE, OWL.AllDifferent)
            if head in g and t.o in axiom.members and t.s != t.o:
                yield Derivation(rule, (head, axiom.axiom, t), None)


SAME_RULES = (eq_sym, eq_trans, eq_rep, eq_diff1, eq_diff_members)
ANY_RULES = (eq_rep_known,)
