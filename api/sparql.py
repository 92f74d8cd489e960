"""Answer SPARQL over the knowledge, asserted and inferred: ``/sparql``.

Source: SPARQL 1.1 Protocol, query operation. Queries only read; case data is not in the dataset.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from typing import Annotated

import pyoxigraph as ox
from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from api import describe_sparql
from api.accept import choose
from api.envelope import share
from api.problems import Problem, TooManyRequests, Unavailable
from api.query_pool import QueriesBusy, QueriesClosed, Reply
from api.query_run import QueryKilled
from api.refusals import Refused
from api.security import Caller, require
from api.service import Service, service_of
from api.sparql_forms import GRAPH_FORMS, SOLUTION_FORMS
from api.sparql_request import Asked, read_asked
from kg_engine import Fault, InputRefused
from kg_engine.query_gate import admit
from kg_engine.query_results import GRAPHS, QueryFailed, Question

PATH = "/sparql"
METHODS = ["GET", "HEAD", "POST"]
_VOLATILE = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID|BNODE)\b", re.IGNORECASE)
PREFIXES = {
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "void": "http://rdfs.org/ns/void#",
    "format": "http://www.w3.org/ns/formats/",
}
_REMEDIES = {
    "time": "Ask for less: bind more, or add a LIMIT to what is joined or sorted.",
    "memory": "Ask for less: sort, group or join fewer rows.",
    "crash": "Write the query more simply.",
}
router = APIRouter(tags=["knowledge"], dependencies=[Depends(share)])


@router.api_route(
    PATH,
    methods=["GET", "HEAD"],
    operation_id="query",
    openapi_extra=describe_sparql.GET_QUERY,
)
async def get_query(
    request: Request, caller: Annotated[Caller, Depends(require("query"))]
) -> Response:
    """Answer a query of the knowledge, or describe the service where none is sent."""
    return await _respond(request, caller)


@router.post(PATH, operation_id="postQuery", openapi_extra=describe_sparql.POST_QUERY)
async def post_query(
    request: Request, caller: Annotated[Caller, Depends(require("query"))]
) -> Response:
    """Answer a query of the knowledge."""
    return await _respond(request, caller)


@router.options(PATH, include_in_schema=False)
async def preflight() -> Response:
    """Tell a page of another origin what it may ask."""
    headers = {
        "Allow": ", ".join([*METHODS, "OPTIONS"]),
        "Access-Control-Allow-Methods": ", ".join(METHODS),
        "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, If-None-Match",
        "Access-Control-Max-Age": "86400",
    }
    return Response(status_code=204, headers=headers)


@router.get("/.well-known/void", operation_id="describeStatistics")
@router.get(f"{PATH}/.well-known/void", include_in_schema=False)
async def get_void(
    request: Request, caller: Annotated[Caller, Depends(require("query"))]
) -> Response:
    """Tell how much of what the knowledge holds, in VoID."""
    service = service_of(request)
    graph = _accepted(request, GRAPH_FORMS)
    asked = Asked(
        "CONSTRUCT WHERE { ?s ?p ?o }", (f"{service.pool.endpoint}/.well-known/void",), None
    )
    return await _answered(service, asked, ("", graph), caller)


async def _respond(request: Request, caller: Caller) -> Response:
    service = service_of(request)
    asked = await read_asked(request)
    forms = _accepted(request, SOLUTION_FORMS), _accepted(request, GRAPH_FORMS)
    if asked.text is None:
        return _description(service, forms[1])
    try:
        await run_in_threadpool(admit, asked.text)
    except InputRefused as refused:
        raise Refused("query", *refused.faults) from None
    tag = _tag(service, asked, forms)
    if tag and tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=_headers(tag))
    return await _answered(service, asked, forms, caller, tag)


async def _answered(
    service: Service, asked: Asked, forms: tuple[str, str], caller: Caller, tag: str = ""
) -> Response:
    reply = await answer(service, _question(asked, forms), caller)
    label = forms[1] if reply.form in GRAPHS else forms[0]
    return _response(reply, label or reply.form, _headers(tag))


def _description(service: Service, form: str) -> Response:
    """Return the service description, as a client asks for it by sending no query."""
    if not form:
        raise _problem(QueryFailed("form", "graph"))
    try:
        lines = service.pool.description
    except QueriesClosed:
        raise Unavailable("queries", "Ask again in a moment.") from None
    triples = (q.triple for q in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))
    text = ox.serialize(triples, format=GRAPHS[GRAPH_FORMS[form]], prefixes=PREFIXES)
    return _response(Reply(form, text or b"", None), form, _headers(""))


async def answer(service: Service, question: Question, caller: Caller) -> Reply:
    """Return the answer of a worker. Raises a Problem for none."""
    key = caller.key_id
    if key and (wait := service.query_time.wait(key, 0)):
        service.metrics.refused("query time")
        raise TooManyRequests(wait)
    try:
        return await service.pool.ask(
            question, key, lambda seconds: service.query_time.spend(key, seconds)
        )
    except QueryFailed as failed:
        raise _problem(failed) from None
    except QueryKilled as killed:
        fault = Fault("query", f"was ended for {killed.why}.", _REMEDIES.get(killed.why, ""))
        raise Refused("query-killed", fault) from None
    except QueriesBusy:
        raise Refused("busy", Fault(PATH, "too many queries wait.", "Ask again.")) from None
    except QueriesClosed:
        raise Unavailable("queries", "Ask again in a moment.") from None


def _question(asked: Asked, forms: tuple[str, str]) -> Question:
    return Question(
        asked.text or "",
        asked.default_graphs,
        asked.named_graphs,
        solutions=SOLUTION_FORMS.get(forms[0], ""),
        graph=GRAPH_FORMS.get(forms[1], ""),
    )


def _response(reply: Reply, label: str, headers: Mapping[str, str]) -> Response:
    kind = f"{label}; charset=utf-8" if label.startswith("text/") else label
    shown = {**headers, "Content-Type": kind}
    if reply.rest is None:
        return Response(reply.head, headers=shown)
    return StreamingResponse(_pieces(reply), headers=shown)


async def _pieces(reply: Reply) -> AsyncIterator[bytes]:
    """Yield a long answer; where it fails, the connection is broken off, never ended as if whole."""
    yield reply.head
    if reply.rest is not None:
        async for piece in reply.rest:
            yield piece


def _accepted(request: Request, forms: Mapping[str, str]) -> str:
    accept = request.headers.getlist("accept")
    return choose(", ".join(accept) if accept else None, tuple(forms)) or ""


def _tag(service: Service, asked: Asked, forms: tuple[str, str]) -> str:
    """Return what identifies an answer; none where it may differ from time to time."""
    if _VOLATILE.search(asked.text or ""):
        return ""
    parts = (service.knowledge.current().digest, repr(asked), *forms)
    return f'W/"{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"'


def _headers(tag: str) -> dict[str, str]:
    return {"Cache-Control": "no-cache", "Vary": "Accept"} | ({"ETag": tag} if tag else {})


def _problem(failed: QueryFailed) -> Problem:
    if failed.why == "form":
        known = GRAPH_FORMS if failed.about == "graph" else SOLUTION_FORMS
        remedy = f"Accept one of: {', '.join(known)}."
        return Refused("not-acceptable", Fault("Accept", "names no form given here.", remedy))
    if failed.why in ("rows", "bytes"):
        remedy = "Add a LIMIT, or ask for less."
        fault = Fault("query", f"its answer has more {failed.why} than are given.", remedy)
        return Refused("result-too-large", fault)
    about = "is not a SPARQL query" if failed.why == "syntax" else "cannot be answered"
    remedy = "Send one SPARQL 1.1 query; prefixes of the ontology are known."
    return Refused("query", Fault("query", f"{about}: {failed.about}.", remedy))
