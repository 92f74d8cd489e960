"""A batch answers each case on its own, keeps them in one commit, and gives the same again."""

from __future__ import annotations

import json
from pathlib import Path

from fastapi import FastAPI

from api.service import Service
from kg_engine import Engine, determine
from tests.api.conftest import send

PATH = "/v1/batches"


def test_a_bad_case_spoils_no_other(app: FastAPI, engine: Engine, root: Path) -> None:
    good = [path.read_bytes() for path in sorted((root / "examples").glob("*.json"))]
    bad = [b'{"colour": 1}', b"{", b'{"a": NaN}', b"[]", b'{"id": "a", "id": "b"}']
    lines = b"\n".join(
        text.replace(b"\n", b" ") for pair in zip(good, bad, strict=False) for text in pair
    )
    headers = {"Content-Type": "application/x-ndjson"}
    answers = send(app, "POST", PATH, content=lines, headers=headers).json()["answers"]
    assert [a["status"] for a in answers] == [200, 422, 200, 400, 200, 400, 200, 422]
    for answer, text in zip(answers[::2], good, strict=True):
        found = determine(json.loads(text), engine).document
        assert answer["determination"]["digest"] == found["digest"]
        assert answer["determination"]["human_review"] is True
    for answer in answers[1::2]:
        assert answer["problem"]["status"] == answer["status"] and answer["problem"]["errors"]


def test_each_answer_is_kept_under_its_own_id(app: FastAPI) -> None:
    answers = send(app, "POST", PATH, json=[{"id": "a"}, {"id": "b"}]).json()["answers"]
    for answer, id_ in zip(answers, "ab", strict=True):
        kept = send(app, "GET", answer["location"])
        assert kept.json()["case_id"] == id_
        assert kept.json()["digest"] == answer["determination"]["digest"]


def test_whole_determinations_are_those_that_are_kept(app: FastAPI) -> None:
    answers = send(app, "POST", f"{PATH}?full", json=[{}, {"colour": 1}]).json()["answers"]
    assert send(app, "GET", answers[0]["location"]).json() == answers[0]["determination"]
    assert answers[1]["status"] == 422


def test_all_are_kept_in_one_commit(app: FastAPI, service: Service) -> None:
    head = sum(1 for _ in service.ledger.entries())
    send(app, "POST", PATH, json=[{}] * 20)
    kept = list(service.ledger.entries())[head:]
    assert [e.sequence for e in kept] == list(range(head + 1, head + 21))


def test_the_same_key_gives_the_same_bytes(app: FastAPI, service: Service) -> None:
    batch = [{"id": "x"}, {"colour": 1}, {"id": "y"}]
    for query in ("", "?full"):
        headers = {"Idempotency-Key": f"batch{query}"}
        one, other = (send(app, "POST", PATH + query, json=batch, headers=headers) for _ in "ab")
        assert one.content == other.content
        assert other.headers["idempotency-replayed"] == "true"
        refused = send(app, "POST", PATH + query, json=[{}], headers=headers)
        assert refused.status_code == 409


def test_a_batch_of_refusals_is_answered(app: FastAPI) -> None:
    headers = {"Idempotency-Key": "none-good"}
    one, other = (send(app, "POST", PATH, json=[1, 2], headers=headers) for _ in "ab")
    assert one.json()["counts"] == {"answered": 0, "refused": 2}
    assert one.content == other.content


def test_an_empty_batch_is_an_answer(app: FastAPI) -> None:
    assert send(app, "POST", PATH, json=[]).json() == {
        "answers": [],
        "counts": {"answered": 0, "refused": 0},
    }


def test_a_batch_may_be_larger_than_a_case(app: FastAPI) -> None:
    text = b"[" + b"{}".ljust(900_000) + b"," + b"{}".ljust(900_000) + b"]"
    headers = {"Content-Type": "application/json"}
    answer = send(app, "POST", PATH, content=text, headers=headers)
    assert answer.json()["counts"] == {"answered": 2, "refused": 0}


def test_more_than_a_thousand_are_refused(app: FastAPI) -> None:
    answer = send(app, "POST", PATH, json=[{}] * 1_001)
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("/batch-too-large")


def test_what_was_sent_does_not_come_back(app: FastAPI) -> None:
    text = '[{"id": ["Jane Roe"]}, {"policy": "Jane Roe"}, Jane Roe]'
    headers = {"Content-Type": "application/json"}
    assert "Jane" not in send(app, "POST", PATH, content=text, headers=headers).text
