"""Make mutants: knowledge in which one decision-bearing axiom or shape is wrong.

Every maker yields all mutants of its kind in one order; drawing a sample is left to the caller.
What the door asserts by itself, such as that a request is a request, is no target: taking it away
changes nothing that could be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from kg_engine.graphs import Graph, order
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC, OWL, RDF, RDFS, SH, TYPE
from kg_engine.render import name, render
from kg_engine.terms import IRI, BNode, Literal, Term, Triple, local_name

LINKS = (
    NEC.codeAssesses, NEC.contains, NEC.hasNeuralPart, NEC.impliesFeature, NEC.overrides,
    NEC.partOf, NEC.profileAttribute, NEC.profileBearing, NEC.profileFeature, NEC.profileSite,
    NEC.profileStructure, NEC.statesPathology, NEC.statesSite, NEC.withinRegion,
)  # fmt: skip
SCHEMA = (OWL.propertyChainAxiom, RDFS.subPropertyOf, OWL.inverseOf)
CLASHES = (OWL.disjointWith, OWL.propertyDisjointWith)
FLIPPED = {
    NEC.supportedBy: NEC.opposedBy,
    NEC.opposedBy: NEC.supportedBy,
    NEC.equivocalPer: NEC.supportedBy,
    NEC.unprovenPer: NEC.opposedBy,
    NEC.permittedBy: NEC.supportedBy,
}
ASSERTED = frozenset(
    {NEC.Case, NEC.Diagnosis, NEC.Documentation, NEC.Procedure, NEC.Service, NEC.ServiceRequest}
)
CONSTRAINTS = (
    SH("not"), SH.disjoint, SH.equals, SH.minCount, SH.maxCount, SH("class"), SH.node, SH.property,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of the knowledge: which triples go and come, in which file, in words.

    ``heart`` is what a proof names that rests on the axiom or shape, ``near`` the terms of the
    whole axiom: both are for finding the cases that the change concerns.
    """

    kind: str
    file: str
    text: str
    removed: frozenset[Triple]
    added: frozenset[Triple] = frozenset()
    near: frozenset[Term] = frozenset()
    heart: frozenset[Triple] = frozenset()

    @property
    def only_drops(self) -> bool:
        """Say whether an axiom goes and nothing comes, so that no case gains a fact."""
        return not self.added and not self.is_shape

    @property
    def is_shape(self) -> bool:
        """Say whether a shape is changed."""
        return self.kind.startswith("shape")

    def apply(self, knowledge: Knowledge) -> Knowledge:
        """Return the knowledge with this change; what goes, goes from every file that states it."""
        files = knowledge.shape_files if self.is_shape else knowledge.ontology
        changed = {name: triples - self.removed for name, triples in files.items()}
        changed[self.file] |= self.added
        if self.is_shape:
            return replace(knowledge, shape_files=changed)
        return replace(knowledge, ontology=changed)


@dataclass(frozen=True)
class Field:
    """What makers look at: the knowledge, and the levels and codes that cases name."""

    knowledge: Knowledge
    used: frozenset[Term]

    @property
    def graph(self) -> Graph:
        """Return the ontology."""
        return self.knowledge.graph

    def drop(self, kind: str, *triples: Triple) -> Mutant:
        """Return the mutant without some triples of one file."""
        return self.change(kind, "dropped: " + render(triples[0], self.knowledge), triples)

    def change(
        self,
        kind: str,
        text: str,
        removed: Iterable[Triple],
        added: Iterable[Triple] = (),
        top: Term | None = None,
    ) -> Mutant:
        """Return a mutant of the axiom at ``top``; the file is that of the first triple removed."""
        gone = tuple(removed)
        file = min(self.knowledge.places[gone[0]])
        near = self.terms_of(gone[0].s if top is None else top) | self.terms_of(gone[0].o)
        heart = frozenset(gone) | self.heart_of(gone[0].s if top is None else top)
        return Mutant(kind, file, text, frozenset(gone), frozenset(added), near, heart)

    def heart_of(self, top: Term) -> frozenset[Triple]:
        """Return the axioms that make use of an anonymous class, or what a shape attests."""
        attested = self.knowledge.shapes_graph.objects(top, NEC.attests)
        found = {Triple(top, NEC.attests, o) for o in attested}
        if isinstance(top, BNode):
            graph, p = self.graph, RDFS.subClassOf
            found |= {Triple(top, p, o) for o in graph.objects(top, p)}
            found |= {Triple(s, p, top) for s in graph.subjects(p, top)}
        return frozenset(found)

    def terms_of(self, term: Term) -> frozenset[Term]:
        """Return a term, or the terms of an anonymous class and of what it leads to."""
        if not isinstance(term, BNode):
            return frozenset({term} - ASSERTED)
        graph = self.graph
        objects = {o for n in _below(graph, term) for p in _PARTS for o in graph.objects(n, p)}
        return frozenset(o for o in objects if isinstance(o, IRI)) - ASSERTED

    def say(self, term: Term) -> str:
        """Return a term in words."""
        return name(term, self.knowledge)


def all_mutants(field: Field) -> dict[str, list[Mutant]]:
    """Return every mutant by kind."""
    found: dict[str, list[Mutant]] = {}
    for maker in MAKERS:
        for mutant in maker(field):
            if mutant.removed != mutant.added:
                found.setdefault(mutant.kind, []).append(mutant)
    return found


def drop_links(field: Field) -> Iterator[Mutant]:
    """Drop what a profile, code, level, structure, pathology or recommendation states."""
    graph = field.graph
    for p in LINKS:
        for triple in graph.about(p):
            kinds = graph.objects(triple.s, TYPE)
            if triple.s in field.used or not {NEC.Code, NEC.Level} & set(kinds):
                yield field.drop(f"drop {local_name(p)}", triple)


def move_sites(field: Field) -> Iterator[Mutant]:
    """Let a code state the site of the next code that states another."""
    links = [t for t in field.graph.about(NEC.statesSite) if t.s in field.used]
    for one, other in _pairs(links, lambda t: t.o):
        text = f"{field.say(one.s)} moved from {field.say(one.o)} to {field.say(other.o)}"
        yield field.change("swap site", text, [one], [Triple(one.s, one.p, other.o)])


def drop_schema(field: Field) -> Iterator[Mutant]:
    """Drop a chain, a sub-property link, an inverse, or a disjointness."""
    for p in SCHEMA:
        for triple in field.graph.about(p):
            yield field.drop(f"drop {local_name(p)}", triple)
    for p in CLASHES:
        for triple in field.graph.about(p):
            yield field.drop("drop disjointness", triple)


def drop_subclasses(field: Field) -> Iterator[Mutant]:
    """Drop what makes a class a kind of another or gives its members a value."""
    for triple in field.graph.about(RDFS.subClassOf):
        if triple.o in ASSERTED or not isinstance(triple.s, IRI):
            continue
        kind = "drop value of class" if isinstance(triple.o, BNode) else "drop superclass"
        yield field.drop(kind, triple)


def drop_conditions(field: Field) -> Iterator[Mutant]:
    """Drop a condition that leads to a class, or the link from a code to its class."""
    for triple in field.graph.about(RDFS.subClassOf):
        if isinstance(triple.s, BNode):
            yield field.drop(_kind_of("drop", field.graph, triple.s), triple)


def widen_conditions(field: Field) -> Iterator[Mutant]:
    """Drop one conjunct of a condition, at any depth."""
    for top in _conditions(field.graph):
        for node in _below(field.graph, top):
            for axiom in _lists(field.graph, node, OWL.intersectionOf):
                yield from _without_members(field, "drop conjunct", top, axiom)
            for axiom in _lists(field.graph, node, OWL.unionOf):
                yield from _without_members(field, "drop alternative", top, axiom)


def widen_classes(field: Field) -> Iterator[Mutant]:
    """Put the parent of a class in its place, in a condition or a link from a code."""
    graph = field.graph
    for top in _conditions(graph):
        for triple in graph.about(RDFS.subClassOf):
            if triple.s == top and _kind_of("", graph, top) == " code link":
                yield from _raised(field, "widen class of code", triple, top)
        for node in _below(graph, top):
            for p in (OWL.someValuesFrom, RDF.first):
                for o in graph.objects(node, p):
                    link = Triple(node, p, o)
                    yield from _raised(field, "widen class in condition", link, top)


def flip_directions(field: Field) -> Iterator[Mutant]:
    """Let a recommendation speak in the opposite direction."""
    for triple in field.graph.about(OWL.onProperty):
        other = FLIPPED.get(IRI(str(triple.o)))
        if other is not None:
            text = f"flipped: {field.say(triple.s)} by {local_name(other)}"
            yield field.change("flip direction", text, [triple], [triple._replace(o=other)])


def swap_values(field: Field) -> Iterator[Mutant]:
    """Give a condition the feature, or a code link the code, of the next one."""
    graph = field.graph
    for p, kind in ((NEC.hasCode, "swap code"), (NEC.presentFeature, "swap feature")):
        nodes = graph.subjects(OWL.onProperty, p)
        links = [Triple(n, OWL.hasValue, o) for n in nodes for o in graph.objects(n, OWL.hasValue)]
        for one, other in _pairs(links, lambda t: _leads_to(graph, t)):
            text = f"{field.say(one.s)} given {field.say(other.o)}"
            yield field.change(kind, text, [one], [one._replace(o=other.o)])


def weaken_shapes(field: Field) -> Iterator[Mutant]:
    """Drop a constraint of a shape that attests, or an alternative of it."""
    shapes = field.knowledge.shapes_graph
    for top in sorted({t.s for t in shapes.about(NEC.attests)}, key=order):
        for node in _below(shapes, top):
            for p in CONSTRAINTS:
                for o in shapes.objects(node, p):
                    triple = Triple(node, p, o)
                    text = f"{local_name(str(top))}: dropped sh:{local_name(p)} {_short(o)}"
                    yield field.change(f"shape: drop {local_name(p)}", text, [triple], (), top)
            for axiom in _lists(shapes, node, SH("or")):
                text = f"{local_name(str(top))}: dropped sh:or"
                yield field.change("shape: drop or", text, [axiom], (), top)


def swap_attested(field: Field) -> Iterator[Mutant]:
    """Let a shape attest nothing, or what the next shape of its stratum attests."""
    shapes = field.knowledge.shapes_graph
    links = shapes.about(NEC.attests)
    for one, other in _pairs(links, lambda t: t.o, lambda t: shapes.text(t.s, NEC.stratum)):
        text = f"{local_name(str(one.s))}: attests {local_name(str(other.o))}"
        yield field.change("shape: swap attests", text, [one], [one._replace(o=other.o)])
    for link in links:
        text = f"{local_name(str(link.s))}: attests nothing"
        yield field.change("shape: drop attests", text, [link])


_PARTS = (RDF.first, OWL.someValuesFrom, OWL.hasValue, RDFS.subClassOf)
Maker = Callable[[Field], Iterator[Mutant]]
MAKERS: tuple[Maker, ...] = (
    drop_links, move_sites, drop_schema, drop_subclasses, drop_conditions, widen_conditions,
    widen_classes, flip_directions, swap_values, weaken_shapes, swap_attested,
)  # fmt: skip


def _pairs(
    links: Iterable[Triple],
    value: Callable[[Triple], object],
    group: Callable[[Triple], object] = lambda _: None,
) -> Iterator[tuple[Triple, Triple]]:
    """Pair each link with the next of its group that has another value."""
    ordered = sorted(links, key=order)
    for i, one in enumerate(ordered):
        turned = ordered[i + 1 :] + ordered[:i]
        fitting = (t for t in turned if value(t) != value(one) and group(t) == group(one))
        other = next(fitting, None)
        if other is not None:
            yield one, other


def _conditions(graph: Graph) -> list[Term]:
    found = {t.s for t in graph.about(RDFS.subClassOf) if isinstance(t.s, BNode)}
    return sorted(found, key=order)


def _kind_of(verb: str, graph: Graph, node: Term) -> str:
    coded = NEC.hasCode in graph.objects(node, OWL.onProperty)
    return f"{verb} {'code link' if coded else 'condition'}"


def _below(graph: Graph, top: Term) -> list[Term]:
    """Return a node and the anonymous nodes and property shapes below it, each once, in order."""
    found: dict[Term, None] = {}
    waiting = [top]
    while waiting:
        node = waiting.pop()
        if node in found:
            continue
        found[node] = None
        for p in (*CONSTRAINTS, SH("or"), OWL.intersectionOf, OWL.unionOf, OWL.someValuesFrom,
                  RDF.first, RDF.rest):  # fmt: skip
            below = graph.objects(node, p)
            waiting += [o for o in below if isinstance(o, BNode) or p == SH.property]
    return list(found)


def _lists(graph: Graph, node: Term, p: IRI) -> Iterator[Triple]:
    for head in graph.objects(node, p):
        yield Triple(node, p, head)


def _without_members(field: Field, kind: str, top: Term, axiom: Triple) -> Iterator[Mutant]:
    """Unlink each member of a list in turn, if another stays."""
    graph, before, head = field.graph, axiom, axiom.o
    if len(graph.items(head)) < 2:
        return
    while head != RDF.nil:
        member, rest = graph.value(head, RDF.first), graph.value(head, RDF.rest)
        if member is None or rest is None:
            return
        if member not in ASSERTED:
            goal = ", ".join(field.say(o) for o in graph.objects(top, RDFS.subClassOf))
            text = f"{kind} {field.say(member)} on the way to {goal}"
            added = [before._replace(o=rest)]
            if before is not axiom or rest != RDF.nil:
                yield field.change(kind, text, [before], added, top)
        before, head = Triple(head, RDF.rest, rest), rest


def _raised(field: Field, kind: str, triple: Triple, top: Term) -> Iterator[Mutant]:
    if not isinstance(triple.o, IRI) or triple.o in ASSERTED:
        return
    parents = field.graph.objects(triple.o, RDFS.subClassOf)
    for parent in [p for p in parents if isinstance(p, IRI)][:1]:
        text = f"{field.say(triple.o)} widened to {field.say(parent)} in {field.say(top)}"
        yield field.change(kind, text, [triple], [triple._replace(o=parent)], top)


def _leads_to(graph: Graph, link: Triple) -> object:
    return graph.objects(link.s, RDFS.subClassOf) or link.o


def _short(term: Term) -> str:
    if isinstance(term, Literal):
        return term.lexical
    return "[…]" if isinstance(term, BNode) else local_name(term)
