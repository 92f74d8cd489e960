"""OWL 2 RL, Table 7: the semantics of class axioms.

Source: https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules
Each function takes a new triple and the facts, and yields every derivation that uses the triple.
"""

from __future__ import annotations

from collections.abc import Iterator

from kg_engine.derivation import Derivation
from kg_engine.facts import Facts
from kg_engine.namespaces import OWL, RDFS, TYPE
from kg_engine.terms import Triple


def cax_sco(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If c1 subClassOf c2 and x type c1, then x type c2."""
    for c2 in g.objects(t.o, RDFS.subClassOf):
        yield Derivation("cax-sco", (Triple(t.o, RDFS.subClassOf, c2), t), Triple(t.s, TYPE, c2))


def cax_eqc1(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If c1 equivalentClass c2 and x type c1, then x type c2."""
    for c2 in g.objects(t.o, OWL.equivalentClass):
        axiom = Triple(t.o, OWL.equivalentClass, c2)
        yield Derivation("cax-eqc1", (axiom, t), Triple(t.s, TYPE, c2))


def cax_eqc2(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If c1 equivalentClass c2 and x type c2, then x type c1."""
    for c1 in g.subjects(OWL.equivalentClass, t.o):
        axiom = Triple(c1, OWL.equivalentClass, t.o)
        yield Derivation("cax-eqc2", (axiom, t), Triple(t.s, TYPE, c1))


def cax_dw(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If c1 disjointWith c2, x type c1 and x type c2, then false."""
    for c2 in g.objects(t.o, OWL.disjointWith):
        other = Triple(t.s, TYPE, c2)
        if other in g:
            yield Derivation("cax-dw", (Triple(t.o, OWL.disjointWith, c2), t, other), None)
    for c1 in g.subjects(OWL.disjointWith, t.o):
        other = Triple(t.s, TYPE, c1)
        if other in g:
            yield Derivation("cax-dw", (Triple(c1, OWL.disjointWith, t.o), other, t), None)


def cax_adc(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If x is of two members of an AllDisjointClasses axiom, then false."""
    for axiom in g.lists_with(OWL.members, t.o):
        head = Triple(axiom.axiom.s, TYPE, OWL.AllDisjointClasses)
        if head not in g:
            continue
        for c in axiom.members:
            other = Triple(t.s, TYPE, c)
            if c != t.o and other in g:
                yield Derivation("cax-adc", (head, axiom.axiom, *sorted((t, other))), None)


TYPE_RULES = (cax_sco, cax_eqc1, cax_eqc2, cax_dw, cax_adc)
