"""Decide kept determinations anew, one after another, by the knowledge that each was made by."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from kg_engine.errors import Fault, InputRefused, KgEngineError
from kg_engine.ledger import DETERMINATION, Entry
from kg_engine.ledger_rows import BY_ID, checked, linked
from kg_engine.pipeline import Engine, open_engine
from kg_engine.replay import Replay, files_named, replay
from kg_engine.snapshots import snapshot

EngineOf: TypeAlias = Callable[[Entry], Engine]
_MOST_ENGINES = 2


@dataclass(frozen=True, slots=True)
class Replayed:
    """Hold a determination and what came of deciding it anew: a replay, or why there is none."""

    sequence: int
    id: str
    replay: Replay | None
    faults: tuple[Fault, ...] = ()

    @property
    def same(self) -> bool:
        """Say whether the same bytes came."""
        return self.replay is not None and self.replay.same

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        told = self.replay.as_json() if self.replay is not None else {"same": False}
        faults = {"faults": [str(fault) for fault in self.faults]} if self.faults else {}
        return {"sequence": self.sequence, "determination": self.id, **told, **faults}


def kept_entry(connection: sqlite3.Connection, name: str) -> Entry:
    """Return the determination of an id, of whatever tenant.

    Raises InputRefused where there is none, LedgerBroken, sqlite3.Error.
    """
    row = connection.execute(BY_ID, (name, DETERMINATION)).fetchone()
    if row is None:
        fault = Fault("id", "names no determination.", "Give an id as the service gave it.")
        raise InputRefused([fault])
    return linked(connection, checked(row))


def replay_entries(entries: Iterable[Entry], engine_of: EngineOf) -> Iterator[Replayed]:
    """Yield what comes of each determination among some entries, decided anew."""
    for entry in entries:
        if entry.kind != DETERMINATION:
            continue
        try:
            found = replay(entry, engine_of(entry))
        except KgEngineError as error:
            yield Replayed(entry.sequence, entry.id, None, error.faults)
        else:
            yield Replayed(entry.sequence, entry.id, found)


def engines_kept(folder: Path) -> EngineOf:
    """Return what finds the engine of the knowledge that a determination was made by.

    Two engines are held at most. It raises InputRefused where that knowledge is not kept in the
    folder, KnowledgeRefused where it cannot be loaded.
    """
    held: dict[Path, Engine] = {}

    def engine_of(entry: Entry) -> Engine:
        document = json.loads(entry.content)
        digest = document["knowledge"]["digest"]
        kept = snapshot(folder, digest, files_named(document))
        if kept is None:
            fault = Fault(digest, "is knowledge not kept here.", "Restore its snapshot.")
            raise InputRefused([fault])
        engine = held.pop(kept.home, None) or open_engine(kept.ontology, kept.shapes)
        held[kept.home] = engine
        while len(held) > _MOST_ENGINES:
            held.pop(next(iter(held)))
        return engine

    return engine_of
