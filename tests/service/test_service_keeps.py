"""The service as a user runs it: what it acknowledged is kept, also when it is killed."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

from kg_engine.ledger_rows import FILE
from tests.service.running import ROOT, running

CASE = (ROOT / "examples" / "routine-lobectomy.json").read_bytes()


def post(port: int) -> tuple[str, str]:
    """Send one case; return the id and the answer that were acknowledged."""
    url = f"http://127.0.0.1:{port}/v1/determinations"
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(
        urllib.request.Request(url, CASE, headers),
        timeout=30,
    ) as answer:
        return answer.headers["Determination-Id"], answer.read().decode()


def ledger_verify(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "api", "ledger", "verify", "--data", str(folder)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_what_was_acknowledged_outlives_a_kill(tmp_path: Path) -> None:
    folder, acknowledged = tmp_path / "data", {}
    for _ in range(3):
        with running(folder) as service:
            for id_, answer in (post(service.port) for _ in range(3)):
                acknowledged[id_] = answer
            service.process.kill()
    with running(folder) as service:
        for id_, answer in acknowledged.items():
            url = f"http://127.0.0.1:{service.port}/v1/determinations/{id_}"
            with urllib.request.urlopen(url, timeout=30) as found:
                assert found.read().decode() == answer
            with urllib.request.urlopen(f"{url}/replay", timeout=30) as found:  # noqa: S310
                assert json.loads(found.read())["same"] is True
        beside = ledger_verify(folder)
        assert beside.returncode == 0, beside.stderr
    assert len(acknowledged) == 9


def test_a_broken_ledger_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert ledger_verify(folder).returncode == 2
    with running(folder) as service:
        post(service.port)
        service.stop()
    assert ledger_verify(folder).returncode == 0
    whole = bytearray((folder / FILE).read_bytes())
    place = whole.index(b"determination")
    whole[place] ^= 1
    (folder / FILE).write_bytes(whole)
    broken = ledger_verify(folder)
    assert broken.returncode == 4
    assert "does not hold" in broken.stdout and broken.stderr
