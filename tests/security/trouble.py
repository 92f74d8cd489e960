"""Give a service canaries in every place of every door, and let everything go wrong at once."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from kg_engine.cache_files import cache_directory
from tests.service.running import ROOT, Running, running

ONE = "/v1/determinations"
MARK = re.compile(rb"ZZPHI[0-9a-f]{8}")
REC = "https://w3id.org/necessity/record#"
READ = ("application/json", "text/html", "text/turtle", "application/ld+json",
        "application/vnd.ionm.proof+json")  # fmt: skip
HEADERS = ("Idempotency-Key", "Authorization", "Cookie", "User-Agent", "Referer", "From",
           "X-Request-ID", "X-Forwarded-For", "Accept", "Accept-Language", "If-None-Match",
           "Range", "Expect", "Origin", "Traceparent")  # fmt: skip
QUERIES = ("/v1/terms?q={}", "/v1/terms?q=nerve&kind={}", "/v1/terms?q=nerve&limit={}",
           "/v1/policies?as_of={}", "/v1/requirements?procedure={}",
           "/v1/requirements?procedure=60220&service={}", "/v1/requirements?procedure=60220&date={}",
           "/v1/requirements?procedure=60220&policy={}", ONE + "/{}", ONE + "/{}/verify",
           ONE + "/{}/replay", ONE + "/{}/reviews", "/{}", "/v1/terms?{}=1", "/sparql?query={}",
           "/id/{}", "/v1/derivations?triple={}", "/metrics?{}", "/docs?{}", "/livez?{}")  # fmt: skip


def canary() -> str:
    """Return a string that stands nowhere else."""
    return f"ZZPHI{uuid4().hex[:8]}"


def case() -> dict[str, Any]:
    """Return an admitted case with a canary in every place that takes text."""
    c = canary
    return {
        "id": c(), "date_of_service": "2025-05-17",
        "procedures": [{"code": c(), "system": c(), "text": c(), "levels": [c()],
                        "approach": c(), "laterality": c()}],
        "diagnoses": [{"code": c(), "system": c(), "text": c()}],
        "services": [{"code": c(), "system": c(), "units": 1}],
        "risk_features": {"present": [c()], "absent": [c()]},
        "documentation": {"rationale": f"{c()} spinal cord", "items": [c()]},
    }  # fmt: skip


def forms() -> list[tuple[str, bytes]]:
    """Return an admitted case in each form that is read."""
    c = canary
    lines = (
        f"<urn:a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{REC}CaseRecord> .\n"
        f'<urn:a> <{REC}id> "{c()}" .\n<urn:a> <{REC}documentation> <urn:b> .\n'
        f'<urn:b> <{REC}rationale> "{c()}" .\n'
    )
    linked = {"@context": {"@vocab": REC}, "@type": "CaseRecord", **case()}
    linked.pop("date_of_service")
    return [
        ("application/json", json.dumps(case()).encode()),
        ("application/ld+json", json.dumps(linked).encode()),
        ("text/turtle", lines.encode()),
        ("application/n-triples", lines.encode()),
    ]


def broken() -> list[tuple[str, bytes]]:
    """Return bodies that are refused at each stage, one of them for what its triples say."""
    c = canary
    return [
        ("application/json", f'{{"id": "{c()}"'.encode()),
        ("application/json", json.dumps({c(): c(), "procedures": {c(): c()}}).encode()),
        ("application/json", json.dumps({"policy": c(), "date_of_service": c()}).encode()),
        ("application/ld+json", json.dumps({"@context": f"https://{c()}/"}).encode()),
        ("text/turtle", f'<urn:{c()}> <urn:{c()}> "{c()}" .'.encode()),
        ("text/turtle", f'@prefix a: <urn:{c()}> . a:b "{c()}'.encode()),
        ("application/n-triples", f'<urn:a> <{REC}id> "{c()}"^^<urn:{c()}> . {c()}'.encode()),
        (f"text/{c()}", c().encode()),
        ("multipart/form-data; boundary=" + c(), f'--x\r\nname="{c()}"'.encode()),
        ("application/xml", f"<!DOCTYPE {c()}><a>{c()}</a>".encode()),
    ]


@dataclass
class Left:
    """Hold what a service left behind, and what it said to those who sent nothing of a patient."""

    statuses: set[int] = field(default_factory=set)
    answered: bytes = b""
    others: list[bytes] = field(default_factory=list)
    processes: set[str] = field(default_factory=set)
    log: bytes = b""
    limits: list[str] = field(default_factory=list)
    killed: list[int] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    cores: list[str] = field(default_factory=list)


@dataclass
class Clients:
    """Ask a service, as those who send canaries and as another client."""

    service: Running
    left: Left

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
        """Send what holds canaries; return status and place of what is kept."""
        line = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=60)
        sent = {"Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        with contextlib.closing(line):
            line.request(method, path, body, sent)
            answer = line.getresponse()
            self.left.answered += answer.read()
            self.left.statuses.add(answer.status)
            return answer.status, answer.headers.get("Location", "")

    def look_on(self) -> None:
        """Ask as another client, who sent none of it."""
        for path, body in (("/metrics", b""), ("/readyz", b""), ("/openapi.json", b""), ("/docs", b""),
                           ("/v1/policies", b""), (ONE, b"{}"), (ONE, b"{"), (ONE, b'{"x": 1}'),
                           ("/v1/batches", b"[{}, 1]"), (ONE + "/0", b""), ("/nowhere", b"")):  # fmt: skip
            line = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=60)
            with contextlib.closing(line):
                line.request(
                    "POST" if body else "GET", path, body, {"Content-Type": "application/json"}
                )
                answer = line.getresponse()
                self.left.others.append(repr(answer.headers.items()).encode() + answer.read())

    def break_off(self, path: str, *, wait: bool) -> None:
        """Send half a body and go, or wait until the service has waited long enough."""
        with socket.create_connection(("127.0.0.1", self.service.port), timeout=20) as door:
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-A: {canary()}\r\n"
            door.sendall(f'{head}Content-Length: 999\r\n\r\n{{"id": "{canary()}'.encode())
            if wait:
                self.left.statuses.add(int(door.recv(65_536)[9:12]))


def trouble(home: Path) -> Left:
    """Send canaries everywhere while everything goes wrong, and gather what is left."""
    (home / "tmp").mkdir()
    if cache_directory().exists():
        shutil.copytree(cache_directory(), home / "cache")
    env = {"TMPDIR": str(home / "tmp"), "IONM_CACHE": str(home / "cache"), "IONM_BODY_SECONDS": "1",
           "IONM_LOG_LEVEL": "debug", "IONM_RATE": "1e6", "IONM_BURST": "1000000"}  # fmt: skip
    found, before = Left(), _cores()
    with running(home / "data", env=env) as service:
        with watched(service.process.pid, found):
            clients = Clients(service, found)
            all_goes_in(clients)
            all_goes_wrong(clients)
            clients.look_on()
        found.limits.append(_core_limit(service.process.pid))
        service.process.send_signal(signal.SIGABRT)
        service.process.wait(30)
    found.log = "".join(service.raw).encode()
    found.files = {str(p.relative_to(home)): p.read_bytes() for p in home.rglob("*") if p.is_file()}
    found.cores = sorted(_cores() - before)
    return found


def all_goes_in(clients: Clients) -> None:
    """Put canaries into every place of every door, and read back what is kept."""
    places = []
    for form, body in forms():
        status, place = clients.ask("POST", ONE, body, Content_Type=form, Idempotency_Key=canary())
        assert status == 200, form
        places.append(place)
    for place in places:
        for form in READ:
            clients.ask("GET", place, Accept=form)
        for rest in ("replay", "reviews"):
            clients.ask("GET", f"{place}/{rest}")
    review = {"reviewer": canary(), "decision": "denied", "reason": canary()}
    for sent in (review, {**review, "decision": canary()}, {**review, canary(): canary()}):
        clients.ask("POST", f"{places[0]}/reviews", json.dumps(sent).encode(),
                    Idempotency_Key=canary())  # fmt: skip
    lists = [case(), {canary(): canary()}, canary(), {"policy": canary()}, case()]
    for full in ("true", "false", canary()):
        clients.ask("POST", f"/v1/batches?full={full}", json.dumps(lists).encode())
    lines = b"\n".join(json.dumps(one).encode() for one in lists) + f"\n{canary()}".encode()
    clients.ask("POST", "/v1/batches", lines, Content_Type="application/x-ndjson",
                Idempotency_Key=canary())  # fmt: skip
    for asked in ({"case": case(), "patch": case()}, {"case": case(), "policy": canary()},
                  {"case": case(), "features": {canary(): "present"}}, {canary(): case()}):  # fmt: skip
        clients.ask("POST", "/v1/what-if", json.dumps(asked).encode())
    for form, body in broken():
        for path in (ONE, "/v1/batches", "/v1/what-if", f"{places[0]}/reviews", "/sparql"):
            clients.ask("POST", path, body, Content_Type=form)
    clients.ask("POST", f"/admin/knowledge?{canary()}", canary().encode())
    for path in QUERIES:
        clients.ask("GET", path.format(quote(canary())))
        clients.ask("GET", path.format(quote(f"{canary()} \u00fc\u202e")))
    for header in HEADERS:
        clients.ask("POST", ONE, b'{"id": "a"}', **{header: canary()})
    clients.look_on()
    clients.left.killed.append(verify_and_kill(clients, places[0], signal.SIGKILL))
    clients.left.killed.append(verify_and_kill(clients, places[1], signal.SIGABRT))
    assert clients.ask("GET", f"{places[0]}/verify")[0] == 200


def all_goes_wrong(clients: Clients) -> None:
    """Let clients break off, knowledge be loaded, and the ledger be without room."""
    for path in (ONE, "/v1/batches", "/v1/what-if"):
        clients.break_off(path, wait=False)
    clients.break_off(ONE, wait=True)
    pid, (_, hard) = clients.service.process.pid, resource.getrlimit(resource.RLIMIT_FSIZE)
    loaded = threading.Thread(target=clients.ask, args=("POST", "/admin/knowledge"))
    loaded.start()
    while loaded.is_alive():
        clients.ask("POST", ONE, json.dumps(case()).encode(), Idempotency_Key=canary())
        time.sleep(0.05)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, hard))
    while clients.ask("POST", ONE, json.dumps(case()).encode(), Idempotency_Key=canary())[0] == 200:
        pass
    for form, body in (*forms(), *broken()):
        clients.ask("POST", ONE, body, Content_Type=form, Idempotency_Key=canary())
    clients.ask("POST", "/v1/batches", json.dumps([case(), canary()]).encode())
    clients.look_on()
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
    clients.service.process.send_signal(signal.SIGHUP)


def verify_and_kill(clients: Clients, place: str, by: signal.Signals) -> int:
    """Have a proof checked and end its checker; return the status."""
    told: list[int] = []
    asked = threading.Thread(target=lambda: told.append(clients.ask("GET", f"{place}/verify")[0]))
    asked.start()
    until = time.monotonic() + 30
    while not (checkers := _checkers(clients.service.process.pid)) and time.monotonic() < until:
        time.sleep(0.01)
    clients.left.limits.append(_core_limit(checkers[0]))
    time.sleep(0.3)
    os.kill(checkers[0], by)
    asked.join(60)
    return told[0]


@contextmanager
def watched(pid: int, left: Left) -> Iterator[None]:
    """Read command line, environment and names of a process and its children, until the block ends."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            for one in (pid, *_children(pid)):
                for name in ("cmdline", "environ", "comm"):
                    with contextlib.suppress(OSError):
                        left.processes.add(Path(f"/proc/{one}/{name}").read_text(errors="replace"))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _children(pid: int) -> list[int]:
    """Return the children of a process, and theirs."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found.extend(map(int, path.read_text().split()))
    return found + [one for child in found for one in _children(child)]


def _checkers(pid: int) -> list[int]:
    """Return the processes under another that check a proof."""
    found = []
    for one in _children(pid):
        with contextlib.suppress(OSError):
            if b"kg_engine.verify" in Path(f"/proc/{one}/cmdline").read_bytes():
                found.append(one)
    return found


def _core_limit(pid: int) -> str:
    text = Path(f"/proc/{pid}/limits").read_text()
    return next(line for line in text.splitlines() if line.startswith("Max core"))


def _cores() -> set[str]:
    return {path.name for path in ROOT.iterdir() if re.fullmatch(r"core(\.\d+)?", path.name)}
