"""Post cases over HTTP, through the ASGI door, and read what comes back."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from api.main import create_app
from api.service import Service
from kg_engine import Engine, determine
from tests.api.conftest import send

MAX_BYTES = 1_048_576
PATH = "/v1/determinations"
PROBLEM = "application/problem+json"


def test_a_case_is_answered_as_in_python(app: FastAPI, engine: Engine, root: Path) -> None:
    for path in sorted((root / "examples").glob("*.json")):
        answer = send(app, "POST", PATH, content=path.read_bytes())
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.text == determine(json.loads(path.read_bytes()), engine).json()


def test_an_empty_case_is_an_answer(app: FastAPI) -> None:
    answer = send(app, "POST", PATH, json={})
    assert answer.status_code == 200
    assert answer.json()["outcome"] == "indeterminate"
    assert answer.json()["human_review"] is True


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"", 400, "malformed-case"),
        (b"{", 400, "malformed-case"),
        (b'{"id": "a", "id": "b"}', 400, "malformed-case"),
        (b"\xff\xfe", 400, "malformed-case"),
        (b"[" * 100_000, 400, "malformed-case"),
        (b"[]", 422, "non-conforming-case"),
        (b'{"colour": "red"}', 422, "non-conforming-case"),
        (b'{"policy": "no-such-policy"}', 422, "non-conforming-case"),
        (b'{"date_of_service": "2025-02-30"}', 422, "non-conforming-case"),
    ],
)
def test_a_refusal_is_a_problem(app: FastAPI, body: bytes, status: int, kind: str) -> None:
    answer = send(app, "POST", PATH, content=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM
    problem = answer.json()
    assert problem["type"].endswith("/" + kind)
    assert problem["status"] == status
    assert problem["errors"]
    assert all(error["detail"] and error["remedy"] for error in problem["errors"])


def test_every_fault_is_told_at_once(app: FastAPI) -> None:
    case = {"colour": 1, "date_of_service": 2, "procedures": [{"code": 3}]}
    answer = send(app, "POST", PATH, json=case)
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert pointers == ["/colour", "/date_of_service", "/procedures/0/code"]


def test_nothing_that_was_sent_comes_back(app: FastAPI) -> None:
    patient = "Jane Roe 1961"
    case = {"id": [patient], "date_of_service": patient, "policy": patient, "procedures": patient}
    for content in (json.dumps(case), f'{{"id": "{patient}"', f"{patient}"):
        answer = send(app, "POST", PATH, content=content)
        assert answer.status_code in {400, 422}
        assert "Jane" not in answer.text


def test_reading_stops_at_the_limit(app: FastAPI) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * MAX_BYTES:
            sent += 65_536
            yield b" " * 65_536

    answer = send(app, "POST", PATH, content=body())
    assert answer.status_code == 413
    assert answer.headers["content-type"] == PROBLEM


def test_a_case_of_the_largest_size_is_read(app: FastAPI) -> None:
    answer = send(app, "POST", PATH, content=b"{}".ljust(MAX_BYTES))
    assert answer.status_code == 200
    assert send(app, "POST", PATH, content=b"{}".ljust(MAX_BYTES + 1)).status_code == 413


def test_turtle_is_read(app: FastAPI) -> None:
    turtle = b"[] a <https://w3id.org/necessity/record#CaseRecord> ."
    answer = send(app, "POST", PATH, content=turtle, headers={"Content-Type": "text/turtle"})
    assert answer.status_code == 200
    assert answer.json()["outcome"] == "indeterminate"


def test_another_media_type_is_refused(app: FastAPI) -> None:
    answer = send(app, "POST", PATH, content=b"<a/>", headers={"Content-Type": "text/xml"})
    assert answer.status_code == 415
    assert "application/json" in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", PATH, 405), ("GET", "/redoc", 404)],
)
def test_what_is_not_there_is_a_problem(app: FastAPI, method: str, path: str, status: int) -> None:
    answer = send(app, method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["type"] == "about:blank"
    (fault,) = answer.json()["errors"]
    assert "/docs" in fault["remedy"]
    assert status != 405 or answer.headers["allow"] in fault["remedy"]


def test_a_failure_says_nothing_of_the_case(service: Service) -> None:
    app = create_app(service=dataclasses.replace(service, knowledge=object()))  # type: ignore[arg-type]
    answer = send(app, "POST", PATH, json={"id": "Jane Roe"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == PROBLEM
    assert "Jane" not in answer.text


def test_it_says_that_it_lives(app: FastAPI) -> None:
    answer = send(app, "GET", "/livez")
    assert (answer.status_code, answer.text) == (200, "ok\n")
