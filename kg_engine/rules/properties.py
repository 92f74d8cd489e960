"""OWL 2 RL, Table 5: the semantics of axioms about properties.

Source: https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules
Left out: prp-ap (axiomatic; it says nothing about a case).
"""

from __future__ import annotations

from collections.abc import Iterator

from kg_engine.derivation import Derivation
from kg_engine.facts import Facts, ListAxiom
from kg_engine.namespaces import OWL, RDFS, TYPE
from kg_engine.terms import IRI, Term, Triple


def prp_dom(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If p domain c and x p y, then x type c."""
    for c in g.objects(t.p, RDFS.domain):
        yield Derivation("prp-dom", (Triple(t.p, RDFS.domain, c), t), Triple(t.s, TYPE, c))


def prp_rng(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If p range c and x p y, then y type c."""
    for c in g.objects(t.p, RDFS.range):
        yield Derivation("prp-rng", (Triple(t.p, RDFS.range, c), t), Triple(t.o, TYPE, c))


def prp_fp(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If p is functional, x p y1 and x p y2, then y1 sameAs y2."""
    head = Triple(t.p, TYPE, OWL.FunctionalProperty)
    if head in g:
        for y in g.objects(t.s, t.p):
            if y != t.o:
                other = Triple(t.s, t.p, y)
                yield Derivation("prp-fp", (head, t, other), Triple(t.o, OWL.sameAs, y))


def prp_ifp(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If p is inverse functional, x1 p y and x2 p y, then x1 sameAs x2."""
    head = Triple(t.p, TYPE, OWL.InverseFunctionalProperty)
    if head in g:
        for x in g.subjects(t.p, t.o):
            if x != t.s:
                other = Triple(x, t.p, t.o)
                yield Derivation("prp-ifp", (head, t, other), Triple(t.s, OWL.sameAs, x))


def prp_irp(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If p is irreflexive and x p x, then false."""
    head = Triple(t.p, TYPE, OWL.IrreflexiveProperty)
    if t.s == t.o and head in g:
        yield Derivation("prp-irp", (head, t), None)


def prp_symp(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If p is symmetric and x p y, then y p x."""
    head = Triple(t.p, TYPE, OWL.SymmetricProperty)
    if head in g:
        yield Derivation("prp-symp", (head, t), Triple(t.o, t.p, t.s))


def prp_asyp(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If p is asymmetric, x p y and y p x, then false."""
    head, back = Triple(t.p, TYPE, OWL.AsymmetricProperty), Triple(t.o, t.p, t.s)
    if head in g and back in g:
        yield Derivation("prp-asyp", (head, t, back), None)


def prp_trp(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If p is transitive, x p y and y p z, then x p z."""
    head = Triple(t.p, TYPE, OWL.TransitiveProperty)
    if head in g:
        for z in g.objects(t.o, t.p):
            onward = Triple(t.o, t.p, z)
            yield Derivation("prp-trp", (head, t, onward), Triple(t.s, t.p, z))
        for x in g.subjects(t.p, t.s):
            before = Triple(x, t.p, t.s)
            yield Derivation("prp-trp", (head, before, t), Triple(x, t.p, t.o))


def prp_spo1(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If p1 subPropertyOf p2 and x p1 y, then x p2 y."""
    for p2 in g.objects(t.p, RDFS.subPropertyOf):
        axiom = Triple(t.p, RDFS.subPropertyOf, p2)
        yield Derivation("prp-spo1", (axiom, t), Triple(t.s, _iri(p2), t.o))


def prp_spo2(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If p propertyChainAxiom (p1 … pn) and u0 p1 u1 … un-1 pn un, then u0 p un."""
    for axiom in g.lists_with(OWL.propertyChainAxiom, t.p):
        for place, p in enumerate(axiom.members):
            if p == t.p:
                yield from _chains(axiom, place, t, g)


def _chains(axiom: ListAxiom, place: int, t: Triple, g: Facts) -> Iterator[Derivation]:
    before: list[tuple[Triple, ...]] = [(t,)]
    for p in reversed(axiom.members[:place]):
        before = [
            (Triple(x, _iri(p), path[0].s), *path)
            for path in before
            for x in g.subjects(_iri(p), path[0].s)
        ]
    for p in axiom.members[place + 1 :]:
        before = [
            (*path, Triple(path[-1].o, _iri(p), z))
            for path in before
            for z in g.objects(path[-1].o, _iri(p))
        ]
    for path in before:
        conclusion = Triple(path[0].s, _iri(axiom.axiom.s), path[-1].o)
        yield Derivation("prp-spo2", (axiom.axiom, *path), conclusion)


def prp_eqp1(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If p1 equivalentProperty p2 and x p1 y, then x p2 y."""
    for p2 in g.objects(t.p, OWL.equivalentProperty):
        axiom = Triple(t.p, OWL.equivalentProperty, p2)
        yield Derivation("prp-eqp1", (axiom, t), Triple(t.s, _iri(p2), t.o))


def prp_eqp2(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If p1 equivalentProperty p2 and x p2 y, then x p1 y."""
    for p1 in g.subjects(OWL.equivalentProperty, t.p):
        axiom = Triple(p1, OWL.equivalentProperty, t.p)
        yield Derivation("prp-eqp2", (axiom, t), Triple(t.s, _iri(p1), t.o))


def prp_pdw(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If p1 propertyDisjointWith p2, x p1 y and x p2 y, then false."""
    for p2 in g.objects(t.p, OWL.propertyDisjointWith):
        axiom, other = Triple(t.p, OWL.propertyDisjointWith, p2), Triple(t.s, _iri(p2), t.o)
        if other in g:
            yield Derivation("prp-pdw", (axiom, t, other), None)
    for p1 in g.subjects(OWL.propertyDisjointWith, t.p):
        axiom, other = Triple(p1, OWL.propertyDisjointWith, t.p), Triple(t.s, _iri(p1), t.o)
        if other in g:
            yield Derivation("prp-pdw", (axiom, other, t), None)


def prp_adp(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If x and y are linked by two members of AllDisjointProperties, then false."""
    for axiom in g.lists_with(OWL.members, t.p):
        head = Triple(axiom.axiom.s, TYPE, OWL.AllDisjointProperties)
        if head not in g:
            continue
        for p in axiom.members:
            other = Triple(t.s, _iri(p), t.o)
            if p != t.p and other in g:
                yield Derivation("prp-adp", (head, axiom.axiom, *sorted((t, other))), None)


def prp_inv1(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If p1 inverseOf p2 and x p1 y, then y p2 x."""
    for p2 in g.objects(t.p, OWL.inverseOf):
        axiom = Triple(t.p, OWL.inverseOf, p2)
        yield Derivation("prp-inv1", (axiom, t), Triple(t.o, _iri(p2), t.s))


def prp_inv2(t: Triple, g: Facts) -> Iterator[Derivation]:
    """If p1 inverseOf p2 and x p2 y, then y p1 x."""
    for p1 in g.subjects(OWL.inverseOf, t.p):
        axiom = Triple(p1, OWL.inverseOf, t.p)
        yield Derivation("prp-inv2", (axiom, t), Triple(t.o, _iri(p1), t.s))


def prp_key_type(t: Triple, g: Facts) -> Iterator[Derivation]:
    """prp-key: if c hasKey (p1 … pn) and x, y of c agree on every pi, then x sameAs y."""
    for head in g.objects(t.o, OWL.hasKey):
        yield from _keys(Triple(t.o, OWL.hasKey, head), tuple(g.members(head)), t.s, g)


def prp_key_link(t: Triple, g: Facts) -> Iterator[Derivation]:
    """prp-key: the same for a new value of a key property."""
    for axiom in g.lists_with(OWL.hasKey, t.p):
        if Triple(t.s, TYPE, axiom.axiom.s) in g:
            yield from _keys(axiom.axiom, axiom.members, t.s, g)


def _keys(axiom: Triple, keys: tuple[Term, ...], x: Term, g: Facts) -> Iterator[Derivation]:
    if not keys:
        return
    first = _iri(keys[0])
    others = dict.fromkeys(y for z in g.objects(x, first) for y in g.subjects(first, z))
    for y in others:
        if y == x or Triple(y, TYPE, axiom.s) not in g:
            continue
        premises = [axiom, Triple(x, TYPE, axiom.s), Triple(y, TYPE, axiom.s)]
        for key in keys:
            shared = [z for z in g.objects(x, _iri(key)) if Triple(y, _iri(key), z) in g]
            if not shared:
                break
            premises += [Triple(x, _iri(key), shared[0]), Triple(y, _iri(key), shared[0])]
        else:
            yield Derivation("prp-key", tuple(premises), Triple(x, OWL.sameAs, y))


def prp_npa(t: Triple, g: Facts) -> Iterator[Derivation]:
    """prp-npa1, prp-npa2: if a negative property assertion denies x p y, and x p y, then false."""
    for n in g.subjects(OWL.assertionProperty, t.p):
        source = Triple(n, OWL.sourceIndividual, t.s)
        for rule, target in (("prp-npa1", OWL.targetIndividual), ("prp-npa2", OWL.targetValue)):
            aim = Triple(n, target, t.o)
            if source in g and aim in g:
                premises = (source, Triple(n, OWL.assertionProperty, t.p), aim, t)
                yield Derivation(rule, premises, None)


def _iri(term: Term) -> IRI:
    return IRI(term) if isinstance(term, str) else IRI("")


TYPE_RULES = (prp_key_type,)
LINK_RULES = (
    prp_dom,
    prp_rng,
    prp_fp,
    prp_ifp,
    prp_irp,
    prp_symp,
    prp_asyp,
    prp_trp,
    prp_spo1,
    prp_spo2,
    prp_eqp1,
    prp_eqp2,
    prp_pdw,
    prp_adp,
    prp_inv1,
    prp_inv2,
    prp_key_link,
    prp_npa,
)
