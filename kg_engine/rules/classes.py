"""OWL 2 RL, Table 6: the semantics of classes.

Source: https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules
Left out: cls-thing and cls-nothing1 (axiomatic, they say nothing about a case).
"""

from __future__ import annotations

from collections.abc import Iterator

from kg_engine.derivation import Derivation
from kg_engine.facts import Facts
from kg_engine.namespaces import OWL, TYPE
from kg_engine.rules.datatypes import one_or_zero
from kg_engine.terms import IRI, Term, Triple


def cls_nothing2(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If x type owl:Nothing, then false."""
    if t.o == OWL.Nothing:
        yield Derivation("cls-nothing2", (t,), None)


def cls_int1(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If c intersectionOf (c1 … cn) and y is of every ci, then y type c."""
    for axiom in g.lists_with(OWL.intersectionOf, t.o):
        needed = tuple(Triple(t.s, TYPE, ci) for ci in axiom.members)
        if all(n in g for n in needed):
            conclusion = Triple(t.s, TYPE, axiom.axiom.s)
            yield Derivation("cls-int1", (axiom.axiom, *needed), conclusion)


def cls_int2(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If c intersectionOf (c1 … cn) and y type c, then y is of every ci."""
    for head in g.objects(t.o, OWL.intersectionOf):
        axiom = Triple(t.o, OWL.intersectionOf, head)
        for ci in g.members(head):
            yield Derivation("cls-int2", (axiom, t), Triple(t.s, TYPE, ci))


def cls_uni(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If c unionOf (c1 … cn) and y type ci, then y type c."""
    for axiom in g.lists_with(OWL.unionOf, t.o):
        yield Derivation("cls-uni", (axiom.axiom, t), Triple(t.s, TYPE, axiom.axiom.s))


def cls_com(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If c1 complementOf c2, x type c1 and x type c2, then false."""
    for c2 in g.objects(t.o, OWL.complementOf):
        other = Triple(t.s, TYPE, c2)
        if other in g:
            yield Derivation("cls-com", (Triple(t.o, OWL.complementOf, c2), t, other), None)
    for c1 in g.subjects(OWL.complementOf, t.o):
        other = Triple(t.s, TYPE, c1)
        if other in g:
            yield Derivation("cls-com", (Triple(c1, OWL.complementOf, t.o), other, t), None)


def cls_svf_type(t: Triple, g: Facts) -> Iterator[Derivation]:
    """cls-svf1: if x someValuesFrom y on p, u p v and v type y, then u type x (new: v type y)."""
    for x in g.subjects(OWL.someValuesFrom, t.o):
        svf = Triple(x, OWL.someValuesFrom, t.o)
        for p in g.objects(x, OWL.onProperty):
            on = Triple(x, OWL.onProperty, p)
            for u in g.subjects(_iri(p), t.s):
                link = Triple(u, _iri(p), t.s)
                yield Derivation("cls-svf1", (svf, on, link, t), Triple(u, TYPE, x))


def cls_svf_link(t: Triple, g: Facts) -> Iterator[Derivation]:
    """cls-svf1 and cls-svf2: the same for a new u p v; owl:Thing asks nothing of v."""
    for x in g.subjects(OWL.onProperty, t.p):
        on = Triple(x, OWL.onProperty, t.p)
        for y in g.objects(x, OWL.someValuesFrom):
            svf = Triple(x, OWL.someValuesFrom, y)
            if y == OWL.Thing:
                yield Derivation("cls-svf2", (svf, on, t), Triple(t.s, TYPE, x))
            elif (member := Triple(t.o, TYPE, y)) in g:
                yield Derivation("cls-svf1", (svf, on, t, member), Triple(t.s, TYPE, x))


def cls_avf_type(t: Triple, g: Facts) -> Iterator[Derivation]:
    """cls-avf: if x allValuesFrom y on p, u type x and u p v, then v type y (new: u type x)."""
    for y in g.objects(t.o, OWL.allValuesFrom):
        avf = Triple(t.o, OWL.allValuesFrom, y)
        for p in g.objects(t.o, OWL.onProperty):
            on = Triple(t.o, OWL.onProperty, p)
            for v in g.objects(t.s, _iri(p)):
                link = Triple(t.s, _iri(p), v)
                yield Derivation("cls-avf", (avf, on, t, link), Triple(v, TYPE, y))


def cls_avf_link(t: Triple, g: Facts) -> Iterator[Derivation]:
    """cls-avf: the same for a new u p v."""
    for x in g.subjects(OWL.onProperty, t.p):
        for y in g.objects(x, OWL.allValuesFrom):
            member = Triple(t.s, TYPE, x)
            if member in g:
                premises = (
                    Triple(x, OWL.allValuesFrom, y),
                    Triple(x, OWL.onProperty, t.p),
                    member,
                    t,
                )
                yield Derivation("cls-avf", premises, Triple(t.o, TYPE, y))


def cls_hv1(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If x hasValue y on p and u type x, then u p y."""
    for y in g.objects(t.o, OWL.hasValue):
        hv = Triple(t.o, OWL.hasValue, y)
        for p in g.objects(t.o, OWL.onProperty):
            on = Triple(t.o, OWL.onProperty, p)
            yield Derivation("cls-hv1", (hv, on, t), Triple(t.s, _iri(p), y))


def cls_hv2(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If x hasValue y on p and u p y, then u type x."""
    for x in g.subjects(OWL.hasValue, t.o):
        on = Triple(x, OWL.onProperty, t.p)
        if on in g:
            hv = Triple(x, OWL.hasValue, t.o)
            yield Derivation("cls-hv2", (hv, on, t), Triple(t.s, TYPE, x))


_LIMITS = (
    (OWL.maxCardinality, "cls-maxc", False),
    (OWL.maxQualifiedCardinality, "cls-maxqc", True),
)


def cls_max_type(t: Triple, g: Facts) -> Iterator[Derivation]:
    """cls-maxc1, -maxc2, -maxqc1 … -maxqc4 for a new u type x, and a new type of a value."""
    if any(g.objects(t.o, p) for p, _, _ in _LIMITS):
        for p in g.objects(t.o, OWL.onProperty):
            yield from _max(t.s, t.o, _iri(p), g)
    for x in g.subjects(OWL.onClass, t.o):
        for p in g.objects(x, OWL.onProperty):
            for u in g.subjects(_iri(p), t.s):
                yield from _max(u, x, _iri(p), g)


def cls_max_link(t: Triple, g: Facts) -> Iterator[Derivation]:
    """cls-maxc1 … cls-maxqc4: the same for a new u p y."""
    for x in g.subjects(OWL.onProperty, t.p):
        yield from _max(t.s, x, t.p, g)


def _max(u: Term, x: Term, p: IRI, g: Facts) -> Iterator[Derivation]:
    member = Triple(u, TYPE, x)
    if member not in g:
        return
    on = Triple(x, OWL.onProperty, p)
    for predicate, name, qualified in _LIMITS:
        for bound in g.objects(x, predicate):
            limit = one_or_zero(bound)
            if limit is None:
                continue
            head = (Triple(x, predicate, bound), on, member)
            for number, y, seen in _qualified_values(u, x, p, g, qualified=qualified):
                if limit == 0:
                    rule = f"{name}{number}" if qualified else f"{name}1"
                    yield Derivation(rule, (*head, *seen), None)
                    continue
                for other, z, also in _qualified_values(u, x, p, g, qualified=qualified):
                    if y != z and other == number:
                        rule = f"{name}{number + 2}" if qualified else f"{name}2"
                        same = Triple(y, OWL.sameAs, z)
                        yield Derivation(rule, (*head, *seen, *also), same)


def _qualified_values(
    u: Term, x: Term, p: IRI, g: Facts, *, qualified: bool
) -> Iterator[tuple[int, Term, tuple[Triple, ...]]]:
    for y in g.objects(u, p):
        link = Triple(u, p, y)
        if not qualified:
            yield 1, y, (link,)
            continue
        for c in g.objects(x, OWL.onClass):
            on_class = Triple(x, OWL.onClass, c)
            if c == OWL.Thing:
                yield 2, y, (on_class, link)
            elif (member := Triple(y, TYPE, c)) in g:
                yield 1, y, (on_class, link, member)


def cls_oo(g: Facts) -> Iterator[Derivation]:
    """If c oneOf (y1 … yn), then every yi type c: needs no triple about the case."""
    for axiom in g.list_axioms(OWL.oneOf):
        for y in axiom.members:
            yield Derivation("cls-oo", (axiom.axiom,), Triple(y, TYPE, axiom.axiom.s))


def _iri(term: Term) -> IRI:
    return IRI(term) if isinstance(term, str) else IRI("")


TYPE_RULES = (
    cls_nothing2,
    cls_int1,
    cls_int2,
    cls_uni,
    cls_com,
    cls_svf_type,
    cls_avf_type,
    cls_hv1,
    cls_max_type,
)
LINK_RULES = (cls_svf_link, cls_avf_link, cls_hv2, cls_max_link)
