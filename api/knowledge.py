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
from dataclasses import dataclass, replace
from typing import TypeAlias

from api.judges import Judges
from api.judging import Kept, Question, Verdict, judge
from api.self_test import self_test
from api.settings import ROOT, Settings
from kg_engine import Engine, KnowledgeRefused, open_engine
from kg_engine.errors import Fault
from kg_engine.snapshots import keep_snapshot

FEW = 4


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Hold one knowledge, ready for cases: engine, digest, since when it serves, where it is kept.

    Processes determine by it if there are any, else the thread that asks.
    """

    engine: Engine
    digest: str
    since: float
    judges: Judges | None = None
    kept: Kept | None = None

    def judge(self, question: Question) -> Verdict:
        """Determine a case. Raises Unavailable, JudgeFailed where a process ended or failed."""
        if self.judges is None:
            return judge(question, self.engine)
        return self.judges.judge(question)


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

    def close(self) -> None:
        """End the processes of the snapshot that serves; nobody may ask them any more."""
        if self._snapshot.judges is not None:
            self._snapshot.judges.close()

    def reload(self) -> Snapshot:
        """Load the configured knowledge beside, test it, and let it serve.

        Raises KnowledgeRefused with every fault; then the old snapshot serves on.
        """
        if not self._loading.acquire(blocking=False):
            raise KnowledgeRefused([Fault("knowledge", "is being loaded.", "Wait for its end.")])
        try:
            digest = rehearse(self._settings)
            opened = open_snapshot(self._settings, most=FEW)
            if opened.digest != digest:
                raise KnowledgeRefused([_unfinished("changed while it was loaded.")])
            found = _ready(self._settings, opened)
            swaps = [prepare(found) for prepare in self._preparations]
            self._snapshot = found
            for swap in swaps:
                swap()
            return found
        finally:
            self._loading.release()


def open_snapshot(settings: Settings, *, most: int | None = None) -> Snapshot:
    """Open the configured knowledge and test it on its cases, or on some. Raises KnowledgeRefused."""
    try:
        engine = open_engine(settings.ontology, settings.shapes)
    except OSError as error:
        fault = Fault("knowledge", f"cannot be read: {error.strerror}.", "Mend the paths.")
        raise KnowledgeRefused([fault]) from error
    if faults := self_test(engine, settings.cases, most):
        raise KnowledgeRefused(faults)
    return Snapshot(engine, engine.knowledge.digest, time.time())


def keep_knowledge(settings: Settings, digest: str) -> Kept:
    """Keep the configured knowledge under its digest; return where. Raises KnowledgeRefused."""
    found = keep_snapshot(settings.data, settings.ontology, settings.shapes, digest)
    return Kept(found.ontology, found.shapes)


def with_judges(settings: Settings, snapshot: Snapshot, judges: Judges) -> Snapshot:
    """Keep the knowledge of a snapshot, and let processes open it to determine by it.

    They are not waited for. Raises KnowledgeRefused.
    """
    kept = keep_knowledge(settings, snapshot.digest)
    judges.open(kept, snapshot.digest)
    return replace(snapshot, judges=judges, kept=kept)


def _ready(settings: Settings, snapshot: Snapshot) -> Snapshot:
    """Return a snapshot with processes that are ready. Raises KnowledgeRefused."""
    try:
        judges = Judges(settings.processes)
        found = with_judges(settings, snapshot, judges)
        judges.wait()
    except (EOFError, OSError):
        raise KnowledgeRefused([_unfinished("ended the process that was to serve it.")]) from None
    return found


def rehearse(settings: Settings) -> str:
    """Open and test the configured knowledge in a process of its own, and return its digest.

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
        told = json.loads(done.stdout)
    except OSError:
        raise KnowledgeRefused([_unfinished("could not be tried: no process starts.")]) from None
    except subprocess.TimeoutExpired:
        raise KnowledgeRefused([_unfinished("took too long to load.")]) from None
    except ValueError:
        raise KnowledgeRefused([_unfinished("ended the process that tried it.")]) from None
    if told["faults"]:
        raise KnowledgeRefused([Fault(*fault) for fault in told["faults"]])
    return str(told["digest"])


def _unfinished(why: str) -> Fault:
    return Fault("knowledge", why, "Try it with ionm check.")
