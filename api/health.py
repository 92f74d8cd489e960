"""Say whether the process answers, whether it is ready for cases, and what it counted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.metrics import CONTENT_TYPE
from api.security import Caller, require
from api.service import service_of

router = APIRouter()


@router.get("/livez")
async def get_livez() -> Response:
    """Say that the process answers."""
    return Response("ok\n", media_type="text/plain")


@router.get("/metrics")
async def get_metrics(
    request: Request, _: Annotated[Caller, Depends(require("metrics"))]
) -> Response:
    """Answer with all figures in the text format of Prometheus."""
    return Response(service_of(request).metrics.text(), headers={"Content-Type": CONTENT_TYPE})
