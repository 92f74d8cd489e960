"""Load new knowledge into a service that runs, and tell logs and figures how it went."""

from __future__ import annotations

import logging
import time

from api.knowledge import Snapshot
from api.logs import say
from api.service import Service
from kg_engine.errors import KnowledgeRefused


def reload_knowledge(service: Service, actor: str) -> Snapshot:
    """Let new knowledge serve if it passes its tests. Raises KnowledgeRefused; the old serves on.

    ``actor`` is the identifier of the key that asked, or the name of a signal.
    """
    began = time.monotonic()
    try:
        found = service.knowledge.reload()
    except KnowledgeRefused as refused:
        service.metrics.reloads.labels("refused").inc()
        faults = [str(fault) for fault in refused.faults]
        say("knowledge refused", logging.ERROR, actor=actor, faults=faults)
        raise
    service.metrics.reloads.labels("taken").inc()
    service.metrics.tell_knowledge(found.digest, len(found.engine.knowledge.everything))
    took = round(time.monotonic() - began, 3)
    say("knowledge taken", actor=actor, digest=found.digest, seconds=took)
    return found
