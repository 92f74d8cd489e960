"""Record what a licensed reviewer decides of a determination: the one way to a final answer.

The service only advises. A final adverse outcome exists where a reviewer has recorded one, with a
name and a reason, and nowhere else.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import describe
from api.determinations import PATH
from api.forms import JSON, told
from api.keeping import Attempt, Kept, keep, kept_determination, recall
from api.reading import idempotency_key, media_type, parameters, request_digest
from api.refusals import Refused
from api.security import Caller, require
from api.service import Service, service_of
from kg_engine import Fault, InputRefused
from kg_engine.ledger import Draft, Entry
from kg_engine.record import parse_json

router = APIRouter(tags=["reviews"])
APPROVED, DENIED = "approved", "denied"
DECISIONS = (APPROVED, DENIED, "information_requested", "referred")
FINAL = (APPROVED, DENIED)
PENDING = "pending_review"
LONGEST = {"reviewer": 200, "reason": 4_000}
_KEYS = ("reviewer", "decision", "reason")
_HOME = PATH + "/{id}/reviews"


@router.post(_HOME, operation_id="review", status_code=201, openapi_extra=describe.REVIEW)
async def post_review(
    id: str, request: Request, caller: Annotated[Caller, Depends(require("review"))]
) -> Response:
    """Record a review of a determination."""
    service = service_of(request)
    parameters(request, ())
    key = idempotency_key(request)
    form = media_type(request, (JSON,))
    body = await request.body()
    attempt = Attempt(caller, key, request_digest(request, body, form))
    kept = await run_in_threadpool(_record, service, attempt, id, body)
    (entry,) = kept.entries
    headers = {"Cache-Control": "no-store", "Location": _HOME.format(id=id)}
    if kept.replayed:
        headers["Idempotency-Replayed"] = "true"
    text = json.dumps(_view(entry), indent=2, ensure_ascii=False) + "\n"
    return Response(text, status_code=201, media_type=JSON, headers=headers)


@router.get(_HOME, operation_id="listReviews", openapi_extra=describe.LIST_REVIEWS)
async def get_reviews(
    id: str, request: Request, caller: Annotated[Caller, Depends(require("review"))]
) -> Response:
    """List the reviews of a determination, and what is final."""
    parameters(request, ())
    found = await run_in_threadpool(_list, service_of(request), caller, id)
    return told(found)


def _record(service: Service, attempt: Attempt, id_: str, body: bytes) -> Kept:
    entry = kept_determination(service, attempt.caller, id_)
    known = recall(service, attempt)
    if known is not None:
        return known
    review = _read(body)
    document = json.loads(entry.content)
    review |= {
        "determination": entry.id,
        "digest": document["digest"],
        "advised_outcome": document["outcome"],
        "final": review["decision"] in FINAL,
    }
    content = json.dumps(review, ensure_ascii=False) + "\n"
    return keep(service, attempt, [Draft(kind="review", tenant="", content=content, about=id_)])


def _list(service: Service, caller: Caller, id_: str) -> dict[str, Any]:
    entry = kept_determination(service, caller, id_)
    reviews = [_view(r) for r in service.ledger.reviews(caller.tenant, id_)]
    final = [r["decision"] for r in reviews if r["final"]]
    return {
        "determination": entry.id,
        "advised_outcome": json.loads(entry.content)["outcome"],
        "final_outcome": final[-1] if final else PENDING,
        "reviews": reviews,
    }


def _view(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(entry.content)
    return {"id": entry.id, "at": entry.at, **found}


def _read(body: bytes) -> dict[str, Any]:
    """Read a review: all three keys, no other, each a text that says something.

    Raises Refused with every fault.
    """
    try:
        given = parse_json(body)
    except InputRefused as refused:
        raise Refused("malformed-request", *refused.faults) from None
    if not isinstance(given, dict):
        fault = Fault("/", "is no object.", f"Send an object with {', '.join(_KEYS)}.")
        raise Refused("non-conforming-request", fault)
    faults = [_unknown() for _ in set(given) - set(_KEYS)]
    for key, longest in LONGEST.items():
        value = given.get(key)
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            remedy = f"Give a text of 1 to {longest} characters."
            faults.append(Fault(f"/{key}", "is missing, empty or too long.", remedy))
    if given.get("decision") not in DECISIONS:
        remedy = f"Give one of: {', '.join(DECISIONS)}."
        faults.append(Fault("/decision", "is no decision.", remedy))
    if faults:
        raise Refused("non-conforming-request", *faults)
    return {key: given[key].strip() for key in _KEYS}


def _unknown() -> Fault:
    return Fault("/", "holds a key that a review does not have.", f"The keys: {', '.join(_KEYS)}.")
