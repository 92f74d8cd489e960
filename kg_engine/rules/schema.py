"""OWL 2 RL, Table 9: the semantics of schema vocabulary.

What these rules add about classes and properties, cax-* and prp-* reach by themselves; they
close the knowledge for those who query it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from kg_engine.clauses import Clauses, Rule, Var, X, Y, Z, clause, on_property
from kg_engine.graphs import Graph
from kg_engine.namespaces import OWL, RDFS, TYPE
from kg_engine.terms import IRI, Term, Triple

SUB, SUB_P = RDFS.subClassOf, RDFS.subPropertyOf
C, C1, C2, P, P1, P2 = map(Var, ("c", "c1", "c2", "p", "p1", "p2"))


def scm_cls(_: Graph) -> Clauses:
    """If c is a class, then c subClassOf c and owl:Thing, and owl:Nothing subClassOf c."""
    member = (C, TYPE, OWL.Class)
    yield clause("scm-cls", (), member, (C, SUB, C))
    yield clause("scm-cls", (), member, (C, OWL.equivalentClass, C))
    yield clause("scm-cls", (), member, (C, SUB, OWL.Thing))
    yield clause("scm-cls", (), member, (OWL.Nothing, SUB, C))


def scm_op_dp(_: Graph) -> Clauses:
    """scm-op, scm-dp: a property is its own subproperty and equivalent."""
    for rule, kind in (("scm-op", OWL.ObjectProperty), ("scm-dp", OWL.DatatypeProperty)):
        yield clause(rule, (), (P, TYPE, kind), (P, SUB_P, P))
        yield clause(rule, (), (P, TYPE, kind), (P, OWL.equivalentProperty, P))


def scm_transitive(_: Graph) -> Clauses:
    """scm-sco, scm-spo: subClassOf and subPropertyOf are transitive."""
    yield clause("scm-sco", (), (X, SUB, Y), (Y, SUB, Z), (X, SUB, Z))
    yield clause("scm-spo", (), (X, SUB_P, Y), (Y, SUB_P, Z), (X, SUB_P, Z))


def scm_equivalent(_: Graph) -> Clauses:
    """scm-eqc1, -eqc2, scm-eqp1, -eqp2: equivalence is subsumption both ways."""
    for rule, same, sub in (
        ("scm-eqc", OWL.equivalentClass, SUB),
        ("scm-eqp", OWL.equivalentProperty, SUB_P),
    ):
        yield clause(rule + "1", (), (X, same, Y), (X, sub, Y))
        yield clause(rule + "1", (), (X, same, Y), (Y, sub, X))
        yield clause(rule + "2", (), (X, sub, Y), (Y, sub, X), (X, same, Y))


def scm_domain_range(_: Graph) -> Clauses:
    """scm-dom1, -dom2, scm-rng1, -rng2: domains and ranges are inherited."""
    for rule, end in (("scm-dom", RDFS.domain), ("scm-rng", RDFS.range)):
        yield clause(rule + "1", (), (P, end, C1), (C1, SUB, C2), (P, end, C2))
        yield clause(rule + "2", (), (P2, end, C), (P1, SUB_P, P2), (P1, end, C))


def scm_lists(g: Graph) -> Clauses:
    """scm-int, scm-uni: an intersection is below its members, a union above them."""
    for axiom in g.about(OWL.intersectionOf):
        for c in g.items(axiom.o):
            yield clause("scm-int", [axiom], (axiom.s, SUB, c))
    for axiom in g.about(OWL.unionOf):
        for c in g.items(axiom.o):
            yield clause("scm-uni", [axiom], (c, SUB, axiom.s))


def scm_restrictions(g: Graph) -> Clauses:
    """scm-hv, -svf1, -svf2, -avf1, -avf2: restrictions follow their classes and properties."""
    for rule, filler, upward in (
        ("scm-hv", OWL.hasValue, True),
        ("scm-svf2", OWL.someValuesFrom, True),
        ("scm-avf2", OWL.allValuesFrom, False),
    ):
        for first, on1, second, on2 in _pairs(g, filler):
            if first.o == second.o:
                ends = (first.s, second.s) if upward else (second.s, first.s)
                axioms, narrower = (first, on1, second, on2), (on1.o, SUB_P, on2.o)
                yield clause(rule, axioms, narrower, (ends[0], SUB, ends[1]))
    for rule, filler in (("scm-svf1", OWL.someValuesFrom), ("scm-avf1", OWL.allValuesFrom)):
        for first, on1, second, on2 in _pairs(g, filler):
            if on1.o == on2.o:
                axioms, narrower = (first, on1, second, on2), (first.o, SUB, second.o)
                yield clause(rule, axioms, narrower, (first.s, SUB, second.s))


def _pairs(g: Graph, filler: IRI) -> Iterator[tuple[Triple, Triple, Triple, Triple]]:
    """Yield pairs of restrictions of one kind that share their property or their filler."""
    described = [(axiom, on) for axiom in g.about(filler) for on in on_property(g, axiom.s)]
    near: dict[Term, list[tuple[Triple, Triple]]] = {}
    for axiom, on in described:
        for term in (axiom.o,) if filler == OWL.hasValue else (axiom.o, on.o):
            near.setdefault(term, []).append((axiom, on))
    for alike in near.values():
        for (first, on1), (second, on2) in permutations(alike, 2):
            yield first, on1, second, on2


TABLE_9: tuple[Rule, ...] = (
    scm_cls, scm_op_dp, scm_transitive, scm_equivalent, scm_domain_range, scm_lists,
    scm_restrictions,
)  # fmt: skip
