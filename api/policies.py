"""Tell which policies there are and what of each is in force on a day: ``/v1/policies``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import describe
from api.forms import told
from api.reading import day, parameters
from api.security import Caller, require
from api.service import service_of
from kg_engine.policies import read_policies

router = APIRouter(tags=["knowledge"])


@router.get("/v1/policies", operation_id="listPolicies", openapi_extra=describe.POLICIES)
async def get_policies(
    request: Request, _: Annotated[Caller, Depends(require("determine"))]
) -> Response:
    """List the policies with their sources and dates."""
    as_of = day(parameters(request, ("as_of",)), "as_of")
    knowledge = service_of(request).knowledge.current().engine.knowledge
    return told(await run_in_threadpool(read_policies, knowledge, as_of))
