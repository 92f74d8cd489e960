"""What a client sends of a patient is found in the ledger and in the answer, and nowhere else."""

from __future__ import annotations

import http.client
import json
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api.main import create_app
from kg_engine import Engine
from tests.api.conftest import send, service_on, settings_in
from tests.fuzz.serving import served
from tests.fuzz.wire import Target

PATH = "/v1/determinations"
MARK = re.compile(r"ZZPHI[0-9a-f]{8}")


def canary() -> str:
    """Return a string that stands nowhere else."""
    return f"ZZPHI{uuid4().hex[:8]}"


def full_case() -> dict[str, Any]:
    """Return a case with a canary in every place that takes text, and that is admitted."""
    return {
        "id": canary(),
        "date_of_service": "2025-05-17",
        "procedures": [{"code": canary(), "system": canary(), "text": canary(),
                        "levels": [canary()], "approach": canary(), "laterality": canary()}],
        "diagnoses": [{"code": canary(), "system": canary(), "text": canary()}],
        "services": [{"code": canary(), "system": canary(), "units": 1}],
        "risk_features": {"present": [canary()], "absent": [canary()]},
        "documentation": {"rationale": f"{canary()} spinal cord", "items": [canary()]},
    }  # fmt: skip


def broken_bodies() -> list[bytes]:
    """Return bodies with canaries that are refused at each stage of the door."""
    c = canary
    cases: list[Any] = [
        {"id": [c()], "policy": c(), "date_of_service": c(), "procedures": c()},
        {"policy": c()}, {"date_of_service": c()}, [c()], c(), {"id": c() * 200},
        {"procedures": [{"code": f"<{c()}>", "revision": c(), "levels": [{c(): c()}]}]},
    ]  # fmt: skip
    texts = [f'{{"id": "{c()}"', f'{{"id": "{c()}\\u0000"}}', f'{{"id": NaN, "x": "{c()}"}}',
             f"[{c()}]", c(), f'{{"id": "{c()}", "id": "{c()}"}}']  # fmt: skip
    return [json.dumps(case).encode() for case in cases] + [text.encode() for text in texts]


def rdf_bodies() -> list[tuple[str, bytes]]:
    """Return bodies in RDF with canaries in their literals that are refused."""
    c = canary
    record = "<https://w3id.org/necessity/record#{}>"
    return [
        ("text/turtle", f'<urn:a> {record.format("date_of_service")} "{c()}" .'.encode()),
        ("text/turtle", f'[] {record.format("id")} "{c()}'.encode()),
        ("text/turtle", f'[] <urn:a> "{c()}"@en .'.encode()),
        ("application/n-triples", f'<urn:a> <urn:b> "{c()}" . {c()}'.encode()),
        (
            "application/ld+json",
            json.dumps({"@context": f"https://{c()}/", "@id": "urn:a"}).encode(),
        ),
        ("application/ld+json", json.dumps({"@graph": [{"@id": "urn:a", "urn:x": c()}]}).encode()),
    ]


def named_bodies() -> list[tuple[str, bytes]]:
    """Return bodies with canaries as IRIs and keys, which a refusal names to its sender alone."""
    return [
        ("text/turtle", f'<urn:{canary()}> <urn:{canary()}> "{canary()}" .'.encode()),
        ("application/json", json.dumps({canary(): canary()}).encode()),
    ]


def ask(
    target: Target, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, str]:
    """Send one request over HTTP and return status and answer."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=30)
    sent = {
        "Content-Type": "application/json",
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    connection.request(method, path, body, sent)
    answer = connection.getresponse()
    found = answer.status, answer.read().decode("utf-8", "replace")
    connection.close()
    return found


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Send canaries everywhere to a server of our own; return what it left behind."""
    home = tmp_path_factory.mktemp("phi")
    others: list[str] = []
    refusals: list[str] = []
    with served(home / "data", home / "log") as target:
        case, key = json.dumps(full_case()).encode(), uuid4().hex
        status, answer = ask(target, "POST", PATH, case, Idempotency_Key=key)
        assert status == 200
        kept = ask(target, "POST", PATH, case, Idempotency_Key=key)[1]
        id_ = canary()
        for body in broken_bodies():
            for path in (PATH, "/v1/what-if", f"{PATH}/{id_}/reviews"):
                told = ask(target, "POST", path, body)
                assert 400 <= told[0] < 500
                refusals.append(told[1])
        for form, body in rdf_bodies():
            told = ask(target, "POST", PATH, body, Content_Type=form)
            assert 400 <= told[0] < 500, (form, body, told)
            refusals.append(told[1])
        for form, body in named_bodies():
            assert 400 <= ask(target, "POST", PATH, body, Content_Type=form)[0] < 500
        for path in (f"/v1/terms?{canary()}=1", f"/v1/policies?as_of={canary()}", f"/{canary()}",
                     f"{PATH}/{canary()}", f"{PATH}/{canary()}/replay"):  # fmt: skip
            refusals.append(ask(target, "GET", path)[1])
        for key, value in (("Accept", canary()), ("Idempotency_Key", f"{canary()} x"),
                           ("Content_Type", canary()), ("X_Request_Id", canary()),
                           ("Authorization", f"Bearer {canary()}"), ("Host", canary())):  # fmt: skip
            refusals.append(ask(target, "POST", PATH, b"{", **{key: value})[1])
        for path in ("/metrics", "/openapi.json", "/docs", "/v1/policies", "/livez", "/readyz"):
            others.append(ask(target, "GET", path)[1])
        others.append(ask(target, "POST", PATH, b"{}")[1])
    return {
        "answer": answer,
        "kept": kept,
        "refusals": refusals,
        "others": others,
        "log": (home / "log").read_text(errors="replace"),
        "files": [path for path in (home / "data").rglob("*") if path.is_file()],
    }


def test_the_answer_holds_what_it_is_about(sweep: dict[str, Any]) -> None:
    assert len(set(MARK.findall(sweep["answer"]))) >= 10


def test_no_refusal_repeats_what_was_sent(sweep: dict[str, Any]) -> None:
    assert len(sweep["refusals"]) > 40
    assert not [text for text in sweep["refusals"] if MARK.search(text)]


def test_no_log_metric_or_other_answer_holds_it(sweep: dict[str, Any]) -> None:
    assert not MARK.search(sweep["log"]), MARK.findall(sweep["log"])
    assert not [text for text in sweep["others"] if MARK.search(text)]


def test_no_file_but_the_ledger_holds_it(sweep: dict[str, Any]) -> None:
    found = [p for p in sweep["files"] if MARK.search(p.read_bytes().decode("latin-1"))]
    assert sweep["files"]
    assert {path.name.partition(".")[0] for path in found} <= {"ledger"}
    assert sweep["kept"] == sweep["answer"]


def test_a_failure_says_nothing_of_it(
    engine: Engine,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(mark)

    mark = canary()
    service = service_on(engine, settings_in(tmp_path / "data"))
    app = create_app(service=service)
    monkeypatch.setattr("api.judging.determine", fail)
    answer = send(app, "POST", PATH, json={"id": mark})
    service.close()
    assert answer.status_code == 500
    captured = capfd.readouterr()
    assert mark not in answer.text + captured.out + captured.err + caplog.text
