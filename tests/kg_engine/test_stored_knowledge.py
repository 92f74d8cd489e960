"""The cache makes a start fast and nothing else: no answer depends on it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg_engine import Engine, KnowledgeRefused, determine, open_engine
from kg_engine.cache_files import read_sections, write_sections
from kg_engine.packed import PackedGraph

ROOT = Path(__file__).parents[2]

RECORD = json.loads((ROOT / "examples" / "completion-thyroidectomy.json").read_text("utf-8"))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "cache"
    monkeypatch.setenv("IONM_CACHE", str(directory))
    return directory


def is_cached(engine: Engine) -> bool:
    return isinstance(engine.knowledge.graph, PackedGraph)


def files(cache: Path) -> list[Path]:
    return sorted(cache.glob("*.cache"))


def test_the_second_start_reads_the_cache_and_answers_the_same(cache: Path) -> None:
    first = open_engine()
    answer = determine(RECORD, first).json()
    second = open_engine()
    assert (is_cached(first), is_cached(second)) == (False, True)
    assert determine(RECORD, second).json() == answer
    assert second.knowledge.ontology == first.knowledge.ontology
    assert second.knowledge.shape_files == first.knowledge.shape_files
    assert dict(second.knowledge.places) == dict(first.knowledge.places)
    assert second.dictionary == first.dictionary
    assert [p.name.split("-")[0] for p in files(cache)] == ["edition", "knowledge"]


def damages(content: bytes) -> Iterator[bytes]:
    """Yield a file cut short, empty, altered at one place, and of another format."""
    yield content[: len(content) // 2]
    yield b""
    yield content[:-1] + bytes([content[-1] ^ 1])
    yield content.replace(b"ionm-cache/1", b"ionm-cache/0", 1)
    yield b"\x80\x04cos\nsystem\n."


def test_a_damaged_or_foreign_file_is_as_good_as_none(cache: Path) -> None:
    answer = determine(RECORD, open_engine()).json()
    sound = {path: path.read_bytes() for path in files(cache)}
    for path, content in sound.items():
        kind, key = content.split(b" ")[1:3]
        for damaged in damages(content):
            path.write_bytes(damaged)
            assert read_sections(kind.decode(), key.decode()) is None
    assert determine(RECORD, open_engine()).json() == answer
    assert {path: path.read_bytes() for path in files(cache)} == sound


def test_a_changed_file_of_knowledge_is_read_anew(cache: Path, tmp_path: Path) -> None:
    for name in ("ontology", "shapes"):
        shutil.copytree(ROOT / name, tmp_path / name)

    def digest() -> str:
        return open_engine([tmp_path / "ontology"], [tmp_path / "shapes"]).knowledge.digest

    before = digest()
    path = tmp_path / "ontology" / "modalities.ttl"
    path.write_text(path.read_text("utf-8") + "\n<urn:x> <urn:p> <urn:y> .\n", encoding="utf-8")
    assert digest() != before


def test_where_nothing_can_be_written_all_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setenv("IONM_CACHE", str(blocked / "cache"))
    assert determine(RECORD, open_engine()).outcome == "necessary"


def test_a_file_that_others_can_write_is_not_read(cache: Path) -> None:
    write_sections("kind", "a" * 64, {"one": b"1"})
    (path,) = files(cache)
    path.chmod(0o666)
    assert read_sections("kind", "a" * 64) is None


def test_a_file_of_another_key_is_not_read(cache: Path) -> None:
    write_sections("kind", "a" * 64, {"one": b"1"})
    assert read_sections("kind", "a" * 64) == {"one": b"1"}
    assert read_sections("kind", "a" * 32 + "b" * 32) is None
    assert read_sections("other", "a" * 64) is None


def test_only_the_latest_files_are_kept(cache: Path) -> None:
    for number in range(20):
        write_sections("kind", f"{number:032}" * 2, {})
    assert 0 < len(files(cache)) < 20


def test_an_axiom_outside_the_profile_is_refused_when_knowledge_is_opened(
    cache: Path, tmp_path: Path
) -> None:
    for name in ("ontology", "shapes"):
        shutil.copytree(ROOT / name, tmp_path / name)
    path = tmp_path / "ontology" / "modalities.ttl"
    owl = "http://www.w3.org/2002/07/owl#"
    axiom = (
        f"<urn:x#C> <http://www.w3.org/2000/01/rdf-schema#subClassOf> [ a <{owl}Restriction> ; "
        f"<{owl}onProperty> <urn:x#p> ; <{owl}someValuesFrom> <urn:x#D> ] ."
    )
    path.write_text(f"{path.read_text('utf-8')}\n{axiom}\n", encoding="utf-8")
    with pytest.raises(KnowledgeRefused) as refusal:
        open_engine([tmp_path / "ontology"], [tmp_path / "shapes"])
    (fault,) = refusal.value.faults
    assert fault.place == "ontology/modalities.ttl"
    assert "owl:someValuesFrom cannot stand on the right of rdfs:subClassOf" in fault.message
    assert not files(cache)
