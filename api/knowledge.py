"""Hold the knowledge that is served: one immutable snapshot, replaced by one reference.

A request takes the current snapshot once and keeps it to its end, so that an answer is wholly of
one knowledge or of another, never of both.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from api.settings import ROOT, Settings
from kg_engine import Engine, KgEngineError, KnowledgeRefused, determine, open_engine
from kg_engine.errors import Fault
from kg_engine.pipeline import read_case


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Hold one knowledge, ready for cases: its engine, its digest, and since when it serves."""

    engine: Engine
    digest: str
    since: float


Preparation: TypeAlias = Callable[[Snapshot], Callable[[], None]]
"""Make ready for a snapshot beside the old one; what is returned is done at the swap."""


class KnowledgeHolder:
    """Hold the current snapshot and replace it by one that passed its self-test."""

    def __init__(self, settings: Settings, snapshot: Snapshot) -> None:
        self._settings = settings
        self._snapshot = snapshot
        self._preparations: list[Preparation] = []
        self._loading = threading.Lock()

    def current(self) -> Snapshot:
        """Return the snapshot that serves now; take it once for each request."""
        return self._snapshot

    def join(self, preparation: Preparation) -> None:
        """Ask to be told of each new snapshot before it serves; an error there refuses it."""
        self._preparations.append(preparation)

    def reload(self) -> Snapshot:
        """Load the configured knowledge beside, test it, and let it serve.

        Raises KnowledgeRefused with every fault; then the old snapshot serves on.
        """
        if not self._loading.acquire(blocking=False):
            raise KnowledgeRefused([Fault("knowledge", "is being loaded.", "Wait for its end.")])
        try:
            rehearse(self._settings)
            found = open_snapshot(self._settings)
            swaps = [prepare(found) for prepare in self._preparations]
            self._snapshot = found
            for swap in swaps:
                swap()
            return found
        finally:
            self._loading.release()


def open_snapshot(settings: Settings) -> Snapshot:
    """Open the configured knowledge and test it on its cases. Raises KnowledgeRefused."""
    try:
        engine = open_engine(settings.ontology, settings.shapes)
    except OSError as error:
        fault = Fault("knowledge", f"cannot be read: {error.strerror}.", "Mend the paths.")
        raise KnowledgeRefused([fault]) from error
    if faults := self_test(engine, settings.cases):
        raise KnowledgeRefused(faults)
    return Snapshot(engine, engine.knowledge.digest, time.time())


def rehearse(settings: Settings) -> None:
    """Open and test the configured knowledge in a process of its own, at low priority.

    What it compiles is then in the cache, so that this process need not; and knowledge that ends
    or stalls a process ends that one. Raises KnowledgeRefused.
    """
    paths = {
        "ontology": [str(path.resolve()) for path in settings.ontology],
        "shapes": [str(path.resolve()) for path in settings.shapes],
        "cases": str(settings.cases.resolve()),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "api.rehearsal"],
            input=json.dumps(paths),
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=settings.reload_seconds,
            check=False,
        )
        faults = [Fault(*fault) for fault in json.loads(done.stdout)]
    except subprocess.TimeoutExpired:
        raise KnowledgeRefused([_unfinished("took too long to load.")]) from None
    except ValueError:
        raise KnowledgeRefused([_unfinished("ended the process that tried it.")]) from None
    if faults:
        raise KnowledgeRefused(faults)


def _unfinished(why: str) -> Fault:
    return Fault("knowledge", why, "Try it with ionm check.")


def self_test(engine: Engine, cases: Path) -> list[Fault]:
    """Return what is wrong with an engine: each case is to be determined, and silence decides nothing."""
    paths = sorted(cases.glob("*.json"))
    remedy = "Mend the knowledge, or the cases of the self-test."
    if not paths:
        return [Fault(str(cases), "holds no case.", "Set `cases` to a folder of cases in JSON.")]
    found = []
    try:
        if determine({}, engine).outcome != "indeterminate":
            found.append(Fault("self-test", "a case that says nothing was decided.", remedy))
    except KgEngineError as error:
        found.extend(error.faults)
    for path in paths:
        found.extend(_tried(path, engine, remedy))
    return found


def _tried(path: Path, engine: Engine, remedy: str) -> list[Fault]:
    try:
        answer = determine(read_case(path.read_bytes(), engine), engine)
    except KgEngineError as error:
        return [Fault(f"{path.name}: {f.place}", f.message, f.remedy) for f in error.faults]
    except Exception as error:  # noqa: BLE001  (whatever fails here must not serve)
        return [Fault(path.name, f"the self-test failed: {type(error).__name__}.", remedy)]
    if answer.document["human_review"] is not True:
        return [Fault(path.name, "no person was to review the answer.", remedy)]
    return []
