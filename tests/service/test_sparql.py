"""Queries that would kill, stall, fill or leave an engine end alone, and nobody else notices."""

from __future__ import annotations

import http.client
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.service.running import Running, running

DIRECT = "application/sparql-query"
CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
MUCH = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i"
BOUNDS = {
    "IONM_QUERY_SECONDS": "1.5",
    "IONM_QUERY_ROWS": "5000",
    "IONM_QUERY_BYTES": "3000000",
    "IONM_QUERY_MEMORY": "150000000",
    "IONM_QUERY_WAIT_SECONDS": "0.5",
    "IONM_QUERY_WAITING": "4",
    "IONM_QUERY_WORKERS": "1",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a service that grants queries little."""
    with running(tmp_path_factory.mktemp("sparql") / "data", env=BOUNDS) as found:
        yield found
        assert found.process.poll() is None
        assert found.stop() == 0


def ready(service: Running, times: int) -> None:
    """Wait until the workers were raised so many times."""
    until = time.monotonic() + 60
    while len(service.events("queries ready")) < times:
        assert time.monotonic() < until, service.raw[-3:]
        time.sleep(0.02)


class Answer:
    """Hold an answer, or how it broke off."""

    def __init__(self, port: int, method: str, path: str, body: str | None = None,
                 **headers: str) -> None:  # fmt: skip
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body and body.encode(), named)
            found = connection.getresponse()
            self.status, self.headers = found.status, found.headers
            self.whole = True
            try:
                self.body = found.read()
            except http.client.IncompleteRead as broken:
                self.body, self.whole = broken.partial, False
        finally:
            connection.close()
        self.seconds = time.monotonic() - began


def ask(service: Running, text: str, accept: str = "text/csv") -> Answer:
    return Answer(service.port, "POST", "/sparql", text, Content_Type=DIRECT, Accept=accept)


def fine(service: Running) -> None:
    """See to it that the next query is answered, by the same server."""
    until = time.monotonic() + 10
    while (found := ask(service, "ASK { ?s a nec:Policy }")).status == 503:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert (found.status, found.body) == (200, b"true")
    assert service.process.poll() is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CROSS, [b"time"]),
        ("SELECT (GROUP_CONCAT(?c) AS ?x) { ?a ?b ?c . ?d ?e ?f }", [b"time", b"memory"]),
        ("SELECT (COUNT(*) AS ?n) { ?a (!a)* ?b . ?b (!a)* ?c . ?c (!a)* ?d }", [b"time", b"memory"]),
        (MUCH, [b"memory", b"time"]),
        ("ASK {" + "OPTIONAL { ?s ?p ?o } " * 190 + "}", [b"memory", b"time"]),
    ],
)  # fmt: skip
def test_a_costly_query_is_ended_by_force(service: Running, text: str, why: list[bytes]) -> None:
    found = ask(service, text)
    assert found.status == 503, found.body[:200]
    assert b"query-killed" in found.body
    assert any(b"for " + one in found.body for one in why)
    assert found.headers["retry-after"]
    assert found.seconds < 4
    fine(service)


@pytest.mark.parametrize("accept", ["text/csv", "application/sparql-results+json"])
def test_too_many_rows_are_an_error_and_no_short_answer(service: Running, accept: str) -> None:
    found = ask(service, "SELECT * { ?s ?p ?o }", accept)
    assert found.status == 422 or not found.whole
    assert ask(service, "SELECT * { ?s ?p ?o } LIMIT 5000", accept).whole


def test_a_long_answer_that_fails_is_broken_off(service: Running) -> None:
    text = (
        "SELECT (CONCAT(STR(?s), STR(?o), STR(?o), STR(?o)) AS ?x) (1/(5-5*0) AS ?y) { ?s ?p ?o }"
    )
    found = ask(service, text)
    assert found.status == 200
    assert not found.whole
    assert len(found.body) > 100_000
    fine(service)


def test_who_leaves_holds_no_worker(service: Running) -> None:
    began = time.monotonic()
    leaving = http.client.HTTPConnection("127.0.0.1", service.port)
    leaving.request("GET", f"/sparql?query={quote(CROSS)}")
    time.sleep(0.1)
    leaving.close()
    time.sleep(0.4)
    assert ask(service, "ASK {}").status == 200
    assert time.monotonic() - began < 1.4


def test_an_answer_past_its_bounds_is_no_failure_of_the_service(service: Running) -> None:
    before = len(service.events("failure"))
    text = "SELECT (CONCAT(STR(?s), STR(?o), STR(?s), STR(?o)) AS ?x) { ?s ?p ?o }"
    assert not ask(service, text).whole
    fine(service)
    assert len(service.events("failure")) == before


def test_a_worker_that_is_killed_is_raised_anew(service: Running) -> None:
    found: list[Answer] = []
    asking = threading.Thread(target=lambda: found.append(ask(service, CROSS)))
    asking.start()
    time.sleep(0.5)
    for pid in workers(service):
        os.kill(pid, signal.SIGSEGV)
    asking.join()
    assert found[0].status == 503
    assert b"for crash" in found[0].body
    assert found[0].seconds < 1.4
    fine(service)


def test_where_all_workers_and_their_nursery_die_they_are_raised_anew(service: Running) -> None:
    before = len(service.events("queries ready"))
    for pid in below(service.process.pid):
        if "query_nursery" in named(pid):
            os.kill(pid, signal.SIGKILL)
    assert ask(service, "ASK {}").status == 503
    ready(service, before + 1)
    fine(service)


def test_who_waits_too_long_is_told_so(service: Running) -> None:
    found: list[Answer] = []
    threads = [threading.Thread(target=lambda: found.append(ask(service, CROSS))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in found} == {503}
    assert sum(b"busy" in answer.body for answer in found) >= 4
    assert all(answer.headers["retry-after"] for answer in found)
    fine(service)


def test_a_worker_can_open_nothing_and_is_nice(service: Running) -> None:
    (pid,) = workers(service)
    status = Path(f"/proc/{pid}/limits").read_text()
    (files,) = [line.split() for line in status.splitlines() if line.startswith("Max open files")]
    assert files[3:5] == ["4", "4"]
    assert sorted(file.name for file in Path(f"/proc/{pid}/fd").iterdir()) == ["0", "1", "2", "3"]
    own = os.getpriority(os.PRIO_PROCESS, service.process.pid)
    assert os.getpriority(os.PRIO_PROCESS, pid) == min(19, own + 10)


def test_the_forms_of_an_answer_are_chosen_by_the_client(service: Running) -> None:
    both = "text/csv;q=0.5, application/sparql-results+xml;q=0.9, text/turtle"
    assert ask(service, "ASK {}", both).headers["content-type"] == "application/sparql-results+xml"
    graph = ask(service, "CONSTRUCT WHERE { ?s a nec:Policy }", both)
    assert graph.headers["content-type"].startswith("text/turtle")
    refused = ask(service, "ASK {}", "image/png")
    assert refused.status == 406
    assert b"application/sparql-results+json" in refused.body
    assert b"text/turtle" in ask(service, "CONSTRUCT WHERE { ?s a nec:Policy }", "text/csv").body


def test_pages_of_any_origin_may_ask(service: Running) -> None:
    answers = [
        Answer(service.port, "OPTIONS", "/sparql", Origin="https://example.org",
               Access_Control_Request_Method="POST"),
        ask(service, "ASK {}"),
        ask(service, "nonsense"),
    ]  # fmt: skip
    assert [a.status for a in answers] == [204, 200, 400]
    assert {a.headers["access-control-allow-origin"] for a in answers} == {"*"}
    assert "POST" in answers[0].headers["access-control-allow-methods"]
    kept = Answer(service.port, "GET", "/v1/policies", Origin="https://example.org")
    assert kept.headers["access-control-allow-origin"] is None


def test_what_a_client_has_is_not_sent_again(service: Running) -> None:
    path = "/sparql?query=" + quote("SELECT * { ?s a nec:Policy }")
    first = Answer(service.port, "GET", path)
    again = Answer(service.port, "GET", path, If_None_Match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    other = Answer(
        service.port, "GET", path, If_None_Match=first.headers["etag"], Accept="text/csv"
    )
    assert other.status == 200
    now = "/sparql?query=" + quote("SELECT (NOW() AS ?n) {}")
    assert Answer(service.port, "GET", now).headers["etag"] is None


def test_head_has_the_headers_and_no_body(service: Running) -> None:
    path = "/sparql?query=" + quote("SELECT * { ?s a nec:Policy }")
    head, got = Answer(service.port, "HEAD", path), Answer(service.port, "GET", path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(got.body))
    assert head.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize(
    "path",
    ["/.well-known/void", "/sparql/.well-known/void", "/doc/nec/Policy.ttl", "/id/nec/Policy"],
)
def test_head_is_answered_wherever_knowledge_is_read(service: Running, path: str) -> None:
    head, got = Answer(service.port, "HEAD", path), Answer(service.port, "GET", path)
    assert (head.status, head.body) == (got.status, b"")
    assert head.status in (200, 303)
    assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize(
    "query",
    ["query=%ff", "query=ASK%20%7B%7D&default-graph-uri=a%20b", "update=CLEAR%20ALL",
     "query=ASK%7B%7D&" + "&".join(f"a{n}=1" for n in range(300)), "query=&query="],
)  # fmt: skip
def test_a_request_that_cannot_be_read(service: Running, query: str) -> None:
    assert Answer(service.port, "GET", f"/sparql?{query}").status == 400


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        (DIRECT, "ASK {" + " " * 65_536 + "}", b"too long"),
        (FORM, "query=ASK%7B%7D" + "%20" * 65_536, b"too long"),
        (FORM, "query=ASK%7B%7D&a=" + "%20" * 90_000, b"is too long"),
        (DIRECT, "ASK { " + "(" * 60_000, b"nested too deeply at line 1, column 70"),
        (FORM, "query=" + quote("SELECT (1" + "+1" * 9_000 + " AS ?x) {}"), b"has 9000 operators"),
    ],
)
def test_a_query_that_the_gate_refuses(service: Running, kind: str, body: str, why: bytes) -> None:
    found = Answer(service.port, "POST", "/sparql", body, Content_Type=kind)
    assert found.status == 400
    assert why in found.body


def test_nothing_is_left_when_the_service_is_killed(tmp_path: Path) -> None:
    with running(tmp_path / "data", env=BOUNDS) as service:
        pids = [pid for pid in below(service.process.pid) if "query_nursery" in named(pid)]
        assert len(pids) == 2
        service.process.kill()
        service.process.wait()
        until = time.monotonic() + 10
        while any(alive(pid) for pid in pids):
            assert time.monotonic() < until, "a process for queries outlives the service"
            time.sleep(0.05)


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def workers(service: Running) -> list[int]:
    """Return the query workers: what the nursery raised."""
    nurseries = [p for p in children(service.process.pid) if "query_nursery" in named(p)]
    return [pid for nursery in nurseries for pid in children(nursery)]


def below(pid: int) -> list[int]:
    return [p for child in children(pid) for p in (*below(child), child)]


def named(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
