"""Hold what serves a request: settings, knowledge, ledger, keys, metrics, query workers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Semaphore
from typing import TYPE_CHECKING, Any

from starlette.requests import HTTPConnection

from api.keys import Keyring, open_keyring
from api.knowledge import KnowledgeHolder, keep_knowledge, open_snapshot
from api.metrics import Metrics
from api.rates import Rates
from api.settings import Settings, SettingsRefused
from kg_engine.errors import Fault
from kg_engine.ledger import Ledger
from kg_engine.ledger_sqlite import open_ledger

if TYPE_CHECKING:
    from fastapi import FastAPI

TURNS = 2


@dataclass(frozen=True)
class Service:
    """Hold the parts of the service, made once when it starts."""

    settings: Settings
    knowledge: KnowledgeHolder
    ledger: Ledger
    keys: Keyring
    metrics: Metrics
    pool: Any
    rates: Rates
    turns: Semaphore = field(default_factory=lambda: Semaphore(TURNS))
    """Taken by a thread while it computes: more threads at once would only hinder each other."""

    def close(self) -> None:
        """Close what holds files or processes."""
        for part in (self.pool, self.ledger):
            if part is not None:
                part.close()


def open_service(settings: Settings) -> Service:
    """Open every part by the settings.

    Raises KnowledgeRefused, or SettingsRefused where the folder of data is not fit.
    """
    open_data(settings.data)
    snapshot = open_snapshot(settings)
    keep_knowledge(settings, snapshot.digest)
    metrics = Metrics()
    metrics.tell_knowledge(snapshot.digest, len(snapshot.engine.knowledge.everything))
    return Service(
        settings=settings,
        knowledge=KnowledgeHolder(settings, snapshot),
        ledger=open_ledger(settings.data),
        keys=open_keyring(settings.data),
        metrics=metrics,
        pool=None,
        rates=Rates(settings.rate, settings.burst),
        turns=Semaphore(settings.threads),
    )


def service_of(connection: HTTPConnection) -> Service:
    """Return the service that a request is for."""
    app: FastAPI = connection.app
    service = app.state.service
    assert isinstance(service, Service)
    return service


def open_data(folder: Path) -> None:
    """Make the folder of data for its owner alone. Raises SettingsRefused where it is not."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError as error:
        fault = Fault(f"data {folder}", f"cannot be made: {error.strerror}.", "Set `data`.")
        raise SettingsRefused([fault]) from error
    if status.st_mode & 0o077:
        remedy = f"chmod 700 {folder}"
        raise SettingsRefused([Fault(f"data {folder}", "is open to other users.", remedy)])
