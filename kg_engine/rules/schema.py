"""OWL 2 RL, Table 9: the semantics of schema vocabulary.

Source: https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules
They close the knowledge alone: what they add about classes, cax-* and prp-* reach by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from kg_engine.derivation import Derivation
from kg_engine.facts import Facts
from kg_engine.namespaces import OWL, RDFS, TYPE
from kg_engine.terms import IRI, Term, Triple


def scm_cls(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If c is a class, then c subClassOf c and owl:Thing, and owl:Nothing subClassOf c."""
    if t.p == TYPE and t.o == OWL.Class:
        for conclusion in (
            Triple(t.s, RDFS.subClassOf, t.s),
            Triple(t.s, OWL.equivalentClass, t.s),
            Triple(t.s, RDFS.subClassOf, OWL.Thing),
            Triple(OWL.Nothing, RDFS.subClassOf, t.s),
        ):
            yield Derivation("scm-cls", (t,), conclusion)


def scm_op_dp(t: Triple, g: Facts) -> Iterator[Derivation]:
    """scm-op, scm-dp: a property is its own subproperty and equivalent."""
    names = {OWL.ObjectProperty: "scm-op", OWL.DatatypeProperty: "scm-dp"}
    if t.p == TYPE and t.o in names:
        for p in (RDFS.subPropertyOf, OWL.equivalentProperty):
            yield Derivation(names[IRI(str(t.o))], (t,), Triple(t.s, p, t.s))


def scm_transitive(t: Triple, g: Facts) -> Iterator[Derivation]:
    """scm-sco, scm-spo: subClassOf and subPropertyOf are transitive."""
    names = {RDFS.subClassOf: "scm-sco", RDFS.subPropertyOf: "scm-spo"}
    if t.p in names:
        for z in g.objects(t.o, t.p):
            yield Derivation(names[t.p], (t, Triple(t.o, t.p, z)), Triple(t.s, t.p, z))
        for x in g.subjects(t.p, t.s):
            yield Derivation(names[t.p], (Triple(x, t.p, t.s), t), Triple(x, t.p, t.o))


_EQUIVALENCES = (
    (OWL.equivalentClass, RDFS.subClassOf, "scm-eqc"),
    (OWL.equivalentProperty, RDFS.subPropertyOf, "scm-eqp"),
)


def scm_equivalent(t: Triple, g: Facts) -> Iterator[Derivation]:
    """scm-eqc1, -eqc2, scm-eqp1, -eqp2: equivalence is subsumption both ways."""
    for equivalent, sub, name in _EQUIVALENCES:
        if t.p == equivalent:
            yield Derivation(name + "1", (t,), Triple(t.s, sub, t.o))
            yield Derivation(name + "1", (t,), Triple(t.o, sub, t.s))
        back = Triple(t.o, sub, t.s)
        if t.p == sub and back in g:
            yield Derivation(name + "2", (t, back), Triple(t.s, equivalent, t.o))


_ENDS = ((RDFS.domain, "scm-dom"), (RDFS.range, "scm-rng"))


def scm_domain_range(t: Triple, g: Facts) -> Iterator[Derivation]:
    """scm-dom1, -dom2, scm-rng1, -rng2: domains and ranges are inherited."""
    for end, name in _ENDS:
        if t.p == end:
            for c2 in g.objects(t.o, RDFS.subClassOf):
                premises = (t, Triple(t.o, RDFS.subClassOf, c2))
                yield Derivation(name + "1", premises, Triple(t.s, end, c2))
            for p1 in g.subjects(RDFS.subPropertyOf, t.s):
                premises = (t, Triple(p1, RDFS.subPropertyOf, t.s))
                yield Derivation(name + "2", premises, Triple(p1, end, t.o))
        if t.p == RDFS.subClassOf:
            for p in g.subjects(end, t.s):
                yield Derivation(name + "1", (Triple(p, end, t.s), t), Triple(p, end, t.o))
        if t.p == RDFS.subPropertyOf:
            for c in g.objects(t.o, end):
                yield Derivation(name + "2", (Triple(t.o, end, c), t), Triple(t.s, end, c))


def scm_lists(t: Triple, g: Facts) -> Iterator[Derivation]:
    """scm-int, scm-uni: an intersection is below its members, a union above them."""
    if t.p == OWL.intersectionOf:
        for c in g.members(t.o):
            yield Derivation("scm-int", (t,), Triple(t.s, RDFS.subClassOf, c))
    if t.p == OWL.unionOf:
        for c in g.members(t.o):
            yield Derivation("scm-uni", (t,), Triple(c, RDFS.subClassOf, t.s))


_RESTRICTIONS = (
    (OWL.hasValue, "scm-hv", False),
    (OWL.someValuesFrom, "scm-svf", False),
    (OWL.allValuesFrom, "scm-avf", True),
)


def scm_restrictions(t: Triple, g: Facts) -> Iterator[Derivation]:
    """scm-hv, -svf1, -svf2, -avf1, -avf2: restrictions follow their classes and properties."""
    for filler, name, downward in _RESTRICTIONS:
        if t.p != filler:
            continue
        for p in g.objects(t.s, OWL.onProperty):
            on = Triple(t.s, OWL.onProperty, p)
            yield from _wider_filler(t, on, name, g)
            for p2 in g.objects(p, RDFS.subPropertyOf):
                for x2 in g.subjects(filler, t.o):
                    on2 = Triple(x2, OWL.onProperty, p2)
                    if x2 != t.s and on2 in g:
                        premises = (
                            t,
                            on,
                            Triple(x2, filler, t.o),
                            on2,
                            Triple(p, RDFS.subPropertyOf, p2),
                        )
                        ends = (x2, t.s) if downward else (t.s, x2)
                        rule = name if filler == OWL.hasValue else name + "2"
                        yield Derivation(rule, premises, Triple(ends[0], RDFS.subClassOf, ends[1]))


def _wider_filler(t: Triple, on: Triple, name: str, g: Facts) -> Iterator[Derivation]:
    if t.p == OWL.hasValue:
        return
    for y2 in g.objects(t.o, RDFS.subClassOf):
        for x2 in g.subjects(t.p, y2):
            on2 = Triple(x2, OWL.onProperty, on.o)
            if x2 != t.s and on2 in g:
                sub = Triple(t.o, RDFS.subClassOf, y2)
                premises = (t, on, Triple(x2, t.p, y2), on2, sub)
                yield Derivation(name + "1", premises, Triple(t.s, RDFS.subClassOf, x2))


SCHEMA_RULES = (
    scm_cls,
    scm_op_dp,
    scm_transitive,
    scm_equivalent,
    scm_domain_range,
    scm_lists,
    scm_restrictions,
)


def is_schema(p: Term) -> bool:
    """Say whether a predicate belongs to the schema vocabulary (RDFS or OWL, equality aside)."""
    text = str(p)
    return (text.startswith((OWL.base, RDFS.base))) and p != OWL.sameAs
