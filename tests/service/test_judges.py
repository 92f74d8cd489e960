"""Processes of their own determine: they come and go without a wrong answer or a word of a case."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, cast

import pytest

from api.judge_process import _answer
from api.judges import Judges
from api.judging import Failure, Kept, Question, judge
from api.problems import Unavailable
from kg_engine import Engine
from tests.durability.clients import ask
from tests.service.running import ROOT, Running, running

BODY = (ROOT / "examples" / "routine-lobectomy.json").read_bytes()
SHIPPED = Kept((ROOT / "ontology",), (ROOT / "shapes",))
JSON = {"Content-Type": "application/json"}
HOME = "/v1/determinations"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    """Run a service whose processes a test may end."""
    with running(tmp_path / "data") as service:
        yield service


def opened(digest: str, number: int) -> Judges:
    """Start processes that open the shipped knowledge."""
    judges = Judges(number)
    judges.open(SHIPPED, digest)
    return judges


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def gone(pid: int) -> bool:
    """Say whether a process has ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def test_a_process_answers_as_a_thread_does(engine: Engine) -> None:
    judges = opened(engine.knowledge.digest, 1)
    questions = [
        Question(BODY, "application/json"),
        Question(BODY, "application/json", all_policies=True),
        Question(b"{", "application/json"),
        Question(b'{"procedures": 1}', "application/json"),
    ]
    assert [judges.judge(one) for one in questions] == [judge(one, engine) for one in questions]
    judges.close()


def test_a_process_of_other_knowledge_does_not_serve() -> None:
    judges = opened("sha256:" + "0" * 64, 1)
    with pytest.raises(EOFError):
        judges.wait()
    judges.close()


def test_processes_end_when_nobody_holds_them(engine: Engine) -> None:
    judges = opened(engine.knowledge.digest, 2)
    judges.wait()
    pids = [one.process.pid for one in judges._all]
    assert not any(map(gone, pids))
    del judges
    assert all(map(gone, pids))


def test_a_pipe_that_is_closed_is_replaced(engine: Engine) -> None:
    judges, question = opened(engine.knowledge.digest, 1), Question(BODY, "application/json")
    judges.wait()
    judges._all[0].let_go()
    with pytest.raises(Unavailable):
        judges.judge(question)
    assert judges.judge(question) == judge(question, engine)
    judges.close()


def test_an_error_is_told_without_its_message() -> None:
    found = _answer(Question(b'{"id": "a secret"}', "application/json"), cast("Engine", "a secret"))
    assert isinstance(found, Failure)
    assert found.error == "AttributeError"
    assert found.at_code and "secret" not in str(found)


def test_a_process_that_is_lost_is_replaced(service: Running) -> None:
    whole = ask(service.port, "POST", HOME, BODY, JSON)
    assert whole.status == 200
    judges = service.judges()
    assert len(judges) == 2
    for pid in judges:
        os.kill(pid, signal.SIGKILL)
    until(lambda: all(map(gone, judges)))
    answers = [ask(service.port, "POST", HOME, BODY, JSON) for _ in range(6)]
    assert [a.status for a in answers].count(503) == 2
    refused = next(json.loads(a.body) for a in answers if a.status == 503)
    assert refused["type"].endswith("/unavailable")
    assert {a.body for a in answers if a.status == 200} == {whole.body}
    assert len(service.events("process lost")) == 2
    assert ask(service.port, "GET", "/readyz").status == 200
    assert service.stop() == 0


def test_signals_are_left_to_the_service(service: Running) -> None:
    assert ask(service.port, "GET", "/readyz").status == 200
    judges = service.judges()
    until(lambda: ask(service.port, "POST", HOME, BODY, JSON).status == 200)
    for pid in judges:
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(pid, name)
    answers = [ask(service.port, "POST", HOME, BODY, JSON).status for _ in range(6)]
    assert answers == [200] * 6
    assert service.stop() == 0
    assert all(map(gone, judges))


def test_no_process_outlives_a_service_that_is_killed(service: Running) -> None:
    judges = service.judges()
    service.process.kill()
    until(lambda: all(map(gone, judges)))


def test_knowledge_that_was_exchanged_leaves_no_process(service: Running) -> None:
    before = service.judges()
    taken = ask(service.port, "POST", "/admin/knowledge")
    assert taken.status == 200, taken.body
    until(lambda: len(service.judges()) == 2)
    assert set(service.judges()).isdisjoint(before)
    assert all(map(gone, before))


def test_no_answer_is_taken_for_that_of_another_case(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    judges, question = opened(engine.knowledge.digest, 1), Question(BODY, "application/json")
    judges.wait()

    def fail(_: float) -> NoReturn:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(judges._all[0], "_heard", fail)
        with pytest.raises(MemoryError):
            judges.judge(question)
    other = Question(b"{}", "application/json")
    with suppress(Unavailable):
        assert judges.judge(other) == judge(other, engine)
    assert judges.judge(other) == judge(other, engine)
    judges.close()
