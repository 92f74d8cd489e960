"""OWL 2 RL, Table 7: the semantics of class axioms."""

from __future__ import annotations

from itertools import combinations

from kg_engine.clauses import Clauses, Rule, X, clause, false
from kg_engine.graphs import Graph
from kg_engine.namespaces import OWL, RDFS, TYPE
from kg_engine.terms import Triple


def cax_sco(g: Graph) -> Clauses:
    """If c1 subClassOf c2 and x type c1, then x type c2."""
    for axiom in g.about(RDFS.subClassOf):
        yield clause("cax-sco", [axiom], (X, TYPE, axiom.s), (X, TYPE, axiom.o))


def cax_eqc(g: Graph) -> Clauses:
    """cax-eqc1, cax-eqc2: if c1 equivalentClass c2, then what is of one is of the other."""
    for axiom in g.about(OWL.equivalentClass):
        yield clause("cax-eqc1", [axiom], (X, TYPE, axiom.s), (X, TYPE, axiom.o))
        yield clause("cax-eqc2", [axiom], (X, TYPE, axiom.o), (X, TYPE, axiom.s))


def cax_dw(g: Graph) -> Clauses:
    """If c1 disjointWith c2, x type c1 and x type c2, then false."""
    for axiom in g.about(OWL.disjointWith):
        yield false("cax-dw", [axiom], (X, TYPE, axiom.s), (X, TYPE, axiom.o))


def cax_adc(g: Graph) -> Clauses:
    """If x is of two members of an AllDisjointClasses axiom, then false."""
    for axiom in g.about(OWL.members):
        head = Triple(axiom.s, TYPE, OWL.AllDisjointClasses)
        if head in g:
            for c1, c2 in combinations(g.items(axiom.o), 2):
                yield false("cax-adc", [head, axiom], (X, TYPE, c1), (X, TYPE, c2))


TABLE_7: tuple[Rule, ...] = (cax_sco, cax_eqc, cax_dw, cax_adc)
