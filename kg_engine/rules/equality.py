"""OWL 2 RL, Table 4: the semantics of equality.

That every term equals itself (eq-ref) is of no use to a case: it stands apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

from kg_engine.clauses import Clauses, Rule, X, Y, Z, clause, false
from kg_engine.graphs import Graph, order
from kg_engine.namespaces import OWL, TYPE
from kg_engine.terms import Literal, Term, Triple

SAME = OWL.sameAs


def eq_ref(g: Graph) -> Clauses:
    """Every term is the same as itself."""
    for term in sorted({term for triple in g for term in triple}, key=order):
        yield clause("eq-ref", (), (term, SAME, term))


def eq_sym(_: Graph) -> Clauses:
    """If x sameAs y, then y sameAs x."""
    yield clause("eq-sym", (), (X, SAME, Y), (Y, SAME, X))


def eq_trans(_: Graph) -> Clauses:
    """If x sameAs y and y sameAs z, then x sameAs z."""
    yield clause("eq-trans", (), (X, SAME, Y), (Y, SAME, Z), (X, SAME, Z))


def eq_rep_p(g: Graph) -> Clauses:
    """If p sameAs q and x p y, then x q y."""
    for axiom in g.about(SAME):
        if not isinstance(axiom.s, Literal) and not isinstance(axiom.o, Literal):
            yield clause("eq-rep-p", [axiom], (X, axiom.s, Y), (X, axiom.o, Y))


def eq_diff1(_: Graph) -> Clauses:
    """If x sameAs y and x differentFrom y, then false."""
    yield false("eq-diff1", (), (X, SAME, Y), (X, OWL.differentFrom, Y))


def eq_diff_sym(_: Graph) -> Clauses:
    """If x differentFrom y, then y differentFrom x; sound, and in no table."""
    yield clause("eq-diff-sym", (), (X, OWL.differentFrom, Y), (Y, OWL.differentFrom, X))


def eq_diff_members(g: Graph) -> Clauses:
    """eq-diff2, eq-diff3: if two members of an AllDifferent axiom are the same, then false."""
    for rule, p in (("eq-diff2", OWL.members), ("eq-diff3", OWL.distinctMembers)):
        for axiom in g.about(p):
            head = Triple(axiom.s, TYPE, OWL.AllDifferent)
            if head in g:
                for y, z in permutations(g.items(axiom.o), 2):
                    yield false(rule, [head, axiom], (y, SAME, z))


TABLE_4: tuple[Rule, ...] = (eq_sym, eq_trans, eq_rep_p, eq_diff1, eq_diff_members)


def replacements(predicates: Iterable[Term]) -> Clauses:
    """eq-rep-s, eq-rep-o: what holds of x holds of what x is the same as; one pair a predicate."""
    for p in predicates:
        if p != SAME:
            yield clause("eq-rep-s", (), (X, SAME, Y), (X, p, Z), (Y, p, Z))
            yield clause("eq-rep-o", (), (X, SAME, Y), (Z, p, X), (Z, p, Y))
