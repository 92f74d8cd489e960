"""Every hostile request ends within its bounds, alone, and the server serves on."""

from __future__ import annotations

from pathlib import Path

from tests.hostile.pressing import attack, determine_for, press
from tests.hostile.requests import CASES, QUERY_TYPE, SPARQL, Hostile, every_hostile
from tests.service.running import running

BOUNDS = {
    "IONM_QUERY_SECONDS": "0.5",
    "IONM_QUERY_MEMORY": "150000000",
    "IONM_QUERY_ROWS": "5000",
    "IONM_QUERY_WAIT_SECONDS": "2",
}


def test_the_list_holds_each_threat() -> None:
    requests = every_hostile()
    assert len({hostile.name for hostile in requests}) == len(requests) >= 90
    assert {hostile.path for hostile in requests} == {SPARQL, CASES}


def test_every_hostile_request_ends_and_hurts_nobody(tmp_path: Path) -> None:
    with running(tmp_path / "data", env=BOUNDS) as service:
        asked = press(service.port, every_hostile(), 2)
        while not all(one.done() for one in asked):
            assert not determine_for(service.port, 0.5, 0.1).failed
        ended = [one.result() for one in asked]
        assert len(ended) == len(every_hostile())
        assert [e for e in ended if not e.allowed] == []
        assert max(e.seconds for e in ended) < 10
        fine = Hostile("", SPARQL, QUERY_TYPE, b"ASK { ?s a nec:Policy }")
        assert attack(service.port, fine).status == 200
        assert service.process.poll() is None
        assert service.stop() == 0
