"""Tell what a change of a case would do: ``/v1/what-if``. Nothing of it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import describe
from api.forms import JSON, told
from api.problems import CaseRefused
from api.reading import media_type, parameters
from api.refusals import Refused
from api.security import Caller, require
from api.service import service_of
from kg_engine import Engine, Fault, InputRefused
from kg_engine.questions import what_if
from kg_engine.record import parse_json
from kg_engine.what_if import STATES, merge, restate

router = APIRouter(tags=["determinations"])
KEYS = ("case", "patch", "features", "policy")
FEATURE_STATES = (*STATES, "undocumented")
_MOST_FEATURES = 200


@router.post("/v1/what-if", operation_id="whatIf", openapi_extra=describe.WHAT_IF)
async def post_what_if(
    request: Request, _: Annotated[Caller, Depends(require("determine"))]
) -> Response:
    """Determine a case as it is and as it would be, and explain the difference."""
    parameters(request, ())
    media_type(request, (JSON,))
    body = await request.body()
    engine = service_of(request).knowledge.current().engine
    return told(await run_in_threadpool(_compare, body, engine))


def _compare(body: bytes, engine: Engine) -> dict[str, Any]:
    try:
        given = parse_json(body)
    except InputRefused as refused:
        raise Refused("malformed-request", *refused.faults) from None
    asked = _read(given)
    after = merge(asked["case"], asked.get("patch", {}))
    after = restate(after, asked["features"]) if "features" in asked else after
    try:
        return what_if(asked["case"], after, engine, policy=asked.get("policy"))
    except InputRefused as refused:
        raise CaseRefused(refused, readable=True) from None


def _read(given: object) -> dict[str, Any]:
    """Return the request if it has its form. Raises Refused with every fault."""
    if not isinstance(given, dict) or "case" not in given:
        remedy = f"Send an object with case, and with {' or '.join(KEYS[1:])}."
        fault = Fault("/case", "is missing.", remedy)
        raise Refused("non-conforming-request", fault)
    faults = []
    if set(given) - set(KEYS):
        faults.append(Fault("/", "holds a key that is not read.", f"Keys: {', '.join(KEYS)}."))
    if not isinstance(given.get("patch", {}), dict):
        faults.append(Fault("/patch", "is no object.", "Send a JSON merge patch of the case."))
    if not _are_features(given.get("features", {})):
        remedy = f"Give at most {_MOST_FEATURES} ids, each {', '.join(FEATURE_STATES)}."
        faults.append(Fault("/features", "is no object of states by feature id.", remedy))
    if not isinstance(given.get("policy", ""), str):
        faults.append(Fault("/policy", "is no text.", "Give the id of a policy."))
    if faults:
        raise Refused("non-conforming-request", *faults)
    return given


def _are_features(given: object) -> bool:
    return (
        isinstance(given, Mapping)
        and len(given) <= _MOST_FEATURES
        and all(state in FEATURE_STATES for state in given.values() if isinstance(state, str))
        and all(isinstance(state, str) for state in given.values())
    )
