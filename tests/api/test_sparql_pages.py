"""Pages of the endpoint show what was found, link each term, and run nothing."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from fastapi import FastAPI

from api.main import create_app
from api.service import Service
from tests.api.conftest import send

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture(scope="module")
def app(service: Service) -> FastAPI:
    """Return the application with its query workers raised."""
    service.pool.open(service.knowledge.current())
    return create_app(service=service)


def ask(app: FastAPI, query: str) -> str:
    answer = send(app, "GET", f"/sparql?query={quote(query)}", headers=BROWSER)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "form-action 'self'" in policy
    assert "unsafe" not in policy and "<script" not in answer.text
    return answer.text


def test_the_endpoint_shows_questions_and_graphs(app: FastAPI) -> None:
    page = send(app, "GET", "/sparql", headers=BROWSER).text
    questions = re.findall(r'href="/sparql\?query=[^"]+">([^<]+\?)</a>', page)
    assert len(questions) >= 10
    assert "nec:graph-inferred" in page
    links = set(re.findall(r'href="([^"?]*)', page))
    assert links == {"/sparql", "/docs#query", "/.well-known/void"}


def test_every_question_of_the_page_is_answered(app: FastAPI) -> None:
    page = send(app, "GET", "/sparql", headers=BROWSER).text
    for link in re.findall(r'href="(/sparql\?query=[^"]+)"', page)[:5]:
        answer = send(app, "GET", link.replace("&#39;", "'"), headers=BROWSER)
        assert answer.status_code == 200
        assert "<table>" in answer.text


def test_rows_link_each_term(app: FastAPI) -> None:
    page = ask(app, "SELECT * { ?policy a nec:Policy ; skos:notation ?n }")
    assert re.search(r'<a href="/doc/ionm/[^"]+\.html">ionm:[^<]+</a>', page)
    assert "1 row" in page or " rows" in page


def test_a_graph_and_a_truth_are_shown(app: FastAPI) -> None:
    assert "a nec:Policy" in ask(app, "CONSTRUCT WHERE { ?p a nec:Policy }")
    assert "<h2>Yes</h2>" in ask(app, "ASK {}")
    assert "<h2>No</h2>" in ask(app, "ASK { FILTER(1 = 2) }")


def test_what_is_too_long_for_a_page_is_said(app: FastAPI) -> None:
    assert "too long for a page" in ask(app, "SELECT * { ?s ?p ?o }")
    assert "of which these are the first" in ask(
        app, "SELECT ?x { ?s ?p ?o BIND(1 AS ?x) } LIMIT 2000"
    )


def test_what_is_shown_runs_nothing(app: FastAPI) -> None:
    trick = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    page = ask(app, f"SELECT ('''{trick}''' AS ?x) (<javascript:alert(1)> AS ?y) {{}}")
    assert "<script>alert" not in page and "<img" not in page
    assert 'href="javascript' not in page


def test_programs_get_what_they_ask_for(app: FastAPI) -> None:
    answer = send(app, "GET", "/sparql?query=ASK%7B%7D")
    assert answer.headers["content-type"] == "application/sparql-results+json"
    assert send(app, "GET", "/sparql").headers["content-type"].startswith("text/turtle")
