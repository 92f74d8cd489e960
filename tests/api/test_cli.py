"""A command that lacks what it is to do says how to ask for that, and a refusal is sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from api import cli


@pytest.mark.parametrize("name", ["config", "key", "ledger"])
def test_a_command_without_an_action_names_its_own_help(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([name]) == 2
    assert f"see ionm {name} --help" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["{}", "no JSON"])
def test_what_is_no_determination_is_told_in_sentences(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "answer.json"
    file.write_text(text)
    assert cli.main(["verify", str(file)]) == 2
    assert ". Give a determination as" in capsys.readouterr().err
