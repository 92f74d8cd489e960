"""Keep the knowledge that answers were made by: immutable, each under its digest.

A folder of data holds ``knowledge/DIGEST/ontology`` and ``knowledge/DIGEST/shapes``, so that an
answer can be checked and decided anew when the knowledge served has long changed.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kg_engine.cache_files import write_atomically
from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.knowledge import knowledge_files, load_knowledge

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Hold where a kept knowledge lies: its digest, its ontology and its shapes."""

    digest: str
    ontology: Path
    shapes: Path


def keep_snapshot(
    folder: Path, ontology: Iterable[Path], shapes: Iterable[Path], digest: str
) -> Snapshot:
    """Keep the knowledge of some roots under its digest, unless it is kept already.

    What is kept is read again before it gets its name. Raises KnowledgeRefused where that is not
    the knowledge of the digest, or where nothing can be written.
    """
    known = snapshot(folder, digest)
    if known is not None:
        return known
    home = _home(folder, digest)
    if home is None:
        raise ValueError(digest)
    try:
        home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="new-", dir=home.parent) as new:
            made = Path(new) / "whole"
            _copy("ontology", ontology, made)
            _copy("shapes", shapes, made)
            if load_knowledge([made / "ontology"], [made / "shapes"]).digest != digest:
                raise KnowledgeRefused([_changed(folder)])
            if not home.exists():
                shutil.move(made, home)
    except OSError as error:
        fault = Fault(str(home), f"cannot be written: {error.strerror}.", "Make room, or rights.")
        raise KnowledgeRefused([fault]) from error
    return Snapshot(digest, home / "ontology", home / "shapes")


def snapshot(folder: Path, digest: str) -> Snapshot | None:
    """Return the knowledge that is kept under a digest; None where none is."""
    home = _home(folder, digest)
    if home is None or not home.is_dir():
        return None
    return Snapshot(digest, home / "ontology", home / "shapes")


def _home(folder: Path, digest: str) -> Path | None:
    found = _DIGEST.fullmatch(digest)
    return folder / "knowledge" / found[1] if found else None


def _copy(kind: str, roots: Iterable[Path], home: Path) -> None:
    for name, path in knowledge_files(roots).items():
        place = Path(name.removeprefix(f"{kind}/"))
        if place.is_absolute():
            remedy = "Give files of the same name different ones."
            raise KnowledgeRefused([Fault(path.name, "is the name of two files.", remedy)])
        write_atomically(home / kind / place, path.read_bytes())


def _changed(folder: Path) -> Fault:
    return Fault(str(folder), "did not receive the knowledge that was loaded.", "Load it again.")
