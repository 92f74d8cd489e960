"""The leaves of a proof are what they say: an axiom of a file in force, as that file writes it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from kg_engine import Engine, determine, open_engine, verify

ROOT = Path(__file__).parents[2]
RECORD = json.loads((ROOT / "examples" / "completion-thyroidectomy.json").read_bytes())
OWL = "PREFIX owl: <http://www.w3.org/2002/07/owl#> PREFIX nec: <https://w3id.org/necessity#> "


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IONM_CACHE", str(tmp_path / "cache"))
    for name in ("ontology", "shapes"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def opened(folder: Path) -> Engine:
    return open_engine([folder / "ontology"], [folder / "shapes"])


def proof(document: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["proof"]["nodes"]
    return found


def test_an_axiom_is_told_by_a_file_in_force(folder: Path) -> None:
    text = (folder / "ontology" / "outcome.ttl").read_text("utf-8")
    body = text.split("\n.\n", 1)[1]
    header = (
        "<urn:x:copy> a owl:Ontology ; nec:assertsFrom <urn:x:source> .\n"
        "<urn:x:source> a nec:Source .\n"
    )
    prefixes = "\n".join(line for line in text.splitlines() if line.startswith("PREFIX"))
    copy = f"{prefixes}\n{header}{body}"
    (folder / "ontology" / "aaa.ttl").write_text(copy, encoding="utf-8")
    for _ in range(2):
        document = determine(RECORD, opened(folder)).document
        files = {node["file"] for node in proof(document) if "file" in node}
        assert "ontology/outcome.ttl" in files
        assert "ontology/aaa.ttl" not in files


def test_an_axiom_is_told_as_its_file_writes_it(folder: Path) -> None:
    axiom = (
        "nec:ServiceRequest <http://www.w3.org/2000/01/rdf-schema#subClassOf> "
        "[ a owl:Restriction ; owl:onProperty nec:forProcedure ; owl:maxCardinality "
        '"0"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger> ] .'
    )
    (folder / "ontology" / "none.ttl").write_text(OWL + axiom, encoding="utf-8")
    document = determine(RECORD, opened(folder)).document
    assert document["outcome"] == "indeterminate"
    (limit,) = (n for n in proof(document) if "maxCardinality" in str(n.get("triple")))
    assert limit["kind"] == "axiom"
    assert limit["file"] == "ontology/none.ttl"
    assert "nonNegativeInteger" in limit["triple"][2]
    assert not verify.load(folder).verify(json.loads(json.dumps(document))).rejections


def test_nothing_proves_itself(folder: Path) -> None:
    """A shape that denies what is concluded later saw that it did not hold then."""
    path = folder / "shapes" / "decision.ttl"
    text = path.read_text("utf-8")
    name = "nec:DecidableRequestShape\n"
    start = text.index(name)
    place = text.index("sh:targetClass", start)
    denied = "sh:not [ a sh:NodeShape ; sh:class nec:NecessaryRequest ] ;\n    "
    path.write_text(text[:place] + denied + text[place:], encoding="utf-8")
    document = determine(RECORD, opened(folder)).document
    kinds = {node["kind"] for node in proof(document)}
    assert "assumption" not in kinds
    assert len(proof(document)) > 50
