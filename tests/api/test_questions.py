"""Questions about the knowledge: policies, requirements, terms, and what a change would do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from api.service import Service
from kg_engine import Engine
from kg_engine.policies import read_policies
from kg_engine.questions import requirements
from kg_engine.terms_search import search_terms
from tests.api.conftest import send
from tests.api.test_kept_determinations import example


def test_each_answers_as_in_python(app: FastAPI, engine: Engine) -> None:
    asked = {
        "/v1/policies": read_policies(engine.knowledge),
        "/v1/requirements?procedure=60220": requirements(engine, procedure="60220"),
        "/v1/terms?q=nerve&limit=3": search_terms(engine.knowledge, "nerve", limit=3),
    }
    for path, expected in asked.items():
        answer = send(app, "GET", path)
        assert answer.status_code == 200
        assert answer.json() == expected


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/v1/policies?as_of=yesterday", "query/as_of"),
        ("/v1/policies?as_of=2025-02-30", "query/as_of"),
        ("/v1/policies?as_of=20250230", "query/as_of"),
        ("/v1/policies?as_of=2025-01-01&as_of=2025-01-02", "query/as_of"),
        ("/v1/policies?day=1", "query"),
        ("/v1/terms", "query/q"),
        ("/v1/terms?q=%20", "query/q"),
        ("/v1/terms?q=%00", "query/q"),
        ("/v1/terms?q=" + "a" * 201, "query/q"),
        ("/v1/terms?q=a&limit=0", "query/limit"),
        ("/v1/terms?q=a&limit=101", "query/limit"),
        ("/v1/terms?q=a&limit=-1", "query/limit"),
        ("/v1/terms?q=a&limit=%D9%A3", "query/limit"),
        ("/v1/terms?q=a&limit=1e9", "query/limit"),
        ("/v1/requirements", "query/procedure"),
        ("/v1/terms?q=nerve&kind=no-such", "query/kind"),
        ("/v1/requirements?procedure=60220&policy=no-such", "query/policy"),
        ("/v1/requirements?procedure=60220&date=2025-02-30", "query/date"),
        ("/v1/requirements?procedure=60220&date=1800-01-01", "query/date"),
    ],
)
def test_a_bad_parameter_is_named(app: FastAPI, path: str, place: str) -> None:
    answer = send(app, "GET", path)
    assert answer.status_code == 400
    assert place in {error["pointer"] for error in answer.json()["errors"]}
    assert all(error["remedy"] for error in answer.json()["errors"])


def test_a_parameter_does_not_come_back(app: FastAPI) -> None:
    for path in ("/v1/policies?as_of=ZZPHI", "/v1/terms?ZZPHI=1", "/v1/terms?q=a&limit=ZZPHI"):
        assert "ZZPHI" not in send(app, "GET", path).text


def what_if(app: FastAPI, **asked: Any) -> Any:
    """Ask what a change would do."""
    return send(app, "POST", "/v1/what-if", json=asked)


def test_a_change_is_explained(app: FastAPI, root: Path) -> None:
    by_patch = what_if(
        app,
        case=example(root),
        patch={"risk_features": {"present": ["malignancy"], "absent": None}},
    ).json()
    by_state = what_if(app, case=example(root), features={"malignancy": "present"}).json()
    assert by_state["before"]["outcome"] == "not_necessary"
    assert by_state["after"]["outcome"] == "necessary"
    assert by_patch["after"]["record"]["risk_features"]["present"] == ["malignancy"]
    assert "The outcome changes" in by_state["explanation"][0]


def test_nothing_of_it_is_kept(app: FastAPI, service: Service, root: Path) -> None:
    before = sum(1 for _ in service.ledger.entries())
    assert what_if(app, case=example(root)).status_code == 200
    assert sum(1 for _ in service.ledger.entries()) == before


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 422),
        ({"case": {}, "colour": 1}, 422),
        ({"case": {}, "patch": []}, 422),
        ({"case": {}, "features": {"a": "maybe"}}, 422),
        ({"case": {}, "features": {"a": {}}}, 422),
        ({"case": {}, "features": {str(n): "present" for n in range(201)}}, 422),
        ({"case": {}, "policy": "no-such"}, 422),
        ({"case": {}, "policy": 1}, 422),
        ({"case": [], "features": {"a": "present"}}, 422),
        ({"case": {"risk_features": []}, "features": {"a": "present"}}, 422),
        ({"case": {"risk_features": {"present": 1}}, "features": {"a": "present"}}, 422),
        ({"case": {}, "patch": {"colour": "red"}}, 422),
    ],
)
def test_a_question_that_is_none_is_refused(
    app: FastAPI, asked: dict[str, Any], status: int
) -> None:
    answer = what_if(app, **asked)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    faults = answer.json()["errors"]
    assert faults and not any("(" in fault["remedy"] for fault in faults)
