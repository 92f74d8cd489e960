"""Why a statement holds can be asked for by its terms, and is told down to files and sources."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import httpx
import pyoxigraph as ox
import pytest
from fastapi import FastAPI

from api.keys import new_key
from api.main import create_app
from kg_engine import Engine
from kg_engine.derivation_tree import derivation_tree
from kg_engine.entailments import known_entailments
from kg_engine.namespaces import NEC, RDFS
from kg_engine.terms import IRI, BNode, n3
from tests.api.conftest import send, service_on, settings_in

PLACE = "/v1/derivations"
ASKED = {
    "subject": "ionm:CompletionThyroidectomy", "predicate": "rdfs:subClassOf",
    "object": "nec:Procedure",
}  # fmt: skip


def ask(app: FastAPI, accept: str = "application/json", **changes: str) -> httpx.Response:
    path = f"{PLACE}?{urlencode({**ASKED, **changes})}"
    return send(app, "GET", path, headers={"Accept": accept})


def leaves(node: dict[str, Any]) -> list[dict[str, Any]]:
    found = [leaf for premise in node.get("premises", ()) for leaf in leaves(premise)]
    return found or [node]


def test_an_inferred_statement_is_told_down_to_its_files(app: FastAPI, engine: Engine) -> None:
    answer = ask(app)
    assert answer.status_code == 200
    tree = answer.json()
    assert (tree["status"], tree["rule"]) == ("inferred", "scm-sco")
    assert tree["text"] == "completion thyroidectomy is always a procedure"
    assert tree["statement"][2] == f"<{NEC.Procedure}>"
    assert tree["knowledge"]["digest"] == engine.knowledge.digest
    assert {leaf["status"] for leaf in leaves(tree)} == {"asserted"}
    assert {file for leaf in leaves(tree) for file in leaf["files"]} == {
        "ontology/procedures/thyroid.ttl"
    }
    assert all(leaf["sources"] for leaf in leaves(tree))


def test_a_premise_fits_its_conclusion(app: FastAPI) -> None:
    one, two = ask(app).json()["premises"]
    assert one["statement"][0] == "<https://w3id.org/ionm#CompletionThyroidectomy>"
    assert one["statement"][2] == two["statement"][0]
    assert two["statement"][2] == f"<{NEC.Procedure}>"


def test_an_asserted_statement_says_so(app: FastAPI) -> None:
    tree = ask(app, object="ionm:ThyroidectomyOfOpenExtent").json()
    assert tree["status"] == "asserted"
    assert tree["files"] == ["ontology/procedures/thyroid.ttl"]
    assert "premises" not in tree
    assert "rule" not in tree
    told = ask(app, predicate="rdfs:label", object='"completion thyroidectomy"@en').json()
    assert told["status"] == "asserted"


@pytest.mark.parametrize(
    ("part", "spelled"),
    [
        ("object", "https://w3id.org/necessity#Procedure"),
        ("object", "<https://w3id.org/necessity#Procedure>"),
        ("predicate", "http://www.w3.org/2000/01/rdf-schema#subClassOf"),
    ],
)
def test_an_iri_may_be_spelled_in_full(app: FastAPI, part: str, spelled: str) -> None:
    assert ask(app, **{part: spelled}).json() == ask(app).json()


def test_an_anonymous_class_goes_by_its_name(app: FastAPI, engine: Engine) -> None:
    graph = known_entailments(engine.knowledge).graph
    triple = next(t for t in graph.about(RDFS.subClassOf) if isinstance(t.o, BNode)
                  and isinstance(t.s, IRI))  # fmt: skip
    tree = ask(app, subject=str(triple.s), object=str(triple.o)).json()
    assert tree["statement"] == list(map(n3, triple))


@pytest.mark.parametrize(
    "changes",
    [
        {"object": "nec:Diagnosis"},
        {"object": '"no such label"@en'},
        {"subject": "https://example.org/nobody"},
        {"object": "_:x0"},
    ],
)
def test_what_does_not_hold_is_no_statement_here(app: FastAPI, changes: dict[str, str]) -> None:
    answer = ask(app, **changes)
    assert answer.status_code == 404
    assert answer.json()["type"].endswith("/unknown-statement")


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("subject", "no name"),
        ("subject", '"text"'),
        ("predicate", '"text"'),
        ("predicate", "_:x1"),
        ("object", '"open'),
        ("object", '"a" . <urn:x> <urn:y> "b"'),
        ("object", "<<( <urn:a> <urn:b> <urn:c> )>>"),
        ("object", "nec:"),
        ("object", ""),
        ("object", "<urn:a b>"),
        ("object", '"' + "a" * 2000 + '"'),
    ],
)
def test_a_part_that_is_no_term_is_named(app: FastAPI, part: str, value: str) -> None:
    answer = ask(app, **{part: value})
    assert answer.status_code == 400
    assert f"query/{part}" in {error["pointer"] for error in answer.json()["errors"]}


def test_each_form_is_given_as_accepted(app: FastAPI) -> None:
    for form in ("application/json", "text/html", "text/turtle", "application/ld+json"):
        answer = ask(app, accept=form)
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == form
        assert answer.headers["vary"] == "Accept"
    assert ask(app, accept="image/png").status_code == 406


def test_the_rdf_says_what_the_tree_says(app: FastAPI) -> None:
    tree = ask(app).json()
    store = ox.Store()
    store.load(ask(app, accept="text/turtle").content, format=ox.RdfFormat.TURTLE)

    def follow(node: dict[str, Any]) -> None:
        name = ox.NamedNode(node["id"])
        told = {q.predicate.value: q.object for q in store.quads_for_pattern(name, None, None)}
        assert (
            str(told["http://www.w3.org/1999/02/22-rdf-syntax-ns#object"]) == node["statement"][2]
        )
        if node["status"] == "asserted":
            assert str(told[NEC.knowledgeFile]) == f'"{node["files"][0]}"'
            return
        assert str(told[NEC.rule]) == f'"{node["rule"]}"'
        listed = store.query(
            f"""SELECT ?m {{ <{node["id"]}> <{NEC.premises}>/rdf:rest*/rdf:first ?m }}""",
            prefixes={"rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
        )
        assert isinstance(listed, ox.QuerySolutions)
        assert {str(row["m"]) for row in listed} == {f"<{p['id']}>" for p in node["premises"]}
        for premise in node["premises"]:
            follow(premise)

    follow(tree)


def test_every_entailment_has_a_tree_that_ends_in_files(engine: Engine) -> None:
    knowledge = engine.knowledge
    entailments = known_entailments(knowledge)
    for triple in entailments.derivations:
        tree = derivation_tree(knowledge, entailments, triple)
        ends = [leaf for leaf in leaves(tree) if "repeated" not in leaf]
        assert ends
        assert all(leaf["files"] for leaf in ends)


def test_a_key_needs_the_scope(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = settings_in(tmp_path_factory.mktemp("keys") / "data", auth=True)
    service = service_on(engine, settings)
    app = create_app(service=service)
    paths = (f"{PLACE}?{urlencode(ASKED)}", "/id/nec/Procedure", "/doc/nec/Procedure.ttl")
    statuses: dict[str, set[int]] = {}
    for scope in ("", "determine", "query"):
        secret = new_key(service.keys, "tenant", [scope])[1] if scope else ""
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        statuses[scope] = {send(app, "GET", p, headers=headers).status_code for p in paths}
    service.close()
    assert statuses == {"": {401}, "determine": {403}, "query": {200, 303}}
