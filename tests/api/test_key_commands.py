"""A key is made, listed and revoked at the command line, as the hints there say."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from api.cli import main
from api.keys import FIRST_KEY


def test_the_hint_for_a_first_key_works_as_it_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(tmp_path / "data")]
    assert main(["key", "list", *data]) == 0
    told = capsys.readouterr()
    assert told.out == "" and FIRST_KEY in told.err
    program, *command = shlex.split(FIRST_KEY.rpartition("make one: ")[2])
    assert program == "ionm" and main([*command, *data]) == 0
    assert capsys.readouterr().out.startswith("ionm_")
    assert main(["key", "list", *data]) == 0
    told = capsys.readouterr()
    assert "in force" in told.out and told.err == ""
    assert main(["key", "revoke", told.out.split()[0], *data]) == 0
    assert main(["key", "list", *data]) == 0
    assert "revoked" in capsys.readouterr().out
