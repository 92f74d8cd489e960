"""Find terms of the knowledge by label, synonym, code or id: ``/v1/terms``."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import describe
from api.forms import told
from api.reading import number, parameters, required
from api.refusals import Refused
from api.security import Caller, require
from api.service import service_of
from kg_engine import InputRefused
from kg_engine.knowledge import Knowledge
from kg_engine.terms_search import MAX_TERMS, search_terms

router = APIRouter(tags=["knowledge"])


@router.get("/v1/terms", operation_id="searchTerms", openapi_extra=describe.TERMS)
async def get_terms(
    request: Request, _: Annotated[Caller, Depends(require("determine"))]
) -> Response:
    """List the terms that a query finds, the surest match first."""
    given = parameters(request, ("q", "kind", "limit"))
    search = partial(
        _search,
        service_of(request).knowledge.current().engine.knowledge,
        required(given, "q"),
        kind=given.get("kind"),
        limit=number(given, "limit", default=20, most=MAX_TERMS),
    )
    return told(await run_in_threadpool(search))


def _search(knowledge: Knowledge, query: str, *, kind: str | None, limit: int) -> dict[str, object]:
    try:
        return search_terms(knowledge, query, kind=kind, limit=limit)
    except InputRefused as refused:
        faults = (replace(fault, place=f"query/{fault.place}") for fault in refused.faults)
        raise Refused("parameter", *faults) from None
