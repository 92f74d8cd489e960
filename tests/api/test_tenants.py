"""Tenants do not see each other: not by id, key, count, bytes, or the way of a refusal."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.keys import new_key
from api.main import create_app
from kg_engine import Engine
from tests.api.conftest import send, service_on, settings_in

PATH = "/v1/determinations"
REVIEW = {"reviewer": "R. Viewer", "decision": "denied", "reason": "Routine."}
Ask = Callable[..., httpx.Response]
SHARED = ("/v1/policies", "/v1/terms?q=nerve", "/v1/requirements?procedure=60220")


def asker(app: FastAPI, secret: str) -> Ask:
    """Return a way to ask with a key."""

    def ask(method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {secret}", **options.pop("headers", {})}
        return send(app, method, path, headers=headers, **options)

    return ask


@pytest.fixture(scope="module")
def asks(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ask]:
    """Return ways to ask: two tenants, and keys of one of them that may do less."""
    settings = settings_in(tmp_path_factory.mktemp("tenants") / "data", auth=True)
    service = service_on(engine, dataclasses.replace(settings, rate=1e6, burst=10_000))
    app = create_app(service=service)
    wanted = {
        "a": ("alpha", ("determine", "review")),
        "b": ("beta", ("determine", "review")),
        "a-determines": ("alpha", ("determine",)),
        "a-reviews": ("alpha", ("review",)),
        "a-queries": ("alpha", ("query",)),
    }
    return {
        name: asker(app, new_key(service.keys, tenant, scopes)[1])
        for name, (tenant, scopes) in wanted.items()
    } | {"nobody": lambda method, path, **options: send(app, method, path, **options)}


@pytest.fixture(scope="module")
def theirs(asks: dict[str, Ask]) -> str:
    """Return the path of a reviewed determination of tenant a."""
    home = str(asks["a"]("POST", PATH, json={"id": "ZZALPHA"}).headers["location"])
    assert asks["a"]("POST", home + "/reviews", json=REVIEW).status_code == 201
    return home


def test_another_tenants_id_is_as_unknown_as_any(asks: dict[str, Ask], theirs: str) -> None:
    never = f"{PATH}/{'0' * 32}"
    for rest, method, options in (
        ("", "GET", {}), ("/verify", "GET", {}), ("/replay", "GET", {}), ("/reviews", "GET", {}),
        ("/reviews", "POST", {"json": REVIEW}), ("", "GET", {"headers": {"Accept": "text/html"}}),
    ):  # fmt: skip
        seen = asks["b"](method, theirs + rest, **options)
        unseen = asks["b"](method, never + rest, **options)
        assert seen.status_code == unseen.status_code == 404
        assert seen.content == unseen.content
    reviews = asks["a"]("GET", theirs + "/reviews").json()["reviews"]
    assert len(reviews) == 1


def test_a_key_of_one_tenant_is_free_for_another(asks: dict[str, Ask]) -> None:
    headers = {"Idempotency-Key": "shared"}
    one = asks["a"]("POST", PATH, json={"id": "one"}, headers=headers)
    other = asks["b"]("POST", PATH, json={"id": "other"}, headers=headers)
    assert one.status_code == other.status_code == 200
    assert "idempotency-replayed" not in other.headers
    assert one.headers["location"] != other.headers["location"]


def test_what_is_asked_of_the_knowledge_is_the_same(asks: dict[str, Ask], theirs: str) -> None:
    for path in SHARED:
        assert asks["a"]("GET", path).content == asks["b"]("GET", path).content
        assert "ZZALPHA" not in asks["b"]("GET", path).text


def test_the_same_case_has_the_same_bytes_and_another_id(asks: dict[str, Ask]) -> None:
    one, other = (asks[name]("POST", PATH, json={}) for name in "ab")
    assert one.content == other.content
    assert one.headers["determination-id"] != other.headers["determination-id"]


def test_without_a_key_there_is_nothing(asks: dict[str, Ask], theirs: str) -> None:
    for method, path in (("POST", PATH), ("GET", theirs), ("POST", "/v1/batches"),
                         ("POST", "/v1/what-if"), ("GET", theirs + "/reviews"),
                         *(("GET", path) for path in SHARED)):  # fmt: skip
        assert asks["nobody"](method, path).status_code == 401


@pytest.mark.parametrize(
    ("name", "method", "rest", "status"),
    [
        ("a-determines", "GET", "", 200),
        ("a-determines", "POST", "/reviews", 403),
        ("a-reviews", "POST", "/reviews", 201),
        ("a-reviews", "GET", "/reviews", 200),
        ("a-reviews", "GET", "", 200),
        ("a-reviews", "GET", "/verify", 200),
        ("a-queries", "GET", "", 403),
        ("a-queries", "POST", "/reviews", 403),
    ],
)
def test_a_scope_opens_its_own_doors(
    asks: dict[str, Ask], theirs: str, name: str, method: str, rest: str, status: int
) -> None:
    options = {"json": REVIEW} if method == "POST" else {}
    assert asks[name](method, theirs + rest, **options).status_code == status


def test_a_reviewer_determines_nothing(asks: dict[str, Ask]) -> None:
    assert asks["a-reviews"]("POST", PATH, json={}).status_code == 403
    assert asks["a-reviews"]("POST", "/v1/batches", json=[]).status_code == 403


def test_the_examples_are_no_tenants_cases(asks: dict[str, Ask], theirs: str, root: Path) -> None:
    text = json.dumps(asks["nobody"]("GET", "/openapi.json").json())
    assert "ZZALPHA" not in text and theirs not in text
