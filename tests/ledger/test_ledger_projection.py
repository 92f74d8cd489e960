"""The projection is made of the entries alone, and made anew it is the same."""

from __future__ import annotations

import json
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg_engine import Engine, determine
from kg_engine.errors import InputRefused
from kg_engine.ledger import DETERMINATION, EVENT, Draft
from kg_engine.ledger_check import reading
from kg_engine.ledger_export import Selection, selected
from kg_engine.ledger_projection import graph_name, project
from kg_engine.ledger_sqlite import open_ledger

EXAMPLES = sorted((Path(__file__).resolve().parent.parent.parent / "examples").glob("*.json"))


@pytest.fixture
def kept(folder: Path, engine: Engine) -> tuple[Path, list[str]]:
    """Return a ledger of every example, one of them twice, and the ids."""
    ledger = open_ledger(folder)
    texts = [determine(json.loads(path.read_bytes()), engine).json() for path in EXAMPLES]
    entries = ledger.append([Draft(DETERMINATION, "t", text) for text in [*texts, texts[0]]])
    ledger.append([Draft(EVENT, "t", "{}")])
    ledger.close()
    return folder, [entry.id for entry in entries]


def projected(folder: Path, target: Path) -> int:
    with reading(folder) as connection:
        return project(selected(connection, Selection()), target)


@pytest.mark.parametrize("name", ["all.nq", "all.trig"])
def test_a_file_holds_a_graph_for_each_determination(
    name: str, kept: tuple[Path, list[str]], tmp_path: Path
) -> None:
    folder, ids = kept
    assert projected(folder, tmp_path / "one" / name) == len(ids)
    assert projected(folder, tmp_path / name) == len(ids)
    content = (tmp_path / name).read_bytes()
    assert projected(folder, tmp_path / name) == len(ids)
    assert content == (tmp_path / name).read_bytes() == (tmp_path / "one" / name).read_bytes()
    form = ox.RdfFormat.from_extension(name.partition(".")[2])
    quads = list(ox.parse(content, format=form))
    graphs = [quad.graph_name.value for quad in quads if isinstance(quad.graph_name, ox.NamedNode)]
    assert len(graphs) == len(quads)
    assert set(graphs) == {graph_name(one) for one in ids}
    assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_a_folder_holds_a_file_for_each(kept: tuple[Path, list[str]], tmp_path: Path) -> None:
    folder, ids = kept
    for _ in range(2):
        assert projected(folder, tmp_path / "rdf") == len(ids)
    assert {p.name for p in (tmp_path / "rdf").iterdir()} == {f"{one}.nq" for one in ids}
    projected(folder, tmp_path / "all.nq")
    parts = b"".join((tmp_path / "rdf" / f"{one}.nq").read_bytes() for one in ids)
    assert parts == (tmp_path / "all.nq").read_bytes()


def test_what_is_no_projection_is_left_alone(kept: tuple[Path, list[str]], tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    (tmp_path / "file.txt").write_text("dear")
    for name in ("mine", "file.txt"):
        with pytest.raises(InputRefused):
            projected(kept[0], tmp_path / name)
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"
    assert (tmp_path / "file.txt").read_text() == "dear"
