"""The checker runs as a file, as a module and as a command, with or without the engine."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg_engine import cli, verify
from tests.prove.mutants import sealed

Json = dict[str, Any]
Captured = pytest.CaptureFixture[str]
ALONE = """
import runpy, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"pyoxigraph", "simple_icd_10_cm", "fastapi", "jinja2"}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refuse())
sys.argv = ["verify", *sys.argv[1:]]
runpy.run_module("kg_engine.verify", run_name="__main__")
"""


@pytest.fixture
def answer(tmp_path: Path, determined: Callable[[str], Json]) -> Path:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(determined("thyroid/completion")), encoding="utf-8")
    return path


@pytest.fixture
def forged(tmp_path: Path, determined: Callable[[str], Json]) -> Path:
    document = determined("thyroid/completion")
    document["outcome"] = "not_necessary"
    path = tmp_path / "forged.json"
    path.write_text(json.dumps(sealed(document)), encoding="utf-8")
    return path


def test_a_sound_proof_stands(answer: Path, capsys: Captured) -> None:
    assert cli.main(["verify", str(answer)]) == 0
    assert capsys.readouterr().out == "proof stands: 1 root checked\n"


def test_a_forged_one_is_rejected_with_its_reasons(forged: Path, capsys: Captured) -> None:
    assert cli.main(["verify", str(forged), "--format", "json"]) == 1
    verdict = json.loads(capsys.readouterr().out)
    assert verdict["accepted"] is False
    assert {r["reason"] for r in verdict["rejections"]} == {
        "outcome-not-entailed",
        "outcome-without-root",
    }


def test_what_cannot_be_read_is_malformed(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "no.json"
    path.write_text("{", encoding="utf-8")
    assert cli.main(["verify", str(path)]) == 2
    assert "not JSON" in capsys.readouterr().err
    assert verify.main([str(path)]) == 2
    assert verify.main([str(tmp_path / "absent.json")]) == 2


def test_knowledge_that_cannot_be_read_is_refused(
    answer: Path, tmp_path: Path, capsys: Captured
) -> None:
    assert cli.main(["verify", str(answer), "--knowledge", str(tmp_path)]) == 3
    assert verify.main([str(answer), "--knowledge", str(tmp_path)]) == 3
    assert "no Turtle file" in capsys.readouterr().err


@pytest.mark.parametrize("how", [["kg_engine/verify.py"], ["-m", "kg_engine.verify"]])
def test_it_runs_as_a_file_and_as_a_module(how: list[str], forged: Path, root: Path) -> None:
    command = [sys.executable, *how, str(forged), "--knowledge", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("proof rejected\noutcome-not-entailed")


def test_it_runs_where_the_packages_of_the_engine_are_not_installed(
    answer: Path, root: Path
) -> None:
    command = [sys.executable, "-c", ALONE, str(answer), "--knowledge", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
    assert (done.returncode, done.stdout) == (0, "proof stands: 1 root checked\n"), done.stderr


def test_it_imports_nothing_but_rdflib_pyshacl_and_the_standard_library(root: Path) -> None:
    tree = ast.parse((root / "kg_engine" / "verify.py").read_bytes())
    named = {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    named |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    roots = {name.split(".")[0] for name in named}
    assert roots - set(sys.stdlib_module_names) == {"rdflib", "pyshacl"}
