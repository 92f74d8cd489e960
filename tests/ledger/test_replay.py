"""A kept determination is decided anew: the same bytes, or differences that are explained."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from kg_engine import Engine, InputRefused, KnowledgeRefused, determine, open_engine
from kg_engine.ledger import DETERMINATION, REVIEW, Draft, Entry
from kg_engine.ledger_check import reading
from kg_engine.ledger_sqlite import open_ledger
from kg_engine.replay import files_named, replay
from kg_engine.replays import engines_kept, kept_entry, replay_entries
from kg_engine.snapshots import keep_snapshot, snapshot
from kg_engine.verify import load

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.json"))


def kept(folder: Path, case: object, engine: Engine) -> Entry:
    ledger = open_ledger(folder)
    try:
        content = determine(case, engine).json()
        (entry,) = ledger.append([Draft(DETERMINATION, "t", content)])
        return entry
    finally:
        ledger.close()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_the_same_knowledge_gives_the_same_bytes(
    path: Path, engine: Engine, tmp_path: Path
) -> None:
    found = replay(kept(tmp_path / "data", json.loads(path.read_bytes()), engine), engine)
    assert found.same and found.then == found.now and not found.differences


def test_newer_knowledge_tells_what_differs_and_what_is_gone(
    engine: Engine, tmp_path: Path
) -> None:
    case = json.loads((ROOT / "examples" / "routine-lobectomy.json").read_bytes())
    for name in ("ontology", "shapes"):
        shutil.copytree(ROOT / name, tmp_path / name)
    first = kept(tmp_path / "data", case, engine)
    was = json.loads(first.content)
    assert was["outcome"] == "not_necessary"
    file = tmp_path / "ontology" / "sources" / "advisory-2025.ttl"
    text = file.read_text()
    assert text.count("nec:opposedBy") > 1
    file.write_text(text.replace("nec:opposedBy", "nec:permittedBy"))
    newer = open_engine([tmp_path / "ontology"], [tmp_path / "shapes"])
    found = replay(first, newer)
    assert not found.same and found.then != found.now
    assert "/outcome" in {d.at for d in found.differences}
    assert all(d.then != d.now for d in found.differences)
    assert found.axioms_gone


def test_a_snapshot_is_the_knowledge_of_its_digest(engine: Engine, tmp_path: Path) -> None:
    digest = engine.knowledge.digest
    roots = [ROOT / "ontology"], [ROOT / "shapes"]
    made = keep_snapshot(tmp_path, *roots, digest)
    assert snapshot(tmp_path, digest) == made == keep_snapshot(tmp_path, *roots, digest)
    assert open_engine(made.ontology, made.shapes).knowledge.digest == digest


def test_knowledge_of_another_digest_is_not_kept(tmp_path: Path) -> None:
    other = "sha256:" + "0" * 64
    with pytest.raises(KnowledgeRefused):
        keep_snapshot(tmp_path, [ROOT / "ontology"], [ROOT / "shapes"], other)
    assert snapshot(tmp_path, other) is None
    assert not any((tmp_path / "knowledge").iterdir())


@pytest.mark.parametrize("digest", ["", "sha256:..", "sha256:" + "../" * 22, "sha256:" + "G" * 64])
def test_no_digest_leads_elsewhere(digest: str, tmp_path: Path) -> None:
    assert snapshot(tmp_path, digest) is None


def test_a_snapshot_keeps_the_names_of_any_roots(engine: Engine, tmp_path: Path) -> None:
    case = json.loads((ROOT / "examples" / "routine-lobectomy.json").read_bytes())
    places = [tmp_path / "one" / "words", tmp_path / "rules"], [tmp_path / "two" / "words"]
    shutil.copytree(ROOT / "ontology", places[0][0])
    places[0][1].mkdir()
    shutil.move(places[0][0] / "outcome.ttl", places[0][1] / "outcome.ttl")
    shutil.copytree(ROOT / "shapes", places[1][0])
    other = open_engine(*places)
    digest = other.knowledge.digest
    assert digest == engine.knowledge.digest
    entries = [kept(tmp_path / "data", case, one) for one in (engine, other)]
    assert entries[0].content != entries[1].content
    keep_snapshot(tmp_path, [ROOT / "ontology"], [ROOT / "shapes"], digest)
    for _ in range(2):
        keep_snapshot(tmp_path, *places, digest)
    assert len(list((tmp_path / "knowledge").iterdir())) == 2
    for entry in entries:
        document = json.loads(entry.content)
        found = snapshot(tmp_path, digest, files_named(document))
        assert found is not None
        assert replay(entry, open_engine(found.ontology, found.shapes)).same
        checked = load(found.home).knowledge
        assert found.files == frozenset((*checked.ontology, *checked.shapes))
    elsewhere = replay(entries[1], engine)
    assert not elsewhere.same
    assert "/proof/nodes" in {d.at.rsplit("/", 2)[0] for d in elsewhere.differences}


def test_each_is_replayed_by_its_own_knowledge(engine: Engine, tmp_path: Path) -> None:
    case = json.loads((ROOT / "examples" / "question-alone.json").read_bytes())
    first, second = (kept(tmp_path / name, case, engine) for name in ("data", "other"))
    engine_of = engines_kept(tmp_path)
    (found,) = replay_entries([first], engine_of)
    assert not found.same
    assert "not kept here" in found.as_json()["faults"][0]
    keep_snapshot(tmp_path, [ROOT / "ontology"], [ROOT / "shapes"], engine.knowledge.digest)
    review = replace(first, kind=REVIEW)
    assert [r.same for r in replay_entries([first, review, second], engine_of)] == [True, True]
    altered = replace(first, content=first.content.replace('"engine": "', '"engine": "old '))
    (found,) = replay_entries([altered], engine_of)
    assert found.replay is not None
    assert [d.at for d in found.replay.differences] == ["/engine"]


def test_a_determination_is_found_by_its_id_alone(engine: Engine, tmp_path: Path) -> None:
    entry = kept(tmp_path / "data", {}, engine)
    with reading(tmp_path / "data") as connection:
        assert kept_entry(connection, entry.id) == entry
        with pytest.raises(InputRefused, match="names no determination"):
            kept_entry(connection, "0" * 32)
