"""Hold what serves a request: settings, knowledge, ledger, keys, metrics, query workers."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from api.judges import Judges
from api.judging import Question
from api.keys import Keyring, open_keyring
from api.knowledge import KnowledgeHolder, open_snapshot, with_judges
from api.metrics import Metrics
from api.problems import Unavailable
from api.query_pool import QueryPool
from api.rates import Rates
from api.settings import Settings, SettingsRefused, base_url
from kg_engine.errors import Fault
from kg_engine.ledger import Ledger
from kg_engine.ledger_sqlite import open_ledger
from kg_engine.pipeline import JSON_MEDIA_TYPE

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
    pool: QueryPool
    rates: Rates
    query_time: Rates

    def close(self) -> None:
        """Close what holds files or processes."""
        self.pool.close()
        self.knowledge.close()
        self.ledger.close()


def open_service(settings: Settings) -> Service:
    """Open every part by the settings, the ledger first: where it is in use nothing else is begun.

    Raises KnowledgeRefused, LedgerUnavailable, LedgerBroken, or SettingsRefused where the folder
    of data is not fit.
    """
    open_data(settings.data)
    with ExitStack() as opened:
        ledger = open_ledger(settings.data)
        opened.callback(ledger.close)
        judges = Judges(settings.processes)
        snapshot = with_judges(settings, open_snapshot(settings), judges)
        metrics = Metrics()
        metrics.tell_knowledge(snapshot.digest, len(snapshot.engine.knowledge.everything))
        knowledge = KnowledgeHolder(settings, snapshot)
        service = Service(
            settings=settings,
            knowledge=knowledge,
            ledger=ledger,
            keys=open_keyring(settings.data),
            metrics=metrics,
            pool=open_pool(settings, metrics, knowledge),
            rates=Rates(settings.rate, settings.burst),
            query_time=Rates(settings.query_budget, settings.query_budget),
        )
        opened.pop_all()
    return service


def open_pool(settings: Settings, metrics: Metrics, knowledge: KnowledgeHolder) -> QueryPool:
    """Return the query workers of the knowledge that serves; they are raised meanwhile."""
    pool = QueryPool(settings, metrics, base_url(settings) + "/sparql")
    knowledge.join(pool.prepare)
    Thread(target=_raise_workers, args=(pool, knowledge), daemon=True).start()
    return pool


def _raise_workers(pool: QueryPool, knowledge: KnowledgeHolder) -> None:
    """Let cases be answered first: until then every core is wanted for that."""
    with suppress(Unavailable):
        knowledge.current().judge(Question(b"{}", JSON_MEDIA_TYPE))
    pool.open(knowledge.current())


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
