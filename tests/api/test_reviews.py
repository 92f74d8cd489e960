"""A final outcome is what a reviewer has recorded, with a name and a reason, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from api.service import Service
from tests.api.conftest import send

PATH = "/v1/determinations"
DENIED = {"reviewer": "R. Viewer", "decision": "denied", "reason": "The operation was routine."}


@pytest.fixture
def kept(app: FastAPI, root: Path) -> str:
    """Return the path of a new determination that advises against."""
    case = (root / "examples" / "routine-lobectomy.json").read_bytes()
    return str(send(app, "POST", PATH, content=case).headers["location"])


def test_without_a_review_nothing_is_final(app: FastAPI, kept: str) -> None:
    found = send(app, "GET", f"{kept}/reviews").json()
    assert found["advised_outcome"] == "not_necessary"
    assert found["final_outcome"] == "pending_review"
    assert found["reviews"] == []


def test_a_review_makes_it_final(app: FastAPI, service: Service, kept: str) -> None:
    answer = send(app, "POST", f"{kept}/reviews", json=DENIED)
    assert answer.status_code == 201
    review = answer.json()
    assert {key: review[key] for key in DENIED} == DENIED
    assert review["final"] is True and review["id"] and review["at"]
    found = send(app, "GET", f"{kept}/reviews").json()
    assert found["final_outcome"] == "denied" and found["reviews"] == [review]
    (entry,) = service.ledger.reviews("local", kept.rsplit("/", 1)[1])
    assert json.loads(entry.content)["reason"] == DENIED["reason"]


def test_a_later_review_stands_and_none_is_lost(app: FastAPI, kept: str) -> None:
    for decision in ("denied", "referred", "approved", "information_requested"):
        send(app, "POST", f"{kept}/reviews", json={**DENIED, "decision": decision})
    found = send(app, "GET", f"{kept}/reviews").json()
    assert found["final_outcome"] == "approved" and len(found["reviews"]) == 4


def test_a_review_changes_no_determination(app: FastAPI, kept: str) -> None:
    before = send(app, "GET", kept).content
    send(app, "POST", f"{kept}/reviews", json=DENIED)
    after = send(app, "GET", kept)
    assert after.content == before
    assert after.json()["human_review"] is True


def test_the_same_key_records_one_review(app: FastAPI, kept: str) -> None:
    headers = {"Idempotency-Key": kept[-20:]}
    one, other = (send(app, "POST", f"{kept}/reviews", json=DENIED, headers=headers) for _ in "ab")
    assert one.content == other.content and other.headers["idempotency-replayed"] == "true"
    assert len(send(app, "GET", f"{kept}/reviews").json()["reviews"]) == 1


@pytest.mark.parametrize(
    ("body", "status", "places"),
    [
        (b"", 400, None),
        (b"{", 400, None),
        (b'{"reviewer": "a", "reviewer": "b"}', 400, None),
        (b"[]", 422, {"/"}),
        (b"{}", 422, {"/reviewer", "/decision", "/reason"}),
        (json.dumps({**DENIED, "decision": "complete"}), 422, {"/decision"}),
        (json.dumps({**DENIED, "decision": ["denied"]}), 422, {"/decision"}),
        (json.dumps({**DENIED, "reason": "  "}), 422, {"/reason"}),
        (json.dumps({**DENIED, "reviewer": None}), 422, {"/reviewer"}),
        (json.dumps({**DENIED, "reason": "x" * 5_000}), 422, {"/reason"}),
        (json.dumps({**DENIED, "ZZPHI": "Jane"}), 422, {"/"}),
    ],
)
def test_a_review_that_is_none_is_refused(
    app: FastAPI, kept: str, body: Any, status: int, places: set[str] | None
) -> None:
    answer = send(app, "POST", f"{kept}/reviews", content=body)
    assert answer.status_code == status
    assert places is None or {e["pointer"] for e in answer.json()["errors"]} == places
    assert "ZZPHI" not in answer.text
    assert send(app, "GET", f"{kept}/reviews").json()["reviews"] == []


def test_no_answer_is_an_adverse_decision(app: FastAPI, kept: str) -> None:
    """Nothing but a recorded review ever says ``denied``."""
    for form in ("application/json", "text/html", "text/turtle", "application/ld+json"):
        assert "denied" not in send(app, "GET", kept, headers={"Accept": form}).text
