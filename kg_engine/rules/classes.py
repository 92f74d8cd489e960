"""OWL 2 RL, Table 6: the semantics of classes.

That owl:Thing and owl:Nothing are classes says nothing about a case: it stands apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from kg_engine.clauses import (
    Atom,
    Clause,
    Clauses,
    Rule,
    U,
    V,
    X,
    Y,
    Z,
    clause,
    false,
    on_property,
)  # fmt: skip
from kg_engine.graphs import Graph
from kg_engine.namespaces import OWL, TYPE
from kg_engine.rules.datatypes import one_or_zero
from kg_engine.terms import IRI, Triple


def cls_thing(_: Graph) -> Clauses:
    """cls-thing, cls-nothing1: owl:Thing and owl:Nothing are classes."""
    yield clause("cls-thing", (), (OWL.Thing, TYPE, OWL.Class))
    yield clause("cls-nothing1", (), (OWL.Nothing, TYPE, OWL.Class))


def cls_nothing2(_: Graph) -> Clauses:
    """If x type owl:Nothing, then false."""
    yield false("cls-nothing2", (), (X, TYPE, OWL.Nothing))


def cls_int1(g: Graph) -> Clauses:
    """If c intersectionOf (c1 … cn) and y is of every ci, then y type c."""
    for axiom in g.about(OWL.intersectionOf):
        body = tuple(Atom(Y, TYPE, c) for c in g.items(axiom.o))
        if body:
            yield Clause("cls-int1", (axiom,), body, Atom(Y, TYPE, axiom.s))


def cls_int2(g: Graph) -> Clauses:
    """If c intersectionOf (c1 … cn) and y type c, then y is of every ci."""
    for axiom in g.about(OWL.intersectionOf):
        for c in g.items(axiom.o):
            yield clause("cls-int2", [axiom], (Y, TYPE, axiom.s), (Y, TYPE, c))


def cls_uni(g: Graph) -> Clauses:
    """If c unionOf (c1 … cn) and y type ci, then y type c."""
    for axiom in g.about(OWL.unionOf):
        for c in g.items(axiom.o):
            yield clause("cls-uni", [axiom], (Y, TYPE, c), (Y, TYPE, axiom.s))


def cls_com(g: Graph) -> Clauses:
    """If c1 complementOf c2, x type c1 and x type c2, then false."""
    for axiom in g.about(OWL.complementOf):
        yield false("cls-com", [axiom], (X, TYPE, axiom.s), (X, TYPE, axiom.o))


def cls_svf(g: Graph) -> Clauses:
    """cls-svf1, cls-svf2: if x someValuesFrom y on p, u p v and v type y, then u type x.

    owl:Thing asks nothing of v.
    """
    for some in g.about(OWL.someValuesFrom):
        for on in on_property(g, some.s):
            link, head = (U, on.o, V), (U, TYPE, some.s)
            if some.o == OWL.Thing:
                yield clause("cls-svf2", [some, on], link, head)
            else:
                yield clause("cls-svf1", [some, on], link, (V, TYPE, some.o), head)


def cls_avf(g: Graph) -> Clauses:
    """If x allValuesFrom y on p, u type x and u p v, then v type y."""
    for all_ in g.about(OWL.allValuesFrom):
        for on in on_property(g, all_.s):
            body = (U, TYPE, all_.s), (U, on.o, V)
            yield clause("cls-avf", [all_, on], *body, (V, TYPE, all_.o))


def cls_hv(g: Graph) -> Clauses:
    """cls-hv1, cls-hv2: x hasValue y on p says: u type x just where u p y."""
    for value in g.about(OWL.hasValue):
        for on in on_property(g, value.s):
            member, link = (U, TYPE, value.s), (U, on.o, value.o)
            yield clause("cls-hv1", [value, on], member, link)
            yield clause("cls-hv2", [value, on], link, member)


def cls_maxc(g: Graph) -> Clauses:
    """cls-maxc1, cls-maxc2: no value, or one at most."""
    for limit, on, most in _limits(g, OWL.maxCardinality):
        member, first, second = (U, TYPE, limit.s), (U, on.o, Y), (U, on.o, Z)
        if most:
            yield clause("cls-maxc2", [limit, on], member, first, second, (Y, OWL.sameAs, Z))
        else:
            yield false("cls-maxc1", [limit, on], member, first)


def cls_maxqc(g: Graph) -> Clauses:
    """cls-maxqc1 … cls-maxqc4: no value of a class, or one at most; owl:Thing asks nothing."""
    for limit, on, most in _limits(g, OWL.maxQualifiedCardinality):
        member = (U, TYPE, limit.s)
        for c in g.objects(limit.s, OWL.onClass):
            axioms = (limit, on, Triple(limit.s, OWL.onClass, c))
            first = [(U, on.o, Y)] + [(Y, TYPE, c)] * (c != OWL.Thing)
            second = [(U, on.o, Z)] + [(Z, TYPE, c)] * (c != OWL.Thing)
            rule = f"cls-maxqc{1 + (c == OWL.Thing) + 2 * most}"
            if most:
                yield clause(rule, axioms, member, *first, *second, (Y, OWL.sameAs, Z))
            else:
                yield false(rule, axioms, member, *first)


def _limits(g: Graph, predicate: IRI) -> Iterator[tuple[Triple, Triple, int]]:
    for limit in g.about(predicate):
        most = one_or_zero(limit.o)
        if most is not None:
            for on in on_property(g, limit.s):
                yield limit, on, most


def cls_oo(g: Graph) -> Clauses:
    """If c oneOf (y1 … yn), then every yi type c: needs no triple about the case."""
    for axiom in g.about(OWL.oneOf):
        for y in g.items(axiom.o):
            yield clause("cls-oo", [axiom], (y, TYPE, axiom.s))


TABLE_6: tuple[Rule, ...] = (
    cls_nothing2, cls_int1, cls_int2, cls_uni, cls_com, cls_svf, cls_avf, cls_hv, cls_maxc,
    cls_maxqc, cls_oo,
)  # fmt: skip
