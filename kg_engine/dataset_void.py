"""Count what a graph holds by class and property, and describe it in VoID.

Sources: Describing Linked Datasets with the VoID Vocabulary, https://www.w3.org/TR/void/, and its
extension by datatype partitions, http://ldf.fi/void-ext#.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kg_engine.namespaces import RDF, TYPE, VOID, VOID_EXT, XSD
from kg_engine.terms import IRI, Literal, Term, Triple


@dataclass(frozen=True)
class PropertyPartition:
    """The triples of a property: how many, and how often which kind of object stands there."""

    property: IRI
    triples: int
    classes: tuple[tuple[IRI, int], ...] = ()
    datatypes: tuple[tuple[IRI, int], ...] = ()


@dataclass(frozen=True)
class ClassPartition:
    """The instances of a class and what is said of them."""

    name: IRI
    entities: int
    properties: tuple[PropertyPartition, ...]


@dataclass(frozen=True)
class Statistics:
    """What a graph holds, counted."""

    triples: int
    subjects: int
    objects: int
    classes: tuple[ClassPartition, ...]
    properties: tuple[PropertyPartition, ...]


def count_graph(triples: Iterable[Triple]) -> Statistics:
    """Return the statistics of a graph; anonymous classes are no partition."""
    triples = tuple(triples)
    kinds: dict[Term, list[IRI]] = {}
    for s, p, o in triples:
        if p == TYPE and isinstance(o, IRI):
            kinds.setdefault(s, []).append(o)
    said: dict[tuple[IRI, IRI], Counter[tuple[str, IRI]]] = {}
    uses: Counter[tuple[IRI, IRI]] = Counter()
    for s, p, o in triples:
        found = _kinds_of(o, kinds)
        for kind in kinds.get(s, ()):
            uses[kind, p] += 1
            said.setdefault((kind, p), Counter()).update(found)
    entities = Counter(kind for found in kinds.values() for kind in found)
    properties = Counter(p for _, p, _ in triples)
    return Statistics(
        len(triples),
        len({t.s for t in triples}),
        len({t.o for t in triples}),
        tuple(ClassPartition(kind, entities[kind], tuple(_of_class(kind, said, uses)))
              for kind in sorted(entities)),
        tuple(PropertyPartition(p, properties[p]) for p in sorted(properties)),
    )  # fmt: skip


def void_triples(found: Statistics, graph: IRI) -> Iterator[Triple]:
    """Yield the description of a graph that was counted; ``graph`` names the description."""
    yield Triple(graph, TYPE, VOID.Dataset)
    yield _number(graph, VOID.triples, found.triples)
    yield _number(graph, VOID.distinctSubjects, found.subjects)
    yield _number(graph, VOID.distinctObjects, found.objects)
    yield _number(graph, VOID.classes, len(found.classes))
    yield _number(graph, VOID.properties, len(found.properties))
    for partition in found.properties:
        yield from _property(graph, partition)
    for kind in found.classes:
        node = _part(graph, "class", kind.name)
        yield Triple(graph, VOID.classPartition, node)
        yield Triple(node, VOID("class"), kind.name)
        yield _number(node, VOID.entities, kind.entities)
        for partition in kind.properties:
            yield from _property(node, partition)


def _property(whole: IRI, partition: PropertyPartition) -> Iterator[Triple]:
    node = _part(whole, "property", partition.property)
    yield Triple(whole, VOID.propertyPartition, node)
    yield Triple(node, VOID.property, partition.property)
    yield _number(node, VOID.triples, partition.triples)
    for name, count in partition.classes:
        inner = _part(node, "class", name)
        yield Triple(node, VOID.classPartition, inner)
        yield Triple(inner, VOID("class"), name)
        yield _number(inner, VOID.triples, count)
    for name, count in partition.datatypes:
        inner = _part(node, "datatype", name)
        yield Triple(node, VOID_EXT.datatypePartition, inner)
        yield Triple(inner, VOID_EXT.datatype, name)
        yield _number(inner, VOID.triples, count)


def _part(whole: IRI, kind: str, name: IRI) -> IRI:
    """Return the name of a part: the document of the whole, and a digest of all that it is of."""
    document, _, _ = whole.partition("#")
    digest = hashlib.sha256(f"{whole} {kind} {name}".encode()).hexdigest()[:24]
    return IRI(f"{document}#{kind}-{digest}")


def _number(s: IRI, p: IRI, count: int) -> Triple:
    return Triple(s, p, Literal(str(count), XSD.integer))


def _kinds_of(o: Term, kinds: Mapping[Term, list[IRI]]) -> list[tuple[str, IRI]]:
    if isinstance(o, Literal):
        return [("datatype", RDF.langString if o.language else IRI(o.datatype))]
    return [("class", kind) for kind in kinds.get(o, ())]


def _of_class(
    kind: IRI,
    said: Mapping[tuple[IRI, IRI], Counter[tuple[str, IRI]]],
    uses: Mapping[tuple[IRI, IRI], int],
) -> Iterator[PropertyPartition]:
    for p in sorted(p for name, p in said if name == kind):
        found = sorted(said[kind, p].items())
        classes = tuple((name, n) for (sort, name), n in found if sort == "class")
        datatypes = tuple((name, n) for (sort, name), n in found if sort == "datatype")
        yield PropertyPartition(p, uses[kind, p], classes, datatypes)
