"""An endpoint says of itself what the vocabulary of service descriptions asks for."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from kg_engine import Engine
from kg_engine.dataset import Dataset, build_dataset, open_store
from kg_engine.service_description import FORMAT, service_description

ENDPOINT = "http://127.0.0.1:8080/sparql"
SD = "http://www.w3.org/ns/sparql-service-description#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
VOID = "http://rdfs.org/ns/void#"
# Property: (domain, range), of SPARQL 1.1 Service Description, section 3.
SCHEMA = {
    "endpoint": ("Service", ""),
    "supportedLanguage": ("Service", "Language"),
    "resultFormat": ("Service", ""),
    "defaultEntailmentRegime": ("Service", "EntailmentRegime"),
    "defaultSupportedEntailmentProfile": ("Service", "EntailmentProfile"),
    "defaultDataset": ("Service", "Dataset"),
    "defaultGraph": ("Dataset", "Graph"),
    "namedGraph": ("Dataset", "NamedGraph"),
    "name": ("NamedGraph", ""),
    "graph": ("NamedGraph", "Graph"),
    "entailmentRegime": ("NamedGraph", "EntailmentRegime"),
}
KNOWN_ELSEWHERE = ("Language", "EntailmentRegime", "EntailmentProfile")


@pytest.fixture(scope="module")
def dataset(engine: Engine) -> Dataset:
    return build_dataset(engine.knowledge)


@pytest.fixture(scope="module")
def found(dataset: Dataset) -> list[ox.Triple]:
    return service_description(ENDPOINT, dataset)


def pairs(found: list[ox.Triple], p: str) -> list[tuple[str, str]]:
    told = [(t.subject, t.object) for t in found if t.predicate.value == p]
    return [(s.value, o.value) for s, o in told
            if isinstance(s, ox.NamedNode) and isinstance(o, (ox.NamedNode, ox.Literal))]  # fmt: skip


def test_there_is_one_service_at_the_endpoint(found: list[ox.Triple]) -> None:
    ((service, endpoint),) = pairs(found, f"{SD}endpoint")
    assert endpoint == ENDPOINT
    assert (service, f"{SD}Service") in pairs(found, TYPE)


def test_it_keeps_to_the_schema(found: list[ox.Triple]) -> None:
    keeps_to_the_schema(found)


def keeps_to_the_schema(found: list[ox.Triple]) -> None:
    """See to it that each term of the vocabulary is used as the vocabulary says."""
    kinds = set(pairs(found, TYPE))
    for triple in found:
        p = triple.predicate.value
        if not p.startswith(SD):
            continue
        domain, range_ = SCHEMA[p.removeprefix(SD)]
        for s, o in pairs(found, p):
            assert (s, SD + domain) in kinds, (s, p)
            assert not range_ or range_ in KNOWN_ELSEWHERE or (o, SD + range_) in kinds, (p, o)
    assert {p.removeprefix(SD) for p in (t.predicate.value for t in found)} >= SCHEMA.keys()


def test_each_graph_is_named_once_with_its_size(found: list[ox.Triple], dataset: Dataset) -> None:
    store = open_store(dataset, ENDPOINT)
    graph_of, size_of = dict(pairs(found, f"{SD}graph")), dict(pairs(found, f"{VOID}triples"))
    told = {name: int(size_of[graph_of[node]]) for node, name in pairs(found, f"{SD}name")}
    held = {g.value: len(list(store.quads_for_pattern(None, None, None, g)))
            for g in store.named_graphs() if isinstance(g, ox.NamedNode)}  # fmt: skip
    assert told == held
    ((_, default),) = pairs(found, f"{SD}defaultGraph")
    whole = len(list(store.quads_for_pattern(None, None, None, ox.DefaultGraph())))
    assert int(size_of[default]) == whole


def test_the_default_graph_is_no_union_of_the_named(found: list[ox.Triple]) -> None:
    assert not pairs(found, f"{SD}feature")


def test_the_formats_are_those_that_are_given(dataset: Dataset) -> None:
    given = service_description(ENDPOINT, dataset, [FORMAT("Turtle")])
    assert [o for _, o in pairs(given, f"{SD}resultFormat")] == [
        "http://www.w3.org/ns/formats/Turtle"
    ]
