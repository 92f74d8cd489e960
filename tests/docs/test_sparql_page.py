"""What the page on SPARQL sends to a service is answered by one, as it stands there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg_engine.query_results import GRAPHS, SOLUTIONS
from tests.service.running import Running, running

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "sparql" / "README.md").read_text(encoding="utf-8")
ADDRESS = "127.0.0.1:8000"


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of a language that call a service."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a service as the page says."""
    with running(tmp_path_factory.mktemp("page") / "data") as found:
        yield found


def run(service: Running, words: list[str]) -> str:
    """Run a command against the service and return what it prints."""
    own = [word.replace(ADDRESS, f"127.0.0.1:{service.port}") for word in words]
    done = subprocess.run(own, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("command", "".join(blocks("bash")).splitlines())
def test_a_command_is_answered(service: Running, command: str) -> None:
    program, *words = shlex.split(command)
    said = run(service, [program, "--fail", *words])
    assert said and ("COUNT" not in command or '"value":"0"' not in said)


def test_the_client_in_python_is_answered(service: Running) -> None:
    (block,) = blocks("py")
    lines = run(service, [sys.executable, "-W", "error", "-c", block]).splitlines()
    assert lines[0] == "advisory 2025 framework"
    assert "https://w3id.org/necessity#Procedure" in lines[-1]


def test_every_form_stands_on_the_page() -> None:
    assert [form for form in (*SOLUTIONS, *GRAPHS) if f"`{form}`" not in PAGE] == []
