"""The commands that look at what a service kept end as they say; see tests/durability for kills."""

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
    return ledger(folder, "verify")


def ledger(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "api", "ledger", *words, "--data", str(folder)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


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
    for action in ("export", "metrics", "replay --all", f"backup {tmp_path / 'copy'}"):
        assert ledger(folder, *action.split()).returncode == 4, action
    assert not (tmp_path / "copy").exists()


def test_a_replay_that_differs_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with running(folder) as service:
        name, _ = post(service.port)
        service.stop()
    one = ledger(folder, "replay", name)
    assert one.returncode == 0 and json.loads(one.stdout)["same"] is True
    kept = next((folder / "knowledge").iterdir())
    kept.rename(tmp_path / "elsewhere")
    gone = ledger(folder, "replay", "--all")
    assert gone.returncode == 5
    assert "not kept here" in json.loads(gone.stdout)["faults"][0]
    assert "1 of them differ" in gone.stderr
    assert ledger(folder, "replay", "--all", "--knowledge", "now").returncode == 0
    assert ledger(folder, "replay", "0" * 32).returncode == 2
    assert ledger(folder, "replay").returncode == 2
    assert ledger(folder, "metrics", "--from", "someday").returncode == 2
