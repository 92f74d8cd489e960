"""Serve determinations over HTTP: a case in, an explained answer out.

This is the small beginning of the service. Kept determinations, policies, SPARQL, metrics and
documentation pages come later; until then there is one resource, and nothing is stored.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from api import problems
from kg_engine import Determination, Engine, InputRefused, determine, open_engine, read_case
from kg_engine.pipeline import MEDIA_TYPES_READ

MAX_BYTES = 1_048_576


def create_app(engine: Engine | None = None) -> FastAPI:
    """Make the application; without an engine it opens the shipped knowledge when it starts."""
    app = FastAPI(title="ionm", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_open)
    app.state.engine = engine
    app.add_exception_handler(problems.CaseRefused, problems.on_case_refused)
    app.add_exception_handler(problems.CaseTooLarge, problems.on_case_too_large)
    app.add_exception_handler(problems.MediaTypeRefused, problems.on_media_type_refused)
    app.add_exception_handler(HTTPException, problems.on_http_error)
    app.add_exception_handler(Exception, problems.on_failure)
    app.add_api_route("/v1/determinations", post_determination, methods=["POST"])
    app.add_api_route("/livez", get_livez, methods=["GET"])
    return app


async def post_determination(request: Request) -> Response:
    """Determine the case in the body and answer with the determination."""
    media_type = _media_type(request)
    body = await _read_body(request)
    found = await run_in_threadpool(_determine, body, media_type, request.app.state.engine)
    return Response(
        found.json(), media_type="application/json", headers={"Cache-Control": "no-store"}
    )


async def get_livez() -> Response:
    """Say that the process answers."""
    return Response("ok\n", media_type="text/plain")


@asynccontextmanager
async def _open(app: FastAPI) -> AsyncIterator[None]:
    if app.state.engine is None:
        app.state.engine = await run_in_threadpool(open_engine)
    yield


def _media_type(request: Request) -> str:
    given = request.headers.get("content-type", "application/json")
    media_type = given.partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES_READ:
        raise problems.MediaTypeRefused(MEDIA_TYPES_READ)
    return media_type


async def _read_body(request: Request) -> bytes:
    """Read the body and stop as soon as it is too large, whatever its header claims."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise problems.CaseTooLarge(MAX_BYTES)
    return bytes(body)


def _determine(body: bytes, media_type: str, engine: Engine) -> Determination:
    try:
        case = read_case(body, engine, media_type=media_type)
    except InputRefused as refused:
        raise problems.CaseRefused(refused, readable=False) from None
    try:
        return determine(case, engine)
    except InputRefused as refused:
        raise problems.CaseRefused(refused, readable=True) from None
