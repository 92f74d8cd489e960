"""ARCHITECTURE.md keeps its form: thirteen invariants, each with a test that exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

NUMBER = 13
_ITEM = re.compile(
    r"^(\d+)\. \*\*(?P<title>.+?)\*\*(?P<body>.*?)(?=^\d+\. |\Z)", re.MULTILINE | re.DOTALL
)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def section(root: Path) -> str:
    """Return the section on invariants."""
    text = (root / "ARCHITECTURE.md").read_text()
    return text.partition("## Invariants")[2]


def test_there_are_thirteen_in_order(root: Path) -> None:
    numbers = [int(item[1]) for item in _ITEM.finditer(section(root))]
    assert numbers == list(range(1, NUMBER + 1))


@pytest.mark.parametrize("number", range(1, NUMBER + 1))
def test_each_invariant_names_a_test_that_exists(root: Path, number: int) -> None:
    items = {int(item[1]): item["body"] for item in _ITEM.finditer(section(root))}
    named = _TEST.findall(items[number])
    assert named
    for file, function in named:
        tree = ast.parse((root / file).read_bytes())
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert function in names


def test_the_page_is_short(root: Path) -> None:
    assert len((root / "ARCHITECTURE.md").read_text().splitlines()) <= 150


def test_the_map_names_every_module(root: Path) -> None:
    text = (root / "ARCHITECTURE.md").read_text().partition("## Code map")[2]
    named = set(re.findall(r"`([\w*]+)/?`", text.partition("## Invariants")[0]))
    modules = {p.stem for p in (root / "kg_engine").iterdir() if p.suffix == ".py"} - {
        "__init__",
        "__main__",
    }
    stems = tuple(name[:-1] for name in named if name.endswith("*"))
    assert not {m for m in modules if m not in named and not m.startswith(stems)}
