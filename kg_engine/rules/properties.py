"""OWL 2 RL, Table 5: the semantics of axioms about properties.

That the annotation properties are such (prp-ap) says nothing about a case: it stands apart.
"""

from __future__ import annotations

from itertools import combinations

from kg_engine.clauses import Atom, Clause, Clauses, Rule, Var, X, Y, Z, clause, false
from kg_engine.graphs import Graph
from kg_engine.namespaces import OWL, RDFS, TYPE
from kg_engine.terms import Triple

_ANNOTATIONS = (
    RDFS.label, RDFS.comment, RDFS.seeAlso, RDFS.isDefinedBy, OWL.deprecated, OWL.versionInfo,
    OWL.priorVersion, OWL.backwardCompatibleWith, OWL.incompatibleWith,
)  # fmt: skip


def prp_ap(_: Graph) -> Clauses:
    """Every annotation property of the vocabulary is an annotation property."""
    for p in _ANNOTATIONS:
        yield clause("prp-ap", (), (p, TYPE, OWL.AnnotationProperty))


def prp_dom(g: Graph) -> Clauses:
    """If p domain c and x p y, then x type c."""
    for axiom in g.about(RDFS.domain):
        yield clause("prp-dom", [axiom], (X, axiom.s, Y), (X, TYPE, axiom.o))


def prp_rng(g: Graph) -> Clauses:
    """If p range c and x p y, then y type c."""
    for axiom in g.about(RDFS.range):
        yield clause("prp-rng", [axiom], (X, axiom.s, Y), (Y, TYPE, axiom.o))


def prp_fp(g: Graph) -> Clauses:
    """If p is functional, x p y1 and x p y2, then y1 sameAs y2."""
    for p in g.subjects(TYPE, OWL.FunctionalProperty):
        axiom = Triple(p, TYPE, OWL.FunctionalProperty)
        yield clause("prp-fp", [axiom], (X, p, Y), (X, p, Z), (Y, OWL.sameAs, Z))


def prp_ifp(g: Graph) -> Clauses:
    """If p is inverse functional, x1 p y and x2 p y, then x1 sameAs x2."""
    for p in g.subjects(TYPE, OWL.InverseFunctionalProperty):
        axiom = Triple(p, TYPE, OWL.InverseFunctionalProperty)
        yield clause("prp-ifp", [axiom], (X, p, Z), (Y, p, Z), (X, OWL.sameAs, Y))


def prp_irp(g: Graph) -> Clauses:
    """If p is irreflexive and x p x, then false."""
    for p in g.subjects(TYPE, OWL.IrreflexiveProperty):
        yield false("prp-irp", [Triple(p, TYPE, OWL.IrreflexiveProperty)], (X, p, X))


def prp_symp(g: Graph) -> Clauses:
    """If p is symmetric and x p y, then y p x."""
    for p in g.subjects(TYPE, OWL.SymmetricProperty):
        axiom = Triple(p, TYPE, OWL.SymmetricProperty)
        yield clause("prp-symp", [axiom], (X, p, Y), (Y, p, X))


def prp_asyp(g: Graph) -> Clauses:
    """If p is asymmetric, x p y and y p x, then false."""
    for p in g.subjects(TYPE, OWL.AsymmetricProperty):
        yield false("prp-asyp", [Triple(p, TYPE, OWL.AsymmetricProperty)], (X, p, Y), (Y, p, X))


def prp_trp(g: Graph) -> Clauses:
    """If p is transitive, x p y and y p z, then x p z."""
    for p in g.subjects(TYPE, OWL.TransitiveProperty):
        axiom = Triple(p, TYPE, OWL.TransitiveProperty)
        yield clause("prp-trp", [axiom], (X, p, Y), (Y, p, Z), (X, p, Z))


def prp_spo1(g: Graph) -> Clauses:
    """If p1 subPropertyOf p2 and x p1 y, then x p2 y."""
    for axiom in g.about(RDFS.subPropertyOf):
        yield clause("prp-spo1", [axiom], (X, axiom.s, Y), (X, axiom.o, Y))


def prp_spo2(g: Graph) -> Clauses:
    """If p propertyChainAxiom (p1 … pn) and u0 p1 u1 … un-1 pn un, then u0 p un."""
    for axiom in g.about(OWL.propertyChainAxiom):
        links = g.items(axiom.o)
        u = [Var(f"u{k}") for k in range(len(links) + 1)]
        body = tuple(Atom(u[k], p, u[k + 1]) for k, p in enumerate(links))
        if body:
            yield Clause("prp-spo2", (axiom,), body, Atom(u[0], axiom.s, u[-1]))


def prp_eqp(g: Graph) -> Clauses:
    """prp-eqp1, prp-eqp2: if p1 equivalentProperty p2, then each implies the other."""
    for axiom in g.about(OWL.equivalentProperty):
        yield clause("prp-eqp1", [axiom], (X, axiom.s, Y), (X, axiom.o, Y))
        yield clause("prp-eqp2", [axiom], (X, axiom.o, Y), (X, axiom.s, Y))


def prp_pdw(g: Graph) -> Clauses:
    """If p1 propertyDisjointWith p2, x p1 y and x p2 y, then false."""
    for axiom in g.about(OWL.propertyDisjointWith):
        yield false("prp-pdw", [axiom], (X, axiom.s, Y), (X, axiom.o, Y))


def prp_adp(g: Graph) -> Clauses:
    """If x and y are linked by two members of AllDisjointProperties, then false."""
    for axiom in g.about(OWL.members):
        head = Triple(axiom.s, TYPE, OWL.AllDisjointProperties)
        if head in g:
            for p1, p2 in combinations(g.items(axiom.o), 2):
                yield false("prp-adp", [head, axiom], (X, p1, Y), (X, p2, Y))


def prp_inv(g: Graph) -> Clauses:
    """prp-inv1, prp-inv2: if p1 inverseOf p2, then x p1 y says y p2 x, and back."""
    for axiom in g.about(OWL.inverseOf):
        yield clause("prp-inv1", [axiom], (X, axiom.s, Y), (Y, axiom.o, X))
        yield clause("prp-inv2", [axiom], (X, axiom.o, Y), (Y, axiom.s, X))


def prp_key(g: Graph) -> Clauses:
    """If c hasKey (p1 … pn) and x, y of c agree on every pi, then x sameAs y."""
    for axiom in g.about(OWL.hasKey):
        keys = g.items(axiom.o)
        values = [Var(f"z{k}") for k in range(len(keys))]
        body = [Atom(X, TYPE, axiom.s)]
        body += [Atom(X, p, z) for p, z in zip(keys, values, strict=True)]
        body += [Atom(Y, TYPE, axiom.s)]
        body += [Atom(Y, p, z) for p, z in zip(keys, values, strict=True)]
        if keys:
            yield Clause("prp-key", (axiom,), tuple(body), Atom(X, OWL.sameAs, Y))


def prp_npa(g: Graph) -> Clauses:
    """prp-npa1, prp-npa2: if a negative property assertion denies x p y, and x p y, then false."""
    for source in g.about(OWL.sourceIndividual):
        for p in g.objects(source.s, OWL.assertionProperty):
            denied = Triple(source.s, OWL.assertionProperty, p)
            for rule, aim in (("prp-npa1", OWL.targetIndividual), ("prp-npa2", OWL.targetValue)):
                for value in g.objects(source.s, aim):
                    axioms = (source, denied, Triple(source.s, aim, value))
                    yield false(rule, axioms, (source.o, p, value))


TABLE_5: tuple[Rule, ...] = (
    prp_dom, prp_rng, prp_fp, prp_ifp, prp_irp, prp_symp, prp_asyp, prp_trp, prp_spo1, prp_spo2,
    prp_eqp, prp_pdw, prp_adp, prp_inv, prp_key, prp_npa,
)  # fmt: skip
