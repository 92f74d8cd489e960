"""A small sample of ``make durability``: one kill under load, one outage of the disk, one intruder."""

from __future__ import annotations

import json
import random
from pathlib import Path

from tests.durability.clients import FREE, ONE, ask
from tests.durability.faults import no_file_may_grow, second_process
from tests.durability.kills import kill_rounds
from tests.service.running import running


def test_what_was_acknowledged_outlives_a_kill(tmp_path: Path) -> None:
    found = kill_rounds(tmp_path / "data", 1, random.Random(1), clients=2)  # noqa: S311
    assert not found.wrong
    assert found.told.determinations > 3
    with running(tmp_path / "data", env=FREE, queries=False) as service:
        singles = [a.id for r, a in found.told.acknowledged.items() if r.path == ONE]
        again = ask(service.port, "GET", f"{ONE}/{singles[0]}/replay")
        assert json.loads(again.body)["same"] is True


def test_where_nothing_can_be_written_nothing_is_lost(tmp_path: Path) -> None:
    assert "0 lost" in no_file_may_grow(tmp_path, random.Random(2))  # noqa: S311


def test_a_second_service_is_refused_and_the_first_serves_on(tmp_path: Path) -> None:
    assert "in use" in second_process(tmp_path, random.Random(3))  # noqa: S311
