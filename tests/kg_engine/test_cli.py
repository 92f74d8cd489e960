"""Say what the command line promises: answers, exit codes, and never a traceback."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kg_engine import cli

ROOT = Path(__file__).resolve().parents[2]
TOPIC = ROOT / "tests" / "second_topic"
SHARED = ("core", "outcome", "reasons", "record", "text-cues", "prefixes")
SECOND = [
    option
    for path in (*(ROOT / "ontology" / f"{name}.ttl" for name in SHARED), TOPIC)
    for option in ("--ontology", str(path))
]
FOOT = {
    "id": "foot-1",
    "date_of_service": "2025-06-10",
    "procedures": [{"code": "T/1"}],
    "diagnoses": [{"code": "W/1", "system": "wound codes"}],
    "services": [{"code": "C/1"}],
    "risk_features": {"present": ["bone-exposed"]},
    "documentation": {"rationale": "The wound bed of the foot may die."},
}
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def case(tmp_path: Path) -> str:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(FOOT), encoding="utf-8")
    return str(path)


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "kg_engine", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, cwd=ROOT, check=False)


def second(command: str, *arguments: str) -> int:
    return cli.main([command, *arguments, *SECOND])


def test_programs_get_json(case: str, capsys: Captured) -> None:
    assert second("determine", case) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["case_id"], document["outcome"]) == ("foot-1", "necessary")


def test_people_get_text_without_colour_where_there_is_no_terminal(
    case: str, capsys: Captured
) -> None:
    assert second("determine", case, "--format", "text") == 0
    page = capsys.readouterr().out
    assert page.startswith("✓ NECESSARY")
    assert "\x1b" not in page


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("plain", [False, True])
def test_a_terminal_gets_text_and_colour_unless_told(
    case: str, monkeypatch: pytest.MonkeyPatch, plain: bool
) -> None:
    screen = _Terminal(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("NO_COLOR", "1" if plain else "")
    assert second("determine", case) == 0
    page = screen.buffer.getvalue().decode("ascii")  # type: ignore[attr-defined]
    assert "+ NECESSARY" in page
    assert ("\x1b[" in page) is not plain


def test_html_is_one_page(case: str, capsys: Captured) -> None:
    assert second("determine", case, "--format", "html") == 0
    page = capsys.readouterr().out
    assert page.startswith("<!doctype html>")
    assert "The wound bed of the foot may die." in page


def test_all_policies_answer_side_by_side(case: str, capsys: Captured) -> None:
    assert second("determine", case, "--all-policies") == 0
    documents = json.loads(capsys.readouterr().out)
    assert [d["outcome"] for d in documents] == ["necessary"]
    assert second("determine", case, "--all-policies", "--format", "html") == 2


def test_explain_tells_the_proof_down_to_the_record(case: str, capsys: Captured) -> None:
    assert second("explain", case) == 0
    told = capsys.readouterr().out
    assert "attested: the case is a necessary case [sh:conforms]" in told
    assert "</procedures/0/code>" in told


def test_explain_tells_what_is_missing(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "empty.json"
    path.write_text("{}", encoding="utf-8")
    assert second("explain", str(path)) == 0
    told = capsys.readouterr().out
    assert "MISSING, AND COULD CHANGE THE OUTCOME" in told
    assert "INDETERMINATE" in told


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("broken.json", b"{", "line 1, column 2"),
        ("key.json", b'{"procedure": []}', "/procedure"),
        ("shape.json", b'{"procedures": 3}', "/procedures"),
        ("bytes.json", b"\xff\xfe\x00", "UTF-8"),
        ("escape.json", b'{"\\u001b[31m": 1}', "control character"),
        ("policy.json", b'{"policy": "nobody"}', "/policy"),
        ("broken.ttl", b"<a> <b>", "not "),
        ("broken.nt", b"nonsense", "not "),
        ("broken.jsonld", b"[[[", "not "),
        ("empty.json", b"", "not JSON"),
    ],
)
def test_bad_input_is_refused_with_its_place(
    tmp_path: Path, capsys: Captured, name: str, text: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(text)
    assert second("determine", str(path)) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert not told.out
    assert "Traceback" not in told.err
    assert "\x1b" not in told.err


@pytest.mark.parametrize("name", ["nowhere.json", ".", "\0", "x" * 5000])
def test_what_cannot_be_read_is_refused(capsys: Captured, name: str) -> None:
    assert cli.main(["determine", name]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["nonsense"], ["determine"], ["determine", "x", "--format", "pdf"]]
)
def test_a_wrong_command_is_told_how(capsys: Captured, arguments: list[str]) -> None:
    assert cli.main(arguments) == 2
    assert "usage" in capsys.readouterr().err


def test_help_is_an_answer(capsys: Captured) -> None:
    assert cli.main(["--help"]) == 0
    assert "determine" in capsys.readouterr().out


def test_version_names_engine_and_knowledge(capsys: Captured) -> None:
    assert cli.main(["--version", *SECOND]) == 0
    assert "sha256:" in capsys.readouterr().out


def test_knowledge_that_is_no_turtle_is_refused(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "bad.ttl").write_text("nonsense", encoding="utf-8")
    assert cli.main(["schema", "--ontology", str(tmp_path)]) == 3
    assert "bad.ttl" in capsys.readouterr().err


def test_an_interruption_is_no_traceback(
    case: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def interrupt(name: str) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_command", interrupt)
    assert cli.main(["determine", case]) == 2
    assert "interrupted" in capsys.readouterr().err


def test_schema_is_json_schema(capsys: Captured) -> None:
    assert cli.main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["type"] == "object"


def test_query_answers_a_file(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "all.rq"
    path.write_text("ASK { ?policy a nec:Policy }", encoding="utf-8")
    assert second("query", str(path), "--format", "table") == 0
    assert capsys.readouterr().out == "yes\n"
    path.write_bytes(b"\xff")
    assert second("query", str(path)) == 2


def test_determine_loads_no_curators_library() -> None:
    probe = (
        "import sys; from kg_engine.cli import main; main(['determine', '-']);"
        "print([m for m in ('rdflib', 'pyshacl', 'owlrl', 'jinja2') if m in sys.modules],"
        " file=sys.stderr)"
    )
    command = [sys.executable, "-c", probe]
    done = subprocess.run(command, input=b"{}", capture_output=True, cwd=ROOT, check=True)
    assert done.stderr.decode().strip() == "[]"
    assert json.loads(done.stdout)["outcome"] == "indeterminate"


def test_a_reader_who_leaves_sees_no_traceback(case: str) -> None:
    command = [sys.executable, "-m", "kg_engine", "determine", case, *SECOND]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 2


def test_standard_input_and_a_locale_without_unicode() -> None:
    text = b'{"id": "\xc3\xa4", "procedures": [{"text": "\xe2\x80\x9cnothing\xe2\x80\x9d known"}]}'
    done = run("determine", "-", stdin=text)
    assert json.loads(done.stdout)["case_id"] == "ä"
    assert done.returncode == 0


def test_the_shipped_knowledge_has_no_fault() -> None:
    done = run("check")
    assert done.stderr.decode() == ""
    assert done.returncode == 0


def test_check_lists_every_fault_with_file_and_line(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "shapes", tmp_path / "shapes")
    (tmp_path / "ontology").mkdir()
    for path in (*(ROOT / "ontology" / f"{name}.ttl" for name in SHARED), *TOPIC.glob("*.ttl")):
        shutil.copy(path, tmp_path / "ontology" / path.name)
    wounds = tmp_path / "ontology" / "wounds.ttl"
    wounds.write_text(
        wounds.read_text(encoding="utf-8") + "\n<https://example.org/x#Odd> a owl:Class ;"
        " rdfs:subClassOf [ a owl:Restriction ; owl:onProperty nec:hasCode ;"
        " owl:someValuesFrom nec:Code ] .\n"
        '<https://example.org/x#ICD> a nec:CodeSystem ; skos:notation "ICD-10-CM" ;'
        ' nec:codeList "icd-10-cm" ; nec:ignorableCharacters "." .\n'
        '<https://example.org/x#E04.7> a nec:Code ; skos:notation "E04.7" ;'
        " skos:inScheme <https://example.org/x#ICD> .\n",
        encoding="utf-8",
    )
    done = run("check", str(tmp_path))
    told = done.stderr.decode()
    assert done.returncode == 3
    assert "is not in canonical form" in told
    assert any("ontology/wounds.ttl:" in line and "Odd" in line for line in told.splitlines())
    assert "E04.7 is no code of ICD-10-CM" in told
    fixed = run("check", str(tmp_path), "--fix")
    assert "rewritten: ontology/wounds.ttl" in fixed.stderr.decode()
    assert "is not in canonical form" not in fixed.stderr.decode()


def test_check_places_a_syntax_error(tmp_path: Path, capsys: Captured) -> None:
    for folder in ("ontology", "shapes"):
        (tmp_path / folder).mkdir()
    (tmp_path / "ontology" / "bad.ttl").write_text("<a:b> <a:c>\n ;; x", encoding="utf-8")
    assert cli.main(["check", str(tmp_path)]) == 3
    assert "bad.ttl:2" in capsys.readouterr().err
    assert cli.main(["check", str(tmp_path / "nowhere")]) == 2
