"""The description says what the service does: routes, schemas and examples are tried on it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI

from api.docs_page import render_docs
from api.keys import SCOPES
from kg_engine import Engine, determine
from tests.api.conftest import send

CASES = "/v1/determinations"


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document as it is served."""
    found: dict[str, Any] = send(app, "GET", "/openapi.json").json()
    return found


def validator(
    document: dict[str, Any], schema: dict[str, Any]
) -> jsonschema_rs.Draft202012Validator:
    """Return a validator of one schema of the document."""
    return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]})


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "ionm"
    for name, schema in document["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
        ), name


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert names <= set(document["components"]["schemas"])


def test_every_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    operations = [o for methods in document["paths"].values() for o in methods.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names) >= 13
    assert all(operation["summary"] and operation["responses"] for operation in operations)


def test_every_operation_tells_its_answer_and_its_scope(document: dict[str, Any]) -> None:
    scopes = set()
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert "default" not in operation["responses"], path
            assert {"400", "500", "503"} <= set(operation["responses"]), path
            needed = [scope for one in operation["security"] for scope in one.get("bearer", ())]
            assert bool(needed) == ("401" in operation["responses"]), path
            assert all(scope in operation["description"] for scope in needed), path
            scopes |= set(needed)
    assert scopes == set(SCOPES) - {"curate"}


def test_a_case_in_each_form_gets_the_same_answer(app: FastAPI, document: dict[str, Any]) -> None:
    content = document["paths"][CASES]["post"]["requestBody"]["content"]
    answers = set()
    for form in ("application/ld+json", "text/turtle"):
        (example,) = content[form]["examples"].values()
        value = example["value"]
        text = value if isinstance(value, str) else json.dumps(value)
        answer = send(app, "POST", CASES, content=text, headers={"Content-Type": form})
        assert answer.status_code == 200, answer.text
        answers.add(answer.text)
    assert len(answers) == 1


def test_every_path_is_there(app: FastAPI, document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method in methods:
            answer = send(app, method.upper(), re.sub(r"{\w+}", "unknown", path))
            assert answer.status_code != 405, (method, path)
            if "{" not in path:
                assert answer.status_code != 404, (method, path)


def test_the_examples_are_what_the_engine_answers(
    document: dict[str, Any], engine: Engine, root: Path
) -> None:
    post = document["paths"][CASES]["post"]
    sent = post["requestBody"]["content"]["application/json"]["examples"]
    assert set(sent) == {path.stem for path in (root / "examples").glob("*.json")}
    given = post["responses"]["200"]["content"]["application/json"]["examples"]
    assert set(given) == {"necessary", "not_necessary", "indeterminate"}
    answers = [determine(example["value"], engine).document for example in sent.values()]
    for outcome, example in given.items():
        assert example["value"]["outcome"] == outcome
        assert example["value"] in answers


def test_the_schema_of_a_case_is_that_of_the_shapes(app: FastAPI, document: dict[str, Any]) -> None:
    schema = validator(document, document["components"]["schemas"]["Case"])
    for case in ({}, {"procedures": [{"code": "60220"}]}, {"colour": 1}, {"procedures": [1]}):
        answered = send(app, "POST", CASES, json=case).status_code == 200
        assert schema.is_valid(case) is answered


def test_answers_have_the_form_that_is_described(app: FastAPI, document: dict[str, Any]) -> None:
    kept = send(app, "POST", CASES, json={}).headers["location"]
    review = {"reviewer": "R. Viewer", "decision": "referred", "reason": "Unclear."}
    asked: list[tuple[str, str, str, dict[str, Any]]] = [
        ("POST", CASES, CASES, {"json": {}}),
        ("POST", f"{CASES}?all_policies", CASES, {"json": {}}),
        ("POST", "/v1/batches", "/v1/batches", {"json": [{}, 1]}),
        ("POST", "/v1/batches?full", "/v1/batches", {"json": [{}, 1]}),
        ("GET", kept, CASES + "/{id}", {}),
        ("GET", kept + "/replay", CASES + "/{id}/replay", {}),
        ("POST", kept + "/reviews", CASES + "/{id}/reviews", {"json": review}),
        ("GET", kept + "/reviews", CASES + "/{id}/reviews", {}),
        ("POST", "/v1/what-if", "/v1/what-if", {"json": {"case": {}}}),
        ("GET", "/v1/policies", "/v1/policies", {}),
        ("GET", "/v1/terms?q=nerve", "/v1/terms", {}),
        ("GET", "/v1/requirements?procedure=60220", "/v1/requirements", {}),
    ]
    for method, path, described, options in asked:
        answer = send(app, method, path, **options)
        responses = document["paths"][described][method.lower()]["responses"]
        content = responses[str(answer.status_code)]["content"]["application/json"]
        validator(document, content["schema"]).validate(answer.json())


def test_a_problem_has_the_form_that_is_described(app: FastAPI, document: dict[str, Any]) -> None:
    schema = validator(document, document["components"]["schemas"]["Problem"])
    for answer in (
        send(app, "POST", CASES, content=b"{"),
        send(app, "POST", CASES, json=[]),
        send(app, "GET", CASES + "/none"),
        send(app, "GET", "/nowhere"),
        send(app, "GET", "/v1/terms"),
    ):
        schema.validate(answer.json())


def test_the_page_needs_nothing_from_outside(app: FastAPI) -> None:
    answer = send(app, "GET", "/docs")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    loaded = re.findall(
        r"<(?:script|link|img|iframe|object|embed)\b|@import|url\(|src=", answer.text
    )
    assert not loaded
    assert set(re.findall(r'href="([^#"][^"]*)"', answer.text)) == {"/openapi.json"}
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy


def test_the_page_names_every_operation(app: FastAPI, document: dict[str, Any]) -> None:
    page = send(app, "GET", "/docs").text
    for path, methods in document["paths"].items():
        assert path in page
        assert all(f'id="{o["operationId"]}"' in page for o in methods.values())


def test_the_page_escapes_what_it_shows(document: dict[str, Any]) -> None:
    changed = json.loads(json.dumps(document))
    changed["info"]["description"] = "<script>alert(1)</script>"
    assert "<script>" not in render_docs(changed)
