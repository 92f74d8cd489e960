"""Each command on the page of operation runs as it stands there, and a stranger can check an export."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api import cli
from api.keys import SCOPES
from api.settings import choose_settings
from kg_engine import Engine, determine
from kg_engine.ledger import DETERMINATION, REVIEW, Draft
from kg_engine.ledger_sqlite import open_ledger
from kg_engine.snapshots import keep_snapshot

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "operation" / "README.md").read_text()
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
(CHECK,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def data(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of data as a service leaves it: determinations, a review, their knowledge."""
    folder = tmp_path_factory.mktemp("operation") / "data"
    ledger = open_ledger(folder)
    cases = [json.loads(p.read_bytes()) for p in sorted((ROOT / "examples").glob("*.json"))]
    texts = [determine(case, engine).json() for case in cases]
    kept = ledger.append([Draft(DETERMINATION, "local", text) for text in texts])
    review = json.dumps({"decision": "approved", "final": True, "reason": "gesehen, für gut"})
    ledger.append([Draft(REVIEW, "local", review, about=kept[0].id)])
    ledger.close()
    keep_snapshot(folder, [ROOT / "ontology"], [ROOT / "shapes"], engine.knowledge.digest)
    return folder


def commands() -> Iterator[tuple[str, str]]:
    """Yield each command of the ledger on the page, and the file that its answer goes to."""
    for block in SHELL.findall(PAGE):
        for command in block.splitlines():
            text, _, file = command.partition(" > ")
            yield text, file


def test_the_commands_of_the_page_run(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IONM_DATA", str(data))
    said, ran = {}, 0
    for text, file in commands():
        program, *words = shlex.split(re.sub(r"(?<= )/(backup|srv)/", f"{tmp_path}/", text))
        assert program == "ionm"
        assert cli.main(words) == 0, (text, capsys.readouterr().err)
        said[text] = capsys.readouterr().out
        if file:
            (tmp_path / file).write_text(said[text])
        ran += 1
    assert ran >= 10
    head = re.search(r"head (\w+)", said["ionm ledger backup /backup/monday"])
    check = [sys.executable, "-c", CHECK]
    done = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert head is not None and done.stdout.split() == ["5", head[1]]
    assert len(said["ionm ledger export --from 2 --to 3 --tenant local"].splitlines()) == 2


def test_each_scope_stands_on_the_page() -> None:
    table = PAGE.partition("| scope |")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(SCOPES)


def test_the_settings_of_the_page_are_taken(tmp_path: Path) -> None:
    (settings,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    file = tmp_path / "ionm.toml"
    file.write_text(settings)
    chosen = choose_settings(config=file, environment={})
    taken = {name for name, origin in chosen.origins.items() if origin == str(file)}
    assert taken == {line.partition(" ")[0] for line in settings.splitlines()}


Change = Callable[[list[str]], list[str]]
CHANGES: dict[str, Change] = {
    "another content": lambda lines: [
        *lines[:2],
        lines[2].replace("outcome", "0utcome"),
        *lines[3:],
    ],
    "another tenant": lambda lines: [*lines[:2], lines[2].replace("local", "loca1"), *lines[3:]],
    "one left out": lambda lines: lines[:2] + lines[3:],
    "two exchanged": lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
    "the first left out": lambda lines: lines[1:],
    "one twice": lambda lines: [*lines[:3], *lines[2:]],
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_stranger_finds_a_changed_export(
    name: str,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("IONM_DATA", str(data))
    assert cli.main(["ledger", "export"]) == 0
    lines = capsys.readouterr().out.splitlines(keepends=True)
    changed = CHANGES[name](lines)
    assert changed != lines
    (tmp_path / "ledger.ndjson").write_text("".join(changed))
    check = [sys.executable, "-c", CHECK]
    done = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "is not what was appended" in done.stderr
