"""Tell what the record of a procedure must hold, before anyone asks: ``/v1/requirements``."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import describe
from api.forms import told
from api.reading import day, parameters, required
from api.refusals import Refused
from api.security import Caller, require
from api.service import service_of
from kg_engine import Engine, InputRefused
from kg_engine.questions import requirements

router = APIRouter(tags=["knowledge"])


@router.get(
    "/v1/requirements", operation_id="listRequirements", openapi_extra=describe.REQUIREMENTS
)
async def get_requirements(
    request: Request, _: Annotated[Caller, Depends(require("determine"))]
) -> Response:
    """List what the record of a procedure must hold under a policy on a date."""
    given = parameters(request, ("procedure", "service", "policy", "date"))
    day(given, "date")
    ask = partial(
        _ask,
        service_of(request).knowledge.current().engine,
        procedure=required(given, "procedure"),
        service=given.get("service"),
        policy=given.get("policy"),
        day=given.get("date"),
    )
    return told(await run_in_threadpool(ask))


def _ask(engine: Engine, **given: Any) -> dict[str, Any]:  # noqa: ANN401  (passed on as it is)
    try:
        return requirements(engine, **given)
    except InputRefused as refused:
        raise Refused("parameter", *refused.faults) from None
