"""Answer a case with its determination."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import problems
from api.security import Caller, require
from api.service import Service, service_of
from kg_engine import Determination, Engine, InputRefused, determine, read_case
from kg_engine.pipeline import MEDIA_TYPES_READ

router = APIRouter()


@router.post("/v1/determinations")
async def post_determination(
    request: Request, _: Annotated[Caller, Depends(require("determine"))]
) -> Response:
    """Determine the case in the body and answer with the determination."""
    service = service_of(request)
    media_type = media_type_of(request)
    body = await request.body()
    found = await run_in_threadpool(_in_turn, service, body, media_type)
    service.metrics.determined(found.document)
    return Response(
        found.json(), media_type="application/json", headers={"Cache-Control": "no-store"}
    )


def media_type_of(request: Request) -> str:
    """Return the media type of a case. Raises MediaTypeRefused where it is not read."""
    given = request.headers.get("content-type", "application/json")
    media_type = given.partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES_READ:
        raise problems.MediaTypeRefused(MEDIA_TYPES_READ)
    return media_type


def _in_turn(service: Service, body: bytes, media_type: str) -> Determination:
    with service.turns:
        return _determine(body, media_type, service.knowledge.current().engine)


def _determine(body: bytes, media_type: str, engine: Engine) -> Determination:
    try:
        case = read_case(body, engine, media_type=media_type)
    except InputRefused as refused:
        raise problems.CaseRefused(refused, readable=False) from None
    try:
        return determine(case, engine)
    except InputRefused as refused:
        raise problems.CaseRefused(refused, readable=True) from None
