"""A determination is kept before it is given, and given again in every form."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from api.forms import FORMS, PROOF
from api.service import Service
from kg_engine import Engine, determine
from tests.api.conftest import send

PATH = "/v1/determinations"
_ASSETS = re.compile(
    r"<(?:script|link|img|iframe|object|embed)\b|@import|url\((?!#)", re.IGNORECASE
)


def example(root: Path, name: str = "routine-lobectomy") -> dict[str, Any]:
    """Return an example case."""
    found: dict[str, Any] = json.loads((root / "examples" / f"{name}.json").read_bytes())
    return found


@pytest.fixture(scope="module")
def kept(app: FastAPI, root: Path) -> str:
    """Return the path of a kept determination."""
    return str(send(app, "POST", PATH, json=example(root)).headers["location"])


def test_it_is_in_the_ledger_before_it_is_given(app: FastAPI, service: Service) -> None:
    answer = send(app, "POST", PATH, json={"id": "kept-first"})
    entry = service.ledger.find("local", answer.headers["determination-id"])
    assert entry is not None and entry.content == answer.text


def test_the_id_is_outside_the_bytes(app: FastAPI, root: Path) -> None:
    one, other = (send(app, "POST", PATH, json=example(root)) for _ in range(2))
    assert one.content == other.content
    ids = {answer.headers["determination-id"] for answer in (one, other)}
    assert len(ids) == 2 and all(len(i) >= 26 and i not in one.text for i in ids)
    assert one.headers["location"] == f"{PATH}/{one.headers['determination-id']}"
    assert one.headers["content-location"] == one.headers["location"]


def test_an_id_is_no_count(app: FastAPI) -> None:
    ids = [send(app, "POST", PATH, json={}).headers["determination-id"] for _ in range(3)]
    assert len({i[:8] for i in ids}) == 3


def test_it_is_given_again_byte_by_byte(app: FastAPI, root: Path, kept: str) -> None:
    again = send(app, "GET", kept)
    assert again.content == send(app, "POST", PATH, json=example(root)).content
    assert again.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_given(app: FastAPI, kept: str, form: str) -> None:
    answer = send(app, "GET", kept, headers={"Accept": f"{form}, */*;q=0.1"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == form
    assert "Accept" in answer.headers["vary"]


def test_the_page_loads_nothing(app: FastAPI, kept: str) -> None:
    page = send(app, "GET", kept, headers={"Accept": "text/html"})
    assert not _ASSETS.search(page.text)
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_rdf_forms_say_the_same(app: FastAPI, kept: str) -> None:
    import pyoxigraph as ox  # noqa: PLC0415  (only this test reads RDF)

    forms = {"text/turtle": ox.RdfFormat.TURTLE, "application/ld+json": ox.RdfFormat.JSON_LD}
    graphs = []
    for name, format_ in forms.items():
        answer = send(app, "GET", kept, headers={"Accept": name})
        quads = ox.parse(answer.content, format=format_)
        graphs.append({str(ox.Triple(q.subject, q.predicate, q.object)) for q in quads})
    assert graphs[0] == graphs[1] and len(graphs[0]) > 100


def test_the_proof_alone_is_that_of_the_whole(app: FastAPI, kept: str) -> None:
    whole, alone = send(app, "GET", kept), send(app, "GET", kept, headers={"Accept": PROOF})
    assert alone.json()["proof"] == whole.json()["proof"]
    assert alone.json()["digest"] == whole.json()["digest"]


def test_what_is_not_accepted_is_listed(app: FastAPI, kept: str) -> None:
    answer = send(app, "GET", kept, headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert all(form in answer.text for form in FORMS)


@pytest.mark.parametrize(
    "id_", ["0" * 32, "x", "..%2f..%2fetc", "%00", "a" * 5_000, "%F0%9F%98%80", "a'%20or%201"]
)
def test_an_unknown_id_is_not_found(app: FastAPI, id_: str) -> None:
    for rest in ("", "/replay", "/verify", "/reviews"):
        answer = send(app, "GET", f"{PATH}/{id_}{rest}")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_same_key_gives_the_same_answer(app: FastAPI, service: Service, root: Path) -> None:
    headers = {"Idempotency-Key": "same-key"}
    first, again = (send(app, "POST", PATH, json=example(root), headers=headers) for _ in range(2))
    assert first.content == again.content
    assert first.headers["location"] == again.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


def test_the_same_key_with_another_body_is_refused(app: FastAPI, root: Path) -> None:
    headers = {"Idempotency-Key": "other-body"}
    send(app, "POST", PATH, json=example(root), headers=headers)
    for path, body in ((PATH, {}), (f"{PATH}?all_policies", example(root))):
        answer = send(app, "POST", path, json=body, headers=headers)
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/idempotency-conflict")


def test_a_refused_case_does_not_use_up_its_key(app: FastAPI) -> None:
    headers = {"Idempotency-Key": "mended-later"}
    assert send(app, "POST", PATH, json={"colour": 1}, headers=headers).status_code == 422
    assert send(app, "POST", PATH, json={}, headers=headers).status_code == 200


def test_fifty_at_once_with_one_key_are_one(app: FastAPI, service: Service) -> None:
    def post(_: int) -> tuple[str, bytes]:
        answer = send(app, "POST", PATH, json={"id": "race"}, headers={"Idempotency-Key": "race"})
        assert answer.status_code == 200
        return answer.headers["determination-id"], answer.content

    before = sum(1 for _ in service.ledger.entries())
    with ThreadPoolExecutor(50) as threads:
        assert len(set(threads.map(post, range(50)))) == 1
    assert sum(1 for _ in service.ledger.entries()) == before + 1


@pytest.mark.parametrize("key", [b"", b"a b", b"a" * 256, b"\xe9"])
def test_a_key_that_is_none_is_refused(app: FastAPI, key: bytes) -> None:
    headers = {b"Idempotency-Key": key}
    answer = send(app, "POST", PATH, json={}, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "Idempotency-Key"


def test_every_policy_is_asked(app: FastAPI, engine: Engine, root: Path) -> None:
    answer = send(app, "POST", f"{PATH}?all_policies=true", json=example(root))
    found = answer.json()
    assert [d["policy"]["id"] for d in found] == list(engine.knowledge.policies)
    ids = answer.headers["determination-id"].split(", ")
    for id_, document in zip(ids, found, strict=True):
        assert send(app, "GET", f"{PATH}/{id_}").json() == document


@pytest.mark.parametrize(
    "query", ["all_policies=perhaps", "colour=red", "all_policies&all_policies"]
)
def test_a_bad_parameter_is_a_problem(app: FastAPI, query: str) -> None:
    answer = send(app, "POST", f"{PATH}?{query}", json={})
    assert answer.status_code == 400
    assert "perhaps" not in answer.text and "red" not in answer.text


def test_the_checker_accepts_what_is_kept(app: FastAPI, kept: str) -> None:
    verdict = send(app, "GET", f"{kept}/verify")
    assert verdict.status_code == 200
    assert verdict.json()["accepted"] is True


def test_a_replay_is_the_same(app: FastAPI, kept: str) -> None:
    answer = send(app, "GET", f"{kept}/replay")
    assert answer.status_code == 200
    assert answer.json()["same"] is True


def test_the_case_in_turtle_and_json_has_one_digest(app: FastAPI, engine: Engine) -> None:
    turtle = (
        b"@prefix rec: <https://w3id.org/necessity/record#> . "
        b'[] a rec:CaseRecord ; rec:procedures [ a rec:ProcedureEntry ; rec:code "60220" ] .'
    )
    headers = {"Content-Type": "text/turtle"}
    answer = send(app, "POST", PATH, content=turtle, headers=headers)
    assert answer.status_code == 200
    assert answer.text == determine({"procedures": [{"code": "60220"}]}, engine).json()
