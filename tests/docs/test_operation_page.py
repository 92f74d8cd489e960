"""The page for operators names every setting with its form and default."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path

from api.settings import ROOT, Settings

PAGE = ROOT / "docs" / "operation" / "README.md"


def rows() -> str:
    """Return the table of settings as the page has it."""
    found = ["| setting | form | default | what it is |", "|---|---|---|---|"]
    for f in fields(Settings):
        plain = f.default is not MISSING and not isinstance(f.default, (Path, tuple))
        default = f"`{f.default}`" if plain else "see `ionm config show`"
        found.append(f"| `{f.name}` | {f.metadata['form']} | {default} | {f.metadata['about']} |")
    return "\n".join(found) + "\n"


def test_every_setting_stands_on_the_page() -> None:
    assert rows() in PAGE.read_text(encoding="utf-8")
