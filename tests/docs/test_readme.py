"""What the pages say can be run, runs; and what they point to is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = ("README.md", "docs/api/README.md", "docs/proofs.md", "docs/sparql/README.md")
LEFT_OUT = {
    "make setup": "it makes the environment in which the tests already run",
}
_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def blocks(language: str) -> list[tuple[str, str]]:
    """Return the fenced blocks of a language, each with its page."""
    return [
        (page, found[2])
        for page in PAGES
        for found in _BLOCK.finditer((ROOT / page).read_text())
        if found[1] == language
    ]


def environment() -> dict[str, str]:
    """Return the environment with the commands of this interpreter before all others."""
    here = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": os.pathsep.join([here, os.environ.get("PATH", "")])}


def run(command: list[str]) -> str:
    """Run a command in the project's folder and return what it prints."""
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(),
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("page", "block"), blocks("sh"))
def test_a_shell_block_runs(page: str, block: str) -> None:
    lines = [line for line in block.splitlines() if line not in LEFT_OUT]
    if lines:
        assert run(["bash", "-euo", "pipefail", "-c", "\n".join(lines)])


@pytest.mark.parametrize(("page", "block"), blocks("python"))
def test_a_python_block_runs(page: str, block: str) -> None:
    assert run([sys.executable, "-W", "error", "-c", block])


def test_only_what_is_listed_is_left_out() -> None:
    lines = {line for _, block in blocks("sh") for line in block.splitlines()}
    assert set(LEFT_OUT) == {line for line in lines if line.startswith("make ")}


def test_the_readme_shows_both_ways() -> None:
    for language in ("sh", "python"):
        assert any(page == "README.md" for page, _ in blocks(language))


def test_the_table_of_commands_is_the_makefiles() -> None:
    listed = set(re.findall(r"^\| `make (\w+)`", (ROOT / "README.md").read_text(), re.MULTILINE))
    made = set(re.findall(r"^(\w+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert listed == made - {"help"}


@pytest.mark.parametrize(
    "page",
    sorted(str(p.relative_to(ROOT)) for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]),
)
def test_every_link_leads_somewhere(page: str) -> None:
    path = ROOT / page
    for target in _LINK.findall(path.read_text()):
        assert (path.parent / target).exists(), target
