"""Say whether the process answers, whether it is ready for cases, and what it counted."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from api import describe, problems
from api.metrics import CONTENT_TYPE
from api.readiness import readiness
from api.security import Caller, require
from api.service import service_of

router = APIRouter(tags=["service"])
PATIENCE = 5.0


@router.get("/livez", operation_id="isLive", openapi_extra=describe.LIVE)
async def get_livez() -> Response:
    """Say that the process answers."""
    return Response("ok\n", media_type="text/plain")


@router.get("/readyz", operation_id="isReady", openapi_extra=describe.READY)
async def get_readyz(request: Request) -> JSONResponse:
    """Say whether cases are answered, and what stands in the way."""
    service = service_of(request)
    if getattr(request.app.state, "stopping", False):
        return problems.not_ready({"service": "is stopping"})
    try:
        async with asyncio.timeout(PATIENCE):
            reasons = await run_in_threadpool(readiness, service)
    except TimeoutError:
        reasons = {"service": "does not keep up"}
    if reasons:
        return problems.not_ready(reasons)
    digest, queries = service.knowledge.current().digest, service.pool.state
    return JSONResponse({"ready": True, "knowledge": digest, "queries": queries})


@router.get("/metrics", operation_id="readMetrics", openapi_extra=describe.METRICS)
async def get_metrics(
    request: Request, _: Annotated[Caller, Depends(require("metrics"))]
) -> Response:
    """Answer with all figures in the text format of Prometheus."""
    service = service_of(request)
    service.metrics.tell_room(service.settings.data)
    service.metrics.ledger_head.set(service.ledger.head[0])
    return Response(service.metrics.text(), headers={"Content-Type": CONTENT_TYPE})
