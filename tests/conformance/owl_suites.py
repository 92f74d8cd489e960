"""Read the OWL 2 suites whole: every test of OWL 2 RL, with its premise and its conclusion.

Three collections: the OWL 2 RL part of M. Schneider's RDF-based collection; the W3C suite, of
which we run what lies in the profile RL under the RDF-based semantics; and the entailment tests
cut out of the W3C suite as it stands at the W3C, where they are in no profile too.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import rdflib
from rdflib.term import Node

from kg_engine.graphs import Graph
from kg_engine.namespaces import OWL, RDF, TYPE, XSD, Namespace
from kg_engine.terms import IRI, BNode, Literal, Term, Triple
from tests.conformance.functional import parse_functional

POSITIVE, NEGATIVE = "positive entailment", "negative entailment"
CONSISTENCY, INCONSISTENCY = "consistency", "inconsistency"
RDF_BASED, W3C, CASES = "rdf-based", "w3c", "entailment-cases"
T = Namespace("http://www.w3.org/2007/OWL/testOntology#")
KINDS = {
    T.PositiveEntailmentTest: (POSITIVE, "Conclusion"),
    T.NegativeEntailmentTest: (NEGATIVE, "NonConclusion"),
    T.ConsistencyTest: (CONSISTENCY, ""),
    T.InconsistencyTest: (INCONSISTENCY, ""),
}
BASE = "urn:test:"
Imports = Mapping[str, frozenset[Triple]]


@dataclass(frozen=True, slots=True)
class OwlTest:
    """A test: what an ontology is to entail, or that it is consistent or not."""

    suite: str
    kind: str
    name: str
    premise: frozenset[Triple]
    conclusion: frozenset[Triple] = frozenset()

    @property
    def key(self) -> str:
        """Return the name under which the test stands in the ignore list."""
        return f"{self.suite}/{self.kind}/{self.name}"


def every_test(folder: Path) -> tuple[OwlTest, ...]:
    """Return every test of the three collections, in order."""
    found = [*rdf_based(folder / "rdf-based"), *w3c(folder / "w3c-all" / "all.rdf")]
    found += cases(folder / "entailment-cases")
    return tuple(found)


def rdf_based(folder: Path) -> Iterator[OwlTest]:
    """Yield the tests of the RDF-based collection."""
    for place in sorted(p for p in folder.iterdir() if p.is_dir()):
        name = place.name
        metadata = ET.parse(place / f"{name}.metadata.properties")  # noqa: S314 - a file of the suite
        entries = {e.get("key"): e.text for e in metadata.getroot().iter("entry")}
        if entries["testcase.type"] == "INCONSISTENCY":
            yield OwlTest(RDF_BASED, INCONSISTENCY, name, turtle(place / f"{name}.graph.ttl"))
        else:
            premise = turtle(place / f"{name}.premisegraph.ttl")
            conclusion = turtle(place / f"{name}.conclusiongraph.ttl")
            yield OwlTest(RDF_BASED, POSITIVE, name, premise, conclusion)


def w3c(file: Path) -> Iterator[OwlTest]:
    """Yield the tests of the W3C suite that are of the profile RL and the RDF-based semantics."""
    suite = Graph(_xml(file.read_text(encoding="utf-8")))
    imports = {
        suite.text(i, T.importedOntologyIRI): _xml(suite.text(i, T.rdfXmlInputOntology))
        for i in {t.o for t in suite.about(T.importedOntology)}
    }
    for test in suite.subjects(T.profile, T.RL):
        if Triple(test, T.semantics, T("RDF-BASED")) not in suite:
            continue
        premise = _with_imports(_ontology(suite, test, "Premise"), imports)
        for type_, (kind, concluded) in KINDS.items():
            if Triple(test, TYPE, type_) in suite:
                conclusion = _concluded(_ontology(suite, test, concluded), kind)
                yield OwlTest(W3C, kind, suite.text(test, T.identifier), premise, conclusion)


def _ontology(suite: Graph, test: Term, role: str) -> frozenset[Triple]:
    if told := suite.text(test, T(f"rdfXml{role}Ontology")):
        return _xml(told)
    if told := suite.text(test, T(f"fs{role}Ontology")):
        return parse_functional(told)
    return frozenset()


def cases(folder: Path) -> Iterator[OwlTest]:
    """Yield the entailment tests cut out of the W3C suite."""
    imports = {
        f"http://www.w3.org/2002/03owlt/imports/{p.stem}": _xml(p.read_text(encoding="utf-8"))
        for p in (folder / "imports").iterdir()
    }
    for place in sorted((folder / "cases").iterdir()):
        premise = _with_imports(_xml((place / "premise.rdf").read_text(encoding="utf-8")), imports)
        for kind, file in ((POSITIVE, "conclusion.rdf"), (NEGATIVE, "non-conclusion.rdf")):
            if (place / file).exists():
                told = _xml((place / file).read_text(encoding="utf-8"))
                yield OwlTest(CASES, kind, place.name, premise, _concluded(told, kind))


def _concluded(graph: frozenset[Triple], kind: str) -> frozenset[Triple]:
    """Leave out that a concluded document is an ontology: no premise says so of it."""
    if kind == NEGATIVE:
        return graph
    return frozenset(t for t in graph if not (t.p == TYPE and t.o == OWL.Ontology))


def turtle(file: Path) -> frozenset[Triple]:
    """Parse a Turtle file; its relative IRIs are taken from where it lies."""
    quads = ox.parse(file.read_bytes(), format=ox.RdfFormat.TURTLE, base_iri=file.as_uri())
    return frozenset(
        Triple(_oxigraph(q.subject), IRI(q.predicate.value), _oxigraph(q.object)) for q in quads
    )


def _xml(text: str) -> frozenset[Triple]:
    before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        graph = rdflib.Graph().parse(data=text, format="xml", publicID=BASE)
    finally:
        rdflib.NORMALIZE_LITERALS = before
    return frozenset(from_rdflib(graph))


def _oxigraph(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Term:
    if isinstance(term, ox.NamedNode):
        return IRI(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(f"_:{term.value}")
    assert isinstance(term, ox.Literal)
    return Literal(term.value, term.datatype.value, term.language or "")


def from_rdflib(graph: Iterable[tuple[Node, Node, Node]]) -> Iterator[Triple]:
    """Yield the triples of a graph of rdflib, generalised ones too."""
    for s, p, o in graph:
        yield Triple(_from_rdflib(s), IRI(p), _from_rdflib(o))


def _from_rdflib(term: Node) -> Term:
    if isinstance(term, rdflib.BNode):
        return BNode(f"_:{term}")
    if isinstance(term, rdflib.Literal):
        plain = RDF.langString if term.language else XSD.string
        return Literal(str(term), str(term.datatype or plain), term.language or "")
    return IRI(term)


def _with_imports(graph: frozenset[Triple], imports: Imports) -> frozenset[Triple]:
    merged, done = set(graph), set[str]()
    while wanted := {str(t.o) for t in merged if t.p == OWL.imports} & imports.keys() - done:
        for ontology in wanted:
            done.add(ontology)
            for s, p, o in imports[ontology]:
                ends = (BNode(f"{x}.{len(done)}") if isinstance(x, BNode) else x for x in (s, o))
                merged.add(Triple(next(ends), p, next(ends)))
    return frozenset(merged)
