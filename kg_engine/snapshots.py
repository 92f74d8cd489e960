"""Keep the knowledge that answers were made by: immutable, each under its digest.

A folder of data holds ``knowledge/DIGEST/ontology`` and ``knowledge/DIGEST/shapes``, so that an
answer can be checked and decided anew when the knowledge served has long changed. Proofs name
files, and a file is named after its root: roots of other names lie below ``ontology.d`` and
``shapes.d``; the same triples in files of other names are kept beside, as ``DIGEST-NAMES``.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kg_engine.cache_files import write_atomically
from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.knowledge import knowledge_files, load_knowledge

FOLDER = "knowledge"
KINDS = ("ontology", "shapes")
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Hold where a kept knowledge lies: its digest, its folder, its roots of either kind."""

    digest: str
    home: Path
    ontology: tuple[Path, ...]
    shapes: tuple[Path, ...]

    @property
    def files(self) -> frozenset[str]:
        """Return the names of its files, as proofs name them."""
        return frozenset((*knowledge_files(self.ontology), *knowledge_files(self.shapes)))


def keep_snapshot(
    folder: Path, ontology: Iterable[Path], shapes: Iterable[Path], digest: str
) -> Snapshot:
    """Keep the knowledge of some roots under its digest, unless it is kept already.

    What is kept is read again before it gets its name. Raises KnowledgeRefused where that is not
    the knowledge of the digest, or where nothing can be written.
    """
    found = {
        kind: knowledge_files(roots) for kind, roots in zip(KINDS, (ontology, shapes), strict=True)
    }
    names = frozenset(name for files in found.values() for name in files)
    known = snapshot(folder, digest, names)
    if known is not None and known.files == names:
        return known
    home = _home(folder, digest, names if known is not None else ())
    if home is None:
        raise ValueError(digest)
    try:
        home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="new-", dir=home.parent) as new:
            made = Path(new) / "whole"
            for kind, files in found.items():
                _copy(kind, files, made)
            roots = _roots(made, "ontology"), _roots(made, "shapes")
            if load_knowledge(*roots).digest != digest:
                raise KnowledgeRefused([_changed(folder)])
            if not home.exists():
                shutil.move(made, home)
    except OSError as error:
        fault = Fault(str(home), f"cannot be written: {error.strerror}.", "Make room, or rights.")
        raise KnowledgeRefused([fault]) from error
    return _at(home, digest)


def snapshot(folder: Path, digest: str, files: Collection[str] = ()) -> Snapshot | None:
    """Return the knowledge that is kept under a digest; None where none is.

    ``files`` are names that a proof gives: of several that hold the same triples, the one with
    these files is returned, else the first.
    """
    home = _home(folder, digest)
    if home is None or not home.is_dir():
        return None
    homes = (home, *sorted(home.parent.glob(f"{home.name}-*")))
    kept = [_at(place, digest) for place in homes]
    return next((one for one in kept if len(kept) > 1 and one.files.issuperset(files)), kept[0])


def snapshots_in(folder: Path) -> Iterator[Snapshot]:
    """Yield every knowledge that is kept in a folder of data, in the order of their digests."""
    for home in sorted((folder / FOLDER).glob("[0-9a-f]*")):
        digest = f"sha256:{home.name[:64]}"
        if home.is_dir() and _DIGEST.fullmatch(digest):
            yield _at(home, digest)


def _at(home: Path, digest: str) -> Snapshot:
    return Snapshot(digest, home, _roots(home, "ontology"), _roots(home, "shapes"))


def _roots(home: Path, kind: str) -> tuple[Path, ...]:
    below = home / f"{kind}.d"
    return tuple(sorted(below.iterdir())) if below.is_dir() else (home / kind,)


def _home(folder: Path, digest: str, names: Collection[str] = ()) -> Path | None:
    found = _DIGEST.fullmatch(digest)
    listed = hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:16]
    return folder / FOLDER / (found[1] + (f"-{listed}" if names else "")) if found else None


def _copy(kind: str, files: Mapping[str, Path], home: Path) -> None:
    if any(Path(name).is_absolute() for name in files):
        double = next(Path(name).name for name in files if Path(name).is_absolute())
        remedy = "Give files of the same name different ones."
        raise KnowledgeRefused([Fault(double, "is the name of two files.", remedy)])
    plain = all(name.startswith(f"{kind}/") for name in files)
    for name, path in files.items():
        write_atomically((home if plain else home / f"{kind}.d") / name, path.read_bytes())


def _changed(folder: Path) -> Fault:
    return Fault(str(folder), "did not receive the knowledge that was loaded.", "Load it again.")
