"""Make the service: its parts, its doors, and what every answer goes through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api import (
    admin,
    batches,
    checking,
    derivations,
    determinations,
    docs_page,
    health,
    openapi,
    policies,
    problems,
    requirements,
    reviews,
    sparql,
    term_pages,
    terms,
    what_if,
)
from api.envelope import Envelope
from api.limits import BodyLimits
from api.service import Service, open_service
from api.settings import Settings, load_settings
from kg_engine.errors import LedgerBroken, LedgerUnavailable

ROUTERS = (
    determinations.router,
    sparql.router,
    batches.router,
    checking.router,
    reviews.router,
    what_if.router,
    requirements.router,
    policies.router,
    terms.router,
    term_pages.router,
    derivations.router,
    openapi.router,
    docs_page.router,
    health.router,
    admin.router,
)
"""Routes are tried in this order: those asked most often come first."""


def create_app(settings: Settings | None = None, *, service: Service | None = None) -> FastAPI:
    """Make the application; without a service it opens one by the settings when it starts."""
    chosen = service.settings if service else settings or load_settings()
    app = FastAPI(
        title="ionm",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=_open,
    )
    app.state.settings, app.state.service = chosen, service
    app.add_exception_handler(HTTPException, problems.on_http_error)
    app.add_exception_handler(RequestValidationError, problems.on_invalid)
    for broken in (LedgerUnavailable, LedgerBroken):
        app.add_exception_handler(broken, problems.on_ledger)
    app.add_exception_handler(Exception, problems.on_failure)
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(BodyLimits, size=chosen.max_body, seconds=chosen.body_seconds)
    app.add_middleware(Envelope, hosts=(*chosen.hosts, chosen.host), most=chosen.max_requests)
    return app


@asynccontextmanager
async def _open(app: FastAPI) -> AsyncIterator[None]:
    if app.state.service is not None:
        yield
        return
    service = await run_in_threadpool(open_service, app.state.settings)
    app.state.service = service
    yield
    app.state.service = None
    await run_in_threadpool(service.close)
