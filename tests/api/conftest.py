"""Share a service on the engine of the session, and a way to ask it through the ASGI door."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.keys import open_keyring
from api.knowledge import KnowledgeHolder, Snapshot, keep_knowledge
from api.main import create_app
from api.metrics import Metrics
from api.query_pool import QueryPool
from api.rates import Rates
from api.service import Service
from api.settings import Settings, load_settings
from kg_engine import Engine
from kg_engine.ledger_sqlite import open_ledger


def settings_in(folder: Path, **given: Any) -> Settings:
    """Return settings for a test: data in a folder of its own, and no keys asked."""
    return dataclasses.replace(load_settings(data=folder, auth=False), **given)


def service_on(engine: Engine, settings: Settings) -> Service:
    """Return a service on an engine that is open already."""
    settings.data.mkdir(mode=0o700, exist_ok=True)
    snapshot = Snapshot(engine, engine.knowledge.digest, time.time())
    keep_knowledge(settings, snapshot.digest)
    metrics = Metrics()
    return Service(
        settings=settings,
        knowledge=KnowledgeHolder(settings, snapshot),
        ledger=open_ledger(settings.data),
        keys=open_keyring(settings.data),
        metrics=metrics,
        pool=QueryPool(settings, metrics, "http://localhost/sparql"),
        rates=Rates(settings.rate, settings.burst),
        query_time=Rates(settings.query_budget, settings.query_budget),
    )


def send(app: FastAPI, method: str, path: str, **options: Any) -> httpx.Response:
    """Send one request to the application and return its answer."""

    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, **options)

    return asyncio.run(run())


@pytest.fixture(scope="module")
def service(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return a service on the engine of the session, without keys."""
    found = service_on(engine, settings_in(tmp_path_factory.mktemp("service") / "data"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def app(service: Service) -> FastAPI:
    """Return the application on that service."""
    return create_app(service=service)
