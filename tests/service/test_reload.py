"""Knowledge is exchanged under load: no request fails, and no answer is of two knowledges."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.service.load import Answer, Client, press
from tests.service.running import Running, running
from tests.service.test_sparql import children, named
from tests.service.topics import CASE, expected, write_settings, write_topic

WORDS = ("left", "right")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a topic that is served."""
    return tmp_path_factory.mktemp("topic")


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Running]:
    """Run a service on the topic, with a cache of its own."""
    write_topic(folder, WORDS[0])
    config = str(write_settings(folder))
    env = {"IONM_CACHE": str(folder / "cache")}
    with running(folder / "data", "--config", config, env=env) as service:
        yield service


@pytest.fixture(autouse=True)
def _fresh(folder: Path) -> None:
    write_topic(folder, WORDS[0])
    write_settings(folder)


@contextmanager
def load(port: int) -> Iterator[list[Answer]]:
    """Press with some clients in a thread while the block runs; then fill the list."""
    answers: list[Answer] = []
    ended = threading.Event()

    def run() -> None:
        answers.extend(
            asyncio.run(press(port, [CASE], 4, lambda _: not ended.is_set(), pause=0.02))
        )

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield answers
    finally:
        ended.set()
        thread.join()


def ask(port: int, path: str, body: bytes = b"", method: str = "POST") -> Answer:
    """Send one request."""

    async def run() -> Answer:
        client = Client(port)
        try:
            return await client.post(body, path, method)
        finally:
            await client.close()

    return asyncio.run(run())


def test_answers_are_wholly_of_one_knowledge(service: Running, folder: Path) -> None:
    known = {}
    for word in reversed(WORDS):
        write_topic(folder, word)
        digest, body = expected(folder)
        known[digest] = body
    assert len(set(known.values())) == 2
    served: list[tuple[float, str]] = []
    began: list[float] = []
    with load(service.port) as answers:
        for turn in range(1, 4):
            write_topic(folder, WORDS[turn % 2])
            began.append(time.perf_counter())
            if turn == 2:
                seen = len(service.events("knowledge taken"))
                service.process.send_signal(signal.SIGHUP)
                while len(service.events("knowledge taken")) == seen:
                    time.sleep(0.02)
                digest = service.events("knowledge taken")[-1]["digest"]
            else:
                taken = ask(service.port, "/admin/knowledge")
                assert taken.status == 200
                digest = json.loads(taken.body)["digest"]
            served.append((time.perf_counter(), digest))
            time.sleep(0.2)
    assert [digest for _, digest in served] == [list(known)[t % 2 - 1] for t in range(1, 4)]
    assert len(answers) > 100
    assert {answer.status for answer in answers} == {200}
    for answer in answers:
        digest = json.loads(answer.body)["knowledge"]["digest"]
        assert answer.body == known[digest]
    late = [a for a in answers if a.began > served[-1][0]]
    assert late
    for (since, digest), until in zip(served, [*began[1:], float("inf")], strict=True):
        for answer in answers:
            if since < answer.began and answer.began + answer.seconds < until:
                assert answer.body == known[digest]


def test_queries_are_answered_by_the_new_knowledge(service: Running, folder: Path) -> None:
    text = 'ASK { ?s ?p ?o FILTER(CONTAINS(STR(?o), "%s invented chamber trial")) }'
    labelled = {word: f"/sparql?query={quote(text % word)}" for word in WORDS}
    for turn in (1, 0):
        write_topic(folder, WORDS[turn])
        assert ask(service.port, "/admin/knowledge").status == 200
        for word, path in labelled.items():
            found = ask(service.port, path, method="GET")
            assert found.status == 200
            assert json.loads(found.body)["boolean"] is (word == WORDS[turn])
    nurseries = [pid for pid in children(service.process.pid) if "query_nursery" in named(pid)]
    assert len(nurseries) == 1, "the processes of the old knowledge are gone"


BROKEN: dict[str, Callable[[str], str]] = {
    "cut off": lambda text: text[: len(text) // 2],
    "outside OWL 2 RL": lambda text: (
        text + "nec:ServiceRequest rdfs:subClassOf [ a owl:Restriction ;"
        " owl:onProperty nec:supportedBy ; owl:someValuesFrom nec:ServiceRequest ] .\n"
    ),
    "without its recommendation": lambda _: "",
    "no text": lambda _: "\x00\x01",
}


@pytest.mark.parametrize("fault", BROKEN)
def test_failing_knowledge_is_refused_and_the_old_serves_on(
    service: Running, folder: Path, fault: str
) -> None:
    ready = ask(service.port, "/readyz", method="GET")
    answer = ask(service.port, "/v1/determinations", CASE)
    assert (ready.status, answer.status) == (200, 200)
    path = folder / "ontology" / "guideline.ttl"
    path.write_text(BROKEN[fault](path.read_text()))
    refused = ask(service.port, "/admin/knowledge")
    assert refused.status == 409, refused.body
    problem = json.loads(refused.body)
    assert problem["type"].endswith("/knowledge-refused")
    assert problem["errors"]
    assert service.events("knowledge refused")[-1]["faults"]
    assert ask(service.port, "/v1/determinations", CASE).body == answer.body
    still = ask(service.port, "/readyz", method="GET")
    assert json.loads(still.body)["knowledge"] == json.loads(ready.body)["knowledge"]


def test_knowledge_that_fails_its_cases_is_refused(service: Running, folder: Path) -> None:
    (folder / "cases" / "foot.json").write_text('{"policy": "no-such-policy"}')
    refused = ask(service.port, "/admin/knowledge")
    assert refused.status == 409
    assert b"foot.json: /policy" in refused.body
    for case in (folder / "cases").iterdir():
        case.unlink()
    assert ask(service.port, "/admin/knowledge").status == 409


@pytest.mark.parametrize("body", [b"{}", b"ontology = '/etc/passwd'"])
def test_knowledge_never_comes_from_a_request(service: Running, body: bytes) -> None:
    before = len(service.events("knowledge taken"))
    assert ask(service.port, "/admin/knowledge", body).status == 400
    assert ask(service.port, "/admin/knowledge?ontology=/etc").status == 400
    assert len(service.events("knowledge taken")) == before
