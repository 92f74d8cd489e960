"""The W3C suites of the SPARQL 1.1 protocol, service description and result forms, over HTTP.

A service runs on the shipped knowledge and the graphs of the suites. Updates are out of scope and
declared so: this endpoint reads. What is asked of their refusal is tested all the same.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from kg_engine.query_results import GRAPHS, SOLUTIONS
from tests.conformance.running import needed_suites
from tests.conformance.sparql_service import ask, select, serving
from tests.conformance.sparql_suite import (
    ProtocolTest,
    ResultTest,
    Sent,
    entries_of,
    protocol_tests,
    result_tests,
)
from tests.kg_engine.test_service_description import SD, keeps_to_the_schema
from tests.service.running import Running

pytestmark = pytest.mark.suites
SUITES = needed_suites() / "sparql11"
PROTOCOL = protocol_tests(SUITES / "protocol")
RESULTS = (*result_tests(SUITES / "json-res"), *result_tests(SUITES / "csv-tsv-res"))
OUT_OF_SCOPE = {
    "update_dataset_default_graph",
    "update_dataset_default_graphs",
    "update_dataset_named_graphs",
    "update_dataset_full",
    "update_post_form",
    "update_post_direct",
    "update_base_uri",
}
"""Tests that ask for an update: the knowledge is changed by its files alone."""

FORMS = {
    "boolean": ("application/sparql-results+json", "application/sparql-results+xml"),
    "tabular": tuple(SOLUTIONS),
    "RDF": tuple(GRAPHS),
}
FAILS = {"tsv03"}
"""The store keeps a literal of a type derived from xsd:integer as that integer, -3 here."""

ACCEPT = {
    ".srj": "application/sparql-results+json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a service on the graphs of all tests."""
    graphs = {name: path for test in PROTOCOL for name, path in test.graphs}
    graphs |= {str(test.data): test.data for test in RESULTS}
    named = {name if ":" in name else f"urn:data:{Path(name).parent.name}-{Path(name).stem}": path
             for name, path in graphs.items()}  # fmt: skip
    with serving(tmp_path_factory.mktemp("sparql"), named) as found:
        yield found


def test_no_test_is_lost() -> None:
    assert len(PROTOCOL) == 34
    assert len(RESULTS) == 10
    assert len(entries_of(SUITES / "service-description")) == 3
    assert {test.name for test in PROTOCOL if test.updates} == OUT_OF_SCOPE


def test_the_page_tells_what_passes(root: Path) -> None:
    page = (root / "docs" / "conformance.md").read_text(encoding="utf-8")
    asked = len(PROTOCOL) - len(OUT_OF_SCOPE)
    assert f"query operation | {asked} of {asked} |" in page
    assert f"| {len(RESULTS) - len(FAILS)} of {len(RESULTS)} |" in page
    assert all(f"`{name}`" in page for name in OUT_OF_SCOPE | FAILS)


@pytest.mark.parametrize("test", PROTOCOL, ids=lambda test: test.name)
def test_protocol(test: ProtocolTest, service: Running) -> None:
    for sent in test.requests:
        path = sent.path.replace("/sparql/", "/sparql", 1)
        body = sent.body if sent.method != "GET" else None
        heard = ask(service.port, sent.method, path, dict(sent.headers), body)
        if test.updates:
            assert heard.status // 100 == 4 or not _updates(sent), "an update is refused"
            continue
        assert heard.status // 100 in sent.statuses, heard.body
        if sent.form:
            assert heard.form in FORMS[sent.form]
        if sent.truth is not None:
            assert json.loads(heard.body)["boolean"] is sent.truth


@pytest.mark.parametrize("test", RESULTS, ids=lambda test: test.name)
def test_results(test: ResultTest, service: Running) -> None:
    graph = f"urn:data:{test.data.parent.name}-{test.data.stem}"
    heard = select(service.port, test.query.read_text(), ACCEPT[test.expected.suffix], graph)
    assert heard.status == 200
    read = READ[test.expected.suffix]
    found = [row for row in read(heard.body) if graph not in "".join(row)]
    expected = read(test.expected.read_bytes())
    if test.name in FAILS:
        assert found != expected, "passes now; strike it from the list"
    else:
        assert found == expected


def test_service_description_returns_rdf(service: Running) -> None:
    for form, kind in GRAPHS.items():
        heard = ask(service.port, "GET", "/sparql", {"Accept": form})
        assert (heard.status, heard.form) == (200, form)
        assert len(list(ox.parse(heard.body, format=kind))) > 100
    assert ask(service.port, "GET", "/sparql").form == "text/turtle"
    assert ask(service.port, "GET", "/sparql", {"Accept": "image/png"}).status == 406


def test_service_description_has_endpoint_triple(service: Running) -> None:
    found = {str(t.object) for t in described(service) if t.predicate.value == f"{SD}endpoint"}
    assert found == {f"<http://127.0.0.1:{service.port}/sparql>"}


def test_service_description_conforms_to_schema(service: Running) -> None:
    keeps_to_the_schema(described(service))


def test_what_the_service_describes_is_there(service: Running) -> None:
    """Each named graph of the description holds as many triples as it says."""
    home = f"http://127.0.0.1:{service.port}/sparql"
    text = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
    rows = csv.reader(io.StringIO(select(service.port, text, "text/csv").body.decode()))
    counted = {name: int(size) for name, size in list(rows)[1:]}
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in described(service))
    query = f"""PREFIX sd: <{SD}> PREFIX void: <http://rdfs.org/ns/void#>
        SELECT ?g ?n {{ ?x sd:name ?g ; sd:graph/void:triples ?n }}"""
    found: Any = store.query(query)
    assert {row["g"].value: int(row["n"].value) for row in found} == counted
    void = ask(service.port, "GET", "/.well-known/void", {"Accept": "application/n-triples"})
    assert len(void.body.splitlines()) == counted[f"{home}/.well-known/void"]


def described(service: Running) -> list[ox.Triple]:
    """Return the service description."""
    heard = ask(service.port, "GET", "/sparql", {"Accept": "application/n-triples"})
    return [quad.triple for quad in ox.parse(heard.body, format=ox.RdfFormat.N_TRIPLES)]


def _updates(sent: Sent) -> bool:
    """Say whether a request asks for an update; the same tests ask queries to see what it did."""
    return b"update=" in sent.body or any("sparql-update" in value for _, value in sent.headers)


def _json(text: bytes) -> list[list[str]]:
    plain = json.loads(text)
    if "boolean" in plain:
        return [[str(plain["boolean"])]]
    return _rows(ox.parse_query_results(text, ox.QueryResultsFormat.JSON))


def _tsv(text: bytes) -> list[list[str]]:
    return _rows(ox.parse_query_results(text, ox.QueryResultsFormat.TSV))


def _csv(text: bytes) -> list[list[str]]:
    names, *rows = csv.reader(io.StringIO(text.decode()))
    columns = sorted(range(len(names)), key=names.__getitem__)
    return [sorted(names), *sorted([_cell(row[n]) for n in columns] for row in rows)]


def _rows(found: Any) -> list[list[str]]:
    """Return names and rows, the columns by name: those of ``SELECT *`` have no order."""
    names = sorted(v.value for v in found.variables)
    return [names, *sorted([_term(row[name]) for name in names] for row in found)]


def _term(term: Any) -> str:
    """Return a term, a blank node without its label, a number by its value."""
    if isinstance(term, ox.Literal) and term.datatype.value.endswith("#double"):
        return f"{float(term.value)} {term.datatype}"
    return "_:" if isinstance(term, ox.BlankNode) else str(term)


def _cell(text: str) -> str:
    """Return a cell, a blank node without its label, a number with an exponent by its value."""
    if _EXPONENT.match(text):
        return str(float(text))
    return "_:" if text.startswith("_:") else text


_EXPONENT = re.compile(r"[\d.]+[eE]\d+\Z|1000000\Z")
READ = {".srj": _json, ".csv": _csv, ".tsv": _tsv}
