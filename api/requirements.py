"""Tell what the record of a procedure must hold, before anyone asks: ``/v1/requirements``."""

from __future__ import annotations

from dataclasses import replace
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
from kg_engine import Engine, Fault, InputRefused
from kg_engine.questions import requirements

PARAMETERS = {
    "procedures": "procedure",
    "services": "service",
    "policy": "policy",
    "date_of_service": "date",
}
"""Which parameter fills a part of the record, so that a fault is told where it was sent."""

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
        raise Refused("parameter", *map(_as_sent, refused.faults)) from None


def _as_sent(fault: Fault) -> Fault:
    part = fault.place.strip("/").partition("/")[0]
    return replace(fault, place=f"query/{PARAMETERS.get(part, part)}")
