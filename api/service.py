"""Hold what serves a request: settings, knowledge, ledger, keys, metrics, query workers."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import HTTPConnection

from api.keys import Keyring, open_keyring
from api.knowledge import KnowledgeHolder, open_snapshot, with_judges
from api.metrics import Metrics
from api.rates import Rates
from api.settings import Settings, SettingsRefused
from kg_engine.errors import Fault
from kg_engine.ledger import Ledger
from kg_engine.ledger_sqlite import open_ledger

if TYPE_CHECKING:
    from fastapi import FastAPI


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

    def close(self) -> None:
        """Close what holds files or processes."""
        for part in (self.pool, self.knowledge.current().judges, self.ledger):
            if part is not None:
                part.close()


def open_service(settings: Settings) -> Service:
    """Open every part by the settings, the ledger first: where it is in use nothing else is begun.

    Raises KnowledgeRefused, LedgerUnavailable, LedgerBroken, or SettingsRefused where the folder
    of data is not fit.
    """
    open_data(settings.data)
    with ExitStack() as opened:
        ledger = open_ledger(settings.data)
        opened.callback(ledger.close)
        snapshot = with_judges(settings, open_snapshot(settings))
        metrics = Metrics()
        metrics.tell_knowledge(snapshot.digest, len(snapshot.engine.knowledge.everything))
        service = Service(
            settings=settings,
            knowledge=KnowledgeHolder(settings, snapshot),
            ledger=ledger,
            keys=open_keyring(settings.data),
            metrics=metrics,
            pool=None,
            rates=Rates(settings.rate, settings.burst),
        )
        opened.pop_all()
    return service


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
