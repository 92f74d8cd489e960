"""Answer cases, and give kept answers again: ``/v1/determinations``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import describe
from api.forms import JSON, accepted_form, represent
from api.judging import Question
from api.keeping import (
    Attempt,
    Kept,
    draft_of,
    judged,
    keep,
    kept_determination,
    note_triples,
    recall,
)
from api.problems import CaseRefused
from api.reading import flag, idempotency_key, media_type, parameters, request_digest
from api.security import Caller, require
from api.service import Service, service_of
from kg_engine.pipeline import MEDIA_TYPES_READ

PATH = "/v1/determinations"
router = APIRouter(tags=["determinations"])


@router.post(PATH, operation_id="determine", openapi_extra=describe.DETERMINE)
async def post_determination(
    request: Request, caller: Annotated[Caller, Depends(require("determine"))]
) -> Response:
    """Determine a case, keep the answer, and give it."""
    service = service_of(request)
    given = parameters(request, ("all_policies",))
    every, key = flag(given, "all_policies"), idempotency_key(request)
    form = media_type(request, MEDIA_TYPES_READ)
    body = await request.body()
    attempt = Attempt(caller, key, request_digest(request, body, form))
    kept = await run_in_threadpool(_answer, service, attempt, body, form, every)
    return _response(kept, every=every)


@router.get(
    PATH + "/{id}", operation_id="readDetermination", openapi_extra=describe.READ_DETERMINATION
)
async def get_determination(
    id: str, request: Request, caller: Annotated[Caller, Depends(require("determine", "review"))]
) -> Response:
    """Give a kept determination in the form that the client accepts."""
    service = service_of(request)
    parameters(request, ())
    form = accepted_form(request)
    entry = await run_in_threadpool(kept_determination, service, caller, id)
    engine = service.knowledge.current().engine
    answer = await run_in_threadpool(represent, entry, engine, form)
    answer.headers["Determination-Id"] = entry.id
    return answer


def _answer(service: Service, attempt: Attempt, body: bytes, form: str, every: bool) -> Kept:
    known = recall(service, attempt)
    if known is not None:
        return known
    try:
        found = judged(service, service.knowledge.current(), Question(body, form, every))
    except CaseRefused as refused:
        note_triples(service, attempt, refused)
        raise
    return keep(service, attempt, [draft_of(one) for one in found])


def _response(kept: Kept, *, every: bool) -> Response:
    """Return the kept bytes; ids stand in headers, so that the body is the same for all."""
    texts = [entry.content for entry in kept.entries]
    text = "[\n" + ",\n".join(t.rstrip("\n") for t in texts) + "\n]\n" if every else texts[0]
    headers = {
        "Cache-Control": "no-store",
        "Determination-Id": ", ".join(entry.id for entry in kept.entries),
    }
    if not every:
        home = f"{PATH}/{kept.entries[0].id}"
        headers |= {"Location": home, "Content-Location": home}
    if kept.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(text, media_type=JSON, headers=headers)
