"""A page of another origin may ask with a key for knowledge, and for nothing else."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from tests.api.conftest import send

ASKED = {
    "Origin": "https://example.org",
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": "authorization",
}


@pytest.mark.parametrize(
    "path",
    ["/sparql", "/.well-known/void", "/v1/derivations", "/id/nec/Policy", "/doc/nec/Policy.ttl"],
)
def test_a_browser_is_told_that_it_may_ask(app: FastAPI, path: str) -> None:
    found = send(app, "OPTIONS", path, headers=ASKED)
    assert found.status_code == 204
    assert found.headers["access-control-allow-origin"] == "*"
    assert "Authorization" in found.headers["access-control-allow-headers"]
    assert "GET" in found.headers["access-control-allow-methods"]


@pytest.mark.parametrize("path", ["/v1/determinations", "/v1/policies", "/v1/terms"])
def test_of_a_case_it_is_told_nothing(app: FastAPI, path: str) -> None:
    found = send(app, "OPTIONS", path, headers=ASKED)
    assert found.status_code == 405
    assert "access-control-allow-origin" not in found.headers
