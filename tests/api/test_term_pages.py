"""The IRI of a term leads to what is known of it, for people and for programs."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from fastapi import FastAPI

from api.main import create_app
from api.places import document_place
from kg_engine import Engine, open_engine
from kg_engine.entailments import known_entailments
from kg_engine.namespaces import NEC
from kg_engine.pipeline import ROOT
from kg_engine.term_view import LINKS_SHOWN, is_known, known_prefixes
from kg_engine.terms import IRI
from tests.api.conftest import send, service_on, settings_in

NODE = NEC.InferenceNode


class Page(HTMLParser):
    """Read the tags, the links and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag and where it leads."""
        self.tags.add(tag)
        given = dict(attrs)
        if tag == "a":
            self.links.append(given.get("href") or "")
        self.loaded += [value or "" for name, value in attrs if name in ("src", "srcset", "data")]

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += data


def read(app: FastAPI, path: str) -> Page:
    answer = send(app, "GET", path)
    assert answer.status_code == 200, answer.text
    return Page(answer.text)


def triples(text: str, form: ox.RdfFormat) -> set[tuple[str, str, str]]:
    return {(str(t.subject), str(t.predicate), str(t.object)) for t in ox.parse(text, format=form)}


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [
        (None, "html"),
        ("*/*", "html"),
        ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "html"),
        ("text/turtle", "ttl"),
        ("text/turtle;q=0.5, application/ld+json", "jsonld"),
        ("text/html;q=0.2, text/turtle;q=0.3", "ttl"),
        ("application/*", "jsonld"),
    ],
)
def test_a_name_leads_to_the_form_that_is_liked(
    app: FastAPI, accept: str | None, suffix: str
) -> None:
    headers = {"Accept": accept} if accept else {"Accept": ""}
    answer = send(app, "GET", "/id/nec/Procedure", headers=headers)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/doc/nec/Procedure.{suffix}"
    assert answer.headers["vary"] == "Accept"
    assert not answer.content


def test_a_form_that_is_not_there_is_refused_with_those_that_are(app: FastAPI) -> None:
    answer = send(app, "GET", "/id/nec/Procedure", headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert "text/turtle" in answer.json()["errors"][0]["remedy"]


@pytest.mark.parametrize(
    "path",
    ["/id/nec/NoSuchTerm", "/id/nosuch/Procedure", "/id/nec/", "/doc/nec/NoSuchTerm.html",
     "/doc/nec/Procedure", "/doc/nec/Procedure.xml", "/doc/nec/.html",
     "/id/nec/..%2F..%2Fetc", "/doc/nosuch/Procedure.ttl"],
)  # fmt: skip
def test_what_is_not_known_is_said_to_be_so(app: FastAPI, path: str) -> None:
    answer = send(app, "GET", path)
    assert answer.status_code == 404
    assert answer.json()["type"].endswith("/unknown-term")
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_term_of_the_table_has_its_documents(app: FastAPI, engine: Engine) -> None:
    knowledge = engine.knowledge
    prefixes = known_prefixes(knowledge)
    named = {t for triple in knowledge.everything for t in triple if isinstance(t, IRI)}
    found = {prefixes.split(iri) for iri in named} - {None}
    per_prefix: dict[str, list[str]] = {}
    for pair in found:
        assert pair is not None
        assert is_known(knowledge, IRI(prefixes.table[pair[0]] + pair[1]))
        per_prefix.setdefault(pair[0], []).append(pair[1])
    assert {"ionm", "nec", "cpt", "icd10cm", "hcpcs", "rec", "owl"} <= per_prefix.keys()
    for prefix, names in per_prefix.items():
        for local in sorted(names)[:: max(1, len(names) // 5)]:
            sent = send(app, "GET", f"/id/{prefix}/{quote(local)}")
            assert sent.status_code == 303, (prefix, local)
            assert read(app, sent.headers["location"]).text


def test_a_page_tells_asserted_from_inferred_and_links_to_the_reason(app: FastAPI) -> None:
    page = read(app, "/doc/ionm/CompletionThyroidectomy.html")
    assert "completion thyroidectomy" in page.text
    assert "A thyroid operation that removes the tissue left behind" in page.text
    assert "ontology/procedures/thyroid.ttl" in page.text
    assert "asserted" in page.text
    assert "inferred" in page.text
    reasons = [link for link in page.links if link.startswith("/v1/derivations")]
    assert len(reasons) >= 5
    for link in reasons:
        assert "inferred" in send(app, "GET", link, headers={"Accept": "text/html"}).text


def test_every_link_of_a_page_leads_somewhere(app: FastAPI) -> None:
    for path in ("/doc/ionm/CompletionThyroidectomy.html", "/doc/icd10cm/M48.02.html"):
        page = read(app, path)
        assert len(page.links) > 5
        for link in page.links:
            answer = send(app, "GET", link, headers={"Accept": "text/html, */*;q=0.1"})
            assert answer.status_code == 200, link


def test_anonymous_classes_are_readable(app: FastAPI) -> None:
    text = read(app, "/doc/ionm/CompletionThyroidectomy.html").text
    assert "nec:presentFeature value ionm:revision-surgery" in text
    assert "_:x" not in text
    within = read(app, "/doc/nec/forProcedure.html").text
    assert re.search(r"nec:forProcedure some \(?\w+", within)


def test_links_in_are_bounded_and_the_rest_is_counted(app: FastAPI, engine: Engine) -> None:
    term, knowledge = NEC.Procedure, engine.knowledge
    inferred = known_entailments(knowledge).graph.incoming(term)
    total = len(knowledge.everything.incoming(term)) + len(inferred)
    text = read(app, "/doc/nec/Procedure.html").text
    assert f"And {total - LINKS_SHOWN} more." in text


def test_a_page_loads_nothing_and_lets_nothing_in(app: FastAPI) -> None:
    for path in ("/doc/nec/Procedure.html",
                 "/v1/derivations?subject=ionm:CompletionThyroidectomy&predicate=rdfs:subClassOf"
                 "&object=nec:Procedure"):  # fmt: skip
        answer = send(app, "GET", path, headers={"Accept": "text/html"})
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        page = Page(answer.text)
        assert not page.loaded
        assert not page.tags & {"script", "iframe", "img", "form", "object"}


def test_turtle_and_json_ld_hold_the_same_description(app: FastAPI, engine: Engine) -> None:
    place = "/doc/ionm/CompletionThyroidectomy"
    turtle = send(app, "GET", place + ".ttl")
    assert turtle.headers["content-type"].startswith("text/turtle")
    linked = send(app, "GET", place + ".jsonld")
    assert linked.headers["content-type"].startswith("application/ld+json")
    one = {t for t in triples(turtle.text, ox.RdfFormat.TURTLE) if "_:" not in "".join(t)}
    two = {t for t in triples(linked.text, ox.RdfFormat.JSON_LD) if "_:" not in "".join(t)}
    assert one == two
    term = IRI("https://w3id.org/ionm#CompletionThyroidectomy")
    about = [*engine.knowledge.everything.outgoing(term),
             *known_entailments(engine.knowledge).graph.outgoing(term)]  # fmt: skip
    named = {(f"<{t.s}>", f"<{t.p}>", f"<{t.o}>") for t in about if isinstance(t.o, IRI)}
    assert named <= one
    assert any(o == f"<{NODE}>" for _, _, o in one)
    assert any("knowledgeFile" in p for _, p, _ in one)
    anonymous = list(ox.parse(turtle.text, format=ox.RdfFormat.TURTLE))
    ends = {str(t.object) for t in anonymous if isinstance(t.object, ox.BlankNode)}
    assert ends
    assert ends <= {str(t.subject) for t in anonymous}


def test_a_deprecated_term_says_what_replaces_it(tmp_path: Path) -> None:
    (tmp_path / "old.ttl").write_text(
        """PREFIX nec: <https://w3id.org/necessity#> PREFIX owl: <http://www.w3.org/2002/07/owl#>
        PREFIX dcterms: <http://purl.org/dc/terms/>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        nec:Old a owl:Class ; owl:deprecated true ; dcterms:isReplacedBy nec:Procedure ;
            rdfs:label "<script>alert(1)</script>"@en ; skos:definition "A \\"quoted\\" & <b>."@en .""",
        encoding="utf-8",
    )
    shapes = [ROOT / "shapes"]
    ontology = [ROOT / "ontology", tmp_path / "old.ttl"]
    settings = settings_in(tmp_path / "data", ontology=tuple(ontology), shapes=tuple(shapes))
    service = service_on(open_engine(ontology, shapes), settings)
    page = send(create_app(service=service), "GET", "/doc/nec/Old.html")
    service.close()
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text
    read_page = Page(page.text)
    assert "Deprecated, replaced by nec:Procedure" in read_page.text
    assert 'A "quoted" & <b>.' in read_page.text


def test_a_place_says_any_name() -> None:
    assert document_place("nec", "a b/c#d?e%") == "/doc/nec/a%20b/c%23d%3Fe%25.html"
