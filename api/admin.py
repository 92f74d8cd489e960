"""Let an operator act on a service that runs: load new knowledge."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from api import describe
from api.problems import BodyNotWanted, KnowledgeNotTaken
from api.reloading import reload_knowledge
from api.security import Caller, require
from api.service import service_of
from kg_engine.errors import KnowledgeRefused

router = APIRouter(tags=["service"])


@router.post(
    "/admin/knowledge", operation_id="takeKnowledge", openapi_extra=describe.TAKE_KNOWLEDGE
)
async def post_knowledge(
    request: Request, caller: Annotated[Caller, Depends(require("admin"))]
) -> JSONResponse:
    """Load the configured knowledge beside, test it, and let it serve if it passes."""
    if request.url.query or await request.body():
        raise BodyNotWanted
    service = service_of(request)
    before = service.knowledge.current()
    try:
        found = await run_in_threadpool(reload_knowledge, service, caller.key_id)
    except KnowledgeRefused as refused:
        raise KnowledgeNotTaken(refused.faults) from None
    return JSONResponse({"digest": found.digest, "before": before.digest})
