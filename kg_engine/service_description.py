"""Describe an endpoint to its clients. Source: https://www.w3.org/TR/sparql11-service-description/."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from kg_engine.dataset import Dataset, counted_name, endpoint_graphs
from kg_engine.dataset_provenance import RL_PROFILE
from kg_engine.namespaces import RDFS, SD, TYPE, VOID, XSD, Namespace
from kg_engine.store_terms import to_store_triple
from kg_engine.terms import IRI, Literal, Triple

FORMAT = Namespace("http://www.w3.org/ns/formats/")
ENTAILMENT = Namespace("http://www.w3.org/ns/entailment/")
RESULT_FORMATS = tuple(
    map(FORMAT, ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV",
                 "SPARQL_Results_TSV", "Turtle", "N-Triples", "JSON-LD", "RDF_XML"))
)  # fmt: skip
_ABOUT = (
    "Read only. The default graph holds what the files state, and, materialised, what the rules of "
    "OWL 2 RL entail of it but for axiomatic triples; and the statistics and examples of this "
    "endpoint. Every named graph holds what it says and no more."
)


def service_description(
    endpoint: str, dataset: Dataset, formats: Iterable[IRI] = RESULT_FORMATS
) -> list[ox.Triple]:
    """Return the description of an endpoint that serves a dataset.

    Takes the IRI of the endpoint and the formats in which it gives results.
    """
    return [to_store_triple(t) for t in _described(IRI(endpoint), dataset, formats)]


def _described(endpoint: IRI, dataset: Dataset, formats: Iterable[IRI]) -> Iterator[Triple]:
    service, whole = IRI(f"{endpoint}#service"), IRI(f"{endpoint}#dataset")
    yield Triple(service, TYPE, SD.Service)
    yield Triple(service, SD.endpoint, endpoint)
    yield Triple(service, RDFS.comment, Literal(_ABOUT))
    yield Triple(service, SD.supportedLanguage, SD.SPARQL11Query)
    for form in formats:
        yield Triple(service, SD.resultFormat, form)
    yield Triple(service, SD.defaultEntailmentRegime, ENTAILMENT("OWL-RDF-Based"))
    yield Triple(service, SD.defaultSupportedEntailmentProfile, RL_PROFILE)
    yield Triple(service, SD.defaultDataset, whole)
    yield Triple(whole, TYPE, SD.Dataset)
    added = endpoint_graphs(dataset.about, endpoint)
    graph = IRI(f"{endpoint}#default-graph")
    yield Triple(whole, SD.defaultGraph, graph)
    yield Triple(graph, TYPE, SD.Graph)
    yield Triple(graph, VOID.subset, counted_name(endpoint))
    size = dataset.about.statistics.triples + sum(map(len, added.values()))
    yield Triple(graph, VOID.triples, _number(size))
    sizes = dict(dataset.about.sizes) | {name: len(triples) for name, triples in added.items()}
    for number, (name, size) in enumerate(sorted(sizes.items()), 1):
        yield from _named_graph(endpoint, whole, number, name, size)


def _named_graph(endpoint: IRI, whole: IRI, number: int, name: IRI, size: int) -> Iterator[Triple]:
    """Yield a named graph and its description; what an endpoint calls them is its own affair."""
    named, graph = IRI(f"{endpoint}#named-{number}"), IRI(f"{endpoint}#graph-{number}")
    yield Triple(whole, SD.namedGraph, named)
    yield Triple(named, TYPE, SD.NamedGraph)
    yield Triple(named, SD.name, name)
    yield Triple(named, SD.entailmentRegime, ENTAILMENT.Simple)
    yield Triple(named, SD.graph, graph)
    yield Triple(graph, TYPE, SD.Graph)
    yield Triple(graph, VOID.triples, _number(size))


def _number(count: int) -> Literal:
    return Literal(str(count), XSD.integer)
