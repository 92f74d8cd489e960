"""Describe where every named graph comes from: its files, sources, dates, digest and making.

Nothing tells a time of making: the same knowledge gives the same description. Source:
https://www.w3.org/TR/prov-o/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from kg_engine.dataset_editions import edition_name, read_stretches
from kg_engine.dataset_graphs import ASSERTED, DERIVATIONS, INFERRED, PROVENANCE, SHAPES
from kg_engine.determination import engine_version
from kg_engine.knowledge import Knowledge, triples_digest
from kg_engine.namespaces import DCTERMS, NEC, OWL, PROV, RDFS, TYPE, XSD
from kg_engine.terms import IRI, Literal, Triple

RL_PROFILE = IRI("http://www.w3.org/ns/owl-profile/RL")
_HEADER = (RDFS.label, OWL.versionInfo, OWL.versionIRI, DCTERMS.license)


def provenance_triples(
    knowledge: Knowledge, graphs: Mapping[IRI, frozenset[Triple]], names: Mapping[str, IRI]
) -> Iterator[Triple]:
    """Yield the description of some named graphs and of the knowledge that they are of.

    ``graphs`` holds the triples of each graph, ``names`` the graph of each file.
    """
    whole = IRI(f"urn:{knowledge.digest}")
    for graph, triples in graphs.items():
        yield from _graph(graph, whole)
        digest = f"sha256:{triples_digest(triples)}"
        yield Triple(graph, NEC.contentDigest, Literal(digest))
    yield from _graph(PROVENANCE, whole)
    yield from _knowledge(knowledge, whole)
    for file, name in names.items():
        yield from _file(knowledge, file, name)
    yield from _members(ASSERTED, names.values())
    yield from _members(SHAPES, (names[file] for file in knowledge.shape_files))
    yield from _making(whole, [names[file] for file in knowledge.ontology])
    yield from _editions(knowledge, names)


def _graph(graph: IRI, whole: IRI) -> Iterator[Triple]:
    yield Triple(graph, TYPE, NEC.KnowledgeGraph)
    yield Triple(graph, TYPE, PROV.Entity)
    yield Triple(graph, DCTERMS.isPartOf, whole)


def _knowledge(knowledge: Knowledge, whole: IRI) -> Iterator[Triple]:
    yield Triple(whole, TYPE, PROV.Entity)
    yield Triple(whole, NEC.knowledgeDigest, Literal(knowledge.digest))
    for topic in knowledge.graph.subjects(TYPE, NEC.Topic):
        yield Triple(whole, DCTERMS.subject, topic)
        for p in (RDFS.label, OWL.versionIRI, NEC.horizon):
            yield from (Triple(whole, p, o) for o in knowledge.graph.objects(topic, p))


def _file(knowledge: Knowledge, file: str, name: IRI) -> Iterator[Triple]:
    graph = knowledge.everything
    yield Triple(name, TYPE, NEC.FileGraph)
    yield Triple(name, NEC.knowledgeFile, Literal(file))
    for p in _HEADER:
        yield from (Triple(name, p, o) for o in graph.objects(name, p))
    for source in knowledge.asserted_sources.get(file, ()):
        yield Triple(name, NEC.assertsFrom, source)
        yield Triple(name, PROV.hadPrimarySource, source)
        for p in (NEC.inForceFrom, NEC.inForceUntil, NEC.withoutLowerBound):
            yield from (Triple(name, p, o) for o in graph.objects(source, p))


def _members(graph: IRI, members: Iterable[IRI]) -> Iterator[Triple]:
    yield Triple(graph, TYPE, PROV.Collection)
    for member in members:
        yield Triple(graph, PROV.hadMember, member)
        yield Triple(graph, PROV.wasDerivedFrom, member)


def _making(whole: IRI, axioms: list[IRI]) -> Iterator[Triple]:
    """Yield how the inferred triples and their derivations were made: by one closure."""
    closure, agent = IRI(f"{whole}#closure"), IRI(f"urn:ionm:engine:{engine_version()}")
    yield Triple(closure, TYPE, PROV.Activity)
    yield Triple(closure, RDFS.label, Literal("closure under the rules of OWL 2 RL"))
    yield Triple(closure, PROV.wasAssociatedWith, agent)
    yield Triple(agent, TYPE, PROV.SoftwareAgent)
    yield Triple(agent, RDFS.label, Literal(f"ionm {engine_version()}"))
    for name in axioms:
        yield Triple(closure, PROV.used, name)
        yield Triple(INFERRED, PROV.wasDerivedFrom, name)
    for graph in (INFERRED, DERIVATIONS):
        yield Triple(graph, PROV.wasGeneratedBy, closure)
    yield Triple(INFERRED, DCTERMS.conformsTo, RL_PROFILE)
    for graph in (ASSERTED, INFERRED):
        yield Triple(DERIVATIONS, PROV.wasDerivedFrom, graph)


def _editions(knowledge: Knowledge, names: Mapping[str, IRI]) -> Iterator[Triple]:
    for stretch in read_stretches(knowledge):
        name = edition_name(knowledge, stretch)
        yield Triple(name, TYPE, NEC.EditionGraph)
        yield Triple(name, NEC.editionOf, stretch.policy)
        for p, day in ((NEC.inForceFrom, stretch.start), (NEC.inForceUntil, stretch.end)):
            if day is not None:
                yield Triple(name, p, _day(day))
        yield from _members(name, (names[file] for file in sorted(stretch.files)))


def _day(day: date) -> Literal:
    return Literal(day.isoformat(), XSD.date)
