"""Write small knowledge in versions that differ in their words, and say what each must answer."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from kg_engine import Engine, determine, open_engine
from tests.second_topic.test_second_topic import FOOT, HERE, SHARED
from tests.service.running import ROOT

CASE = json.dumps(FOOT).encode()
_SAID = re.compile("(demonstration|invented chamber trial)")
_LABEL = re.compile(r'"[^"]*"@en')


def write_topic(folder: Path, word: str) -> None:
    """Write the topic with a word of its own in the labels of every file."""
    ontology = folder / "ontology"
    ontology.mkdir(exist_ok=True)
    for name in SHARED:
        shutil.copy(ROOT / "ontology" / f"{name}.ttl", ontology)
    for path in HERE.glob("*.ttl"):
        text = path.read_text()
        text = _LABEL.sub(lambda m: _SAID.sub(rf"{word} \1", m[0]), text)
        (ontology / path.name).write_text(text)


def write_settings(folder: Path) -> Path:
    """Write settings that name the topic and its case; return their file."""
    (folder / "cases").mkdir(exist_ok=True)
    (folder / "cases" / "foot.json").write_bytes(CASE)
    expected = {"record": FOOT, "expect": {"outcome": "necessary"}}
    (folder / "cases" / "foot-expected.json").write_text(json.dumps(expected))
    path = folder / "settings.toml"
    shapes = json.dumps(str(ROOT / "shapes"))
    path.write_text(f'ontology = ["ontology"]\nshapes = [{shapes}]\ncases = "cases"\n')
    return path


def topic_engine(folder: Path) -> Engine:
    """Open the topic of a folder in this process."""
    return open_engine([folder / "ontology"], [ROOT / "shapes"])


def expected(folder: Path) -> tuple[str, bytes]:
    """Return the digest of a topic and the bytes of its answer."""
    engine = topic_engine(folder)
    return engine.knowledge.digest, determine(FOOT, engine).json().encode()
