"""Write the determinations of a ledger as RDF, one named graph each: a projection, never a source.

The same entries give the same bytes, so it can be thrown away and made anew. It tells what the
records of cases say, and belongs where the ledger may lie; the service never loads it into the
dataset that it answers queries from.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import pyoxigraph as ox

from kg_engine.errors import Fault, InputRefused
from kg_engine.ledger import DETERMINATION, Entry
from kg_engine.ledger_folder import sync_folder
from kg_engine.namespaces import DCTERMS, PROV, XSD
from kg_engine.proof_rdf import proof_triples

FORMATS = {".nq": ox.RdfFormat.N_QUADS, ".trig": ox.RdfFormat.TRIG}
_OURS = re.compile(r"[0-9a-f]{32}\.nq")


def project(entries: Iterable[Entry], target: Path) -> int:
    """Write the determinations among entries to a file, or to a folder with a file for each.

    ``target`` is a file by its suffix, ``.nq`` or ``.trig``, and else a folder, in which files of
    an older projection are replaced. Returns how many were written. Raises InputRefused for a
    folder that holds other files, OSError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    kept = (entry for entry in entries if entry.kind == DETERMINATION)
    whole = _one_file if target.suffix in FORMATS else _folder
    with tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent) as new:
        made = Path(new) / "whole"
        count = whole(kept, made, target)
        if target.is_dir():
            target.rename(Path(new) / "old")
        os.replace(made, target)
    sync_folder(target.parent)
    return count


def graph_name(name: str) -> str:
    """Return the IRI of the graph of a determination, by its id."""
    return f"urn:ionm:determination:{name}"


def _one_file(entries: Iterable[Entry], made: Path, target: Path) -> int:
    count = 0
    with _new(made) as file:
        for entry in entries:
            file.write(_quads(entry, FORMATS[target.suffix]))
            count += 1
        _synced(file)
    return count


def _folder(entries: Iterable[Entry], made: Path, target: Path) -> int:
    strange = target.is_dir() and not all(_OURS.fullmatch(p.name) for p in target.iterdir())
    if strange or target.is_file():
        why = "holds what is no projection." if strange else "is a file of another kind."
        remedy = f"Name a new folder, or a file that ends in {' or '.join(FORMATS)}."
        raise InputRefused([Fault(str(target), why, remedy)])
    made.mkdir(mode=0o700)
    count = 0
    for entry in entries:
        with _new(made / f"{entry.id}.nq") as file:
            file.write(_quads(entry, ox.RdfFormat.N_QUADS))
            _synced(file)
        count += 1
    return count


def _new(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _synced(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _quads(entry: Entry, form: ox.RdfFormat) -> bytes:
    document = json.loads(entry.content)
    home, graph = ox.NamedNode(f"urn:{document['digest']}"), ox.NamedNode(graph_name(entry.id))
    at = ox.Literal(entry.at, datatype=ox.NamedNode(XSD.dateTime))
    own = (
        ox.Triple(home, ox.NamedNode(PROV.generatedAtTime), at),
        ox.Triple(home, ox.NamedNode(DCTERMS.identifier), ox.Literal(entry.id)),
    )
    triples = (*own, *proof_triples(document))
    quads = [ox.Quad(t.subject, t.predicate, t.object, graph) for t in triples]
    return ox.serialize(quads, format=form) or b""
