"""Read the SPARQL 1.1 suites: protocol tests as requests, result tests as queries and files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rdflib import RDF, RDFS, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")


@dataclass(frozen=True, slots=True)
class Sent:
    """Hold one request of a protocol test, and what is expected of its answer."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    statuses: frozenset[int]
    """Classes of status: 2 for 2xx."""
    form: str
    truth: bool | None


@dataclass(frozen=True, slots=True)
class ProtocolTest:
    """Hold a protocol test: its requests, in order, and the graphs that it needs."""

    name: str
    requests: tuple[Sent, ...]
    graphs: tuple[tuple[str, Path], ...]

    @property
    def updates(self) -> bool:
        """Say whether the test asks that an update be carried out."""
        return self.name.startswith("update_")


@dataclass(frozen=True, slots=True)
class ResultTest:
    """Hold a test of a form of results: a query, its data, and the file that is expected."""

    name: str
    query: Path
    data: Path
    expected: Path


def protocol_tests(folder: Path) -> tuple[ProtocolTest, ...]:
    """Return the tests of a folder with a protocol manifest."""
    graph, entries = _manifest(folder)
    return tuple(
        ProtocolTest(
            _name(entry),
            tuple(_sent(graph, r) for r in _requests(graph, entry)),
            tuple(_graphs(graph, entry)),
        )
        for entry in entries
    )


def result_tests(folder: Path) -> tuple[ResultTest, ...]:
    """Return the tests of a folder with a manifest of query evaluation."""
    graph, entries = _manifest(folder)
    found = []
    for entry in entries:
        action = graph.value(entry, MF.action)
        parts = (
            graph.value(action, QT.query),
            graph.value(action, QT.data),
            graph.value(entry, MF.result),
        )
        found.append(ResultTest(_name(entry), *(_path(part) for part in parts)))
    return tuple(found)


def entries_of(folder: Path) -> tuple[str, ...]:
    """Return the names of the tests of any manifest."""
    return tuple(_name(entry) for entry in _manifest(folder)[1])


def _manifest(folder: Path) -> tuple[Graph, list[Node]]:
    graph = Graph().parse(folder / "manifest.ttl")
    (manifest,) = graph.subjects(RDF.type, MF.Manifest)
    head = graph.value(manifest, MF.entries)
    assert head is not None
    return graph, list(Collection(graph, head))


def _requests(graph: Graph, entry: Node) -> list[Node]:
    head = graph.value(graph.value(entry, MF.action), HT.requests)
    assert head is not None
    return list(Collection(graph, head))


def _sent(graph: Graph, request: Node) -> Sent:
    body, answer = graph.value(request, HT.body), graph.value(request, HT.resp)
    encoding = str(graph.value(body, CNT.characterEncoding) or "UTF-8")
    truth = graph.value(answer, MF.expectedBoolean)
    return Sent(
        str(graph.value(request, HT.methodName)),
        str(graph.value(request, HT.absolutePath)),
        tuple(_headers(graph, request)),
        str(graph.value(body, CNT.chars) or "").encode(encoding),
        frozenset(int(str(s)[-3]) for s in graph.objects(answer, MF.expectedStatus)),
        str(graph.value(answer, MF.expectedFormat) or ""),
        None if truth is None else str(truth) == "true",
    )


def _headers(graph: Graph, request: Node) -> Iterator[tuple[str, str]]:
    head = graph.value(request, HT.headers)
    for header in Collection(graph, head) if head is not None else ():
        yield str(graph.value(header, HT.fieldName)), str(graph.value(header, HT.fieldValue))


def _graphs(graph: Graph, entry: Node) -> Iterator[tuple[str, Path]]:
    for data in graph.objects(entry, UT.graphData):
        yield str(graph.value(data, RDFS.label)), _path(graph.value(data, UT.graph))


def _path(file: Node | None) -> Path:
    assert isinstance(file, URIRef)
    return Path(file.removeprefix("file://"))


def _name(entry: Node) -> str:
    return str(entry).rpartition("#")[2]
