"""Answer SPARQL over the knowledge, asserted and inferred: ``/sparql``.

Source: SPARQL 1.1 Protocol, query operation. Queries only read; case data is not in the dataset.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Annotated

import pyoxigraph as ox
from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from api import describe_sparql
from api.accept import choose
from api.envelope import Broken, share
from api.preflight import READ, allow_preflight
from api.problems import Unavailable
from api.query_pool import QueriesClosed, Reply
from api.query_run import QueryKilled
from api.security import Caller, require
from api.service import Service, service_of
from api.sparql_answers import answer, problem_of
from api.sparql_forms import GRAPH_FORMS, SOLUTION_FORMS
from api.sparql_pages import EXAMPLES, HTML, endpoint_page, found_page
from api.sparql_request import Asked, read_asked
from kg_engine.query_results import GRAPHS, QueryFailed, Question

PATH, STATISTICS = "/sparql", "/.well-known/void"
METHODS = [*READ, "POST"]
LOOK_SECONDS = 0.2
_VOLATILE = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID|BNODE)\b", re.IGNORECASE)
PREFIXES = {
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "void": "http://rdfs.org/ns/void#",
    "format": "http://www.w3.org/ns/formats/",
}
router = APIRouter(tags=["knowledge"], dependencies=[Depends(share)])
allow_preflight(router, PATH, METHODS)
for _path in (STATISTICS, PATH + STATISTICS):
    allow_preflight(router, _path)


@router.api_route(
    PATH,
    methods=READ,
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


@router.api_route(
    STATISTICS,
    methods=READ,
    operation_id="describeStatistics",
    openapi_extra=describe_sparql.STATISTICS,
)
@router.api_route(PATH + STATISTICS, methods=READ, include_in_schema=False)
async def get_void(request: Request, _: Annotated[Caller, Depends(require("query"))]) -> Response:
    """Tell how much of what the knowledge holds, in VoID."""
    form = _accepted(request, GRAPH_FORMS)
    return await run_in_threadpool(_description, service_of(request), "void", form)


async def _respond(request: Request, caller: Caller) -> Response:
    service = service_of(request)
    asked = await read_asked(request)
    forms = _accepted(request, SOLUTION_FORMS), _accepted(request, GRAPH_FORMS)
    if asked.text is None:
        return await _describe(service, forms[1], caller)
    mark = "" if request.method == "POST" else _mark(asked, forms)
    tag = _tag(service.pool.content, mark)
    if _has(request, tag):
        return Response(status_code=304, headers=_headers(tag))
    answered = _answered(service, asked, forms, caller, mark)
    return await _unless_left(request, answered)


async def _unless_left(request: Request, work: Coroutine[None, None, Response]) -> Response:
    """Return what some work answers; it ends where its client goes away, and holds no worker."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=LOOK_SECONDS))[0]:
            if await request.is_disconnected():
                raise ClientDisconnect
    finally:
        task.cancel()
    return task.result()


async def _answered(
    service: Service, asked: Asked, forms: tuple[str, str], caller: Caller, mark: str
) -> Response:
    reply = await answer(service, _question(asked, forms), caller)
    label = (forms[1] if reply.form in GRAPHS else forms[0]) or reply.form
    if label != HTML:
        return _response(reply, label, _headers(_tag(reply.content, mark)))
    reply.leave()
    return await run_in_threadpool(
        found_page, service.knowledge.current().engine.knowledge, service.pool.endpoint,
        asked.text or "", reply.form, reply.head, whole=reply.rest is None,
    )  # fmt: skip


async def _describe(service: Service, form: str, caller: Caller) -> Response:
    """Return the service description, as a client asks for it by sending no query."""
    if form != HTML:
        return await run_in_threadpool(_description, service, "service", form)
    examples = await answer(service, Question(EXAMPLES), caller)
    knowledge = service.knowledge.current().engine.knowledge
    return await run_in_threadpool(
        endpoint_page, knowledge, service.pool.endpoint, _told(service, "service"), examples.head
    )


def _description(service: Service, what: str, form: str) -> Response:
    if not form:
        raise problem_of(QueryFailed("form", "graph"))
    label = form if form != HTML else GRAPH_FORMS[form]
    triples = (q.triple for q in ox.parse(_told(service, what), format=ox.RdfFormat.N_TRIPLES))
    text = ox.serialize(triples, format=GRAPHS[GRAPH_FORMS[form]], prefixes=PREFIXES)
    return _response(Reply(label, text or b""), label, _headers(""))


def _told(service: Service, what: str) -> str:
    try:
        return service.pool.described(what)
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
    return _LongAnswer(reply, shown)


class _LongAnswer(StreamingResponse):
    """Give a long answer; its query ends with it, even where nobody ever began to read."""

    def __init__(self, reply: Reply, headers: Mapping[str, str]) -> None:
        super().__init__(_pieces(reply), headers=headers)
        self._reply = reply

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._reply.leave()


async def _pieces(reply: Reply) -> AsyncIterator[bytes]:
    """Yield a long answer; where it fails, the connection is broken off, never ended as if whole."""
    yield reply.head
    if reply.rest is None:
        return
    try:
        async for piece in reply.rest:
            yield piece
    except (QueryFailed, QueryKilled):  # no fault of the service
        raise Broken from None


def _accepted(request: Request, forms: Mapping[str, str]) -> str:
    accept = request.headers.getlist("accept")
    return choose(", ".join(accept) if accept else None, tuple(forms)) or ""


def _mark(asked: Asked, forms: tuple[str, str]) -> str:
    """Return what identifies a question; nothing where its answer may differ by the time."""
    if _VOLATILE.search(asked.text or ""):
        return ""
    return hashlib.sha256(chr(0).join((repr(asked), *forms)).encode()).hexdigest()


def _tag(content: str, mark: str) -> str:
    """Return what identifies an answer from some content; none where one of both is not known."""
    if not content or not mark:
        return ""
    return f'W/"{hashlib.sha256(f"{content} {mark}".encode()).hexdigest()[:32]}"'


def _has(request: Request, tag: str) -> bool:
    """Say whether a client names a tag as one that it has. Source: RFC 9110, section 13.1.2."""
    given = ",".join(request.headers.getlist("if-none-match")).split(",")
    return bool(tag) and tag.removeprefix("W/") in {one.strip().removeprefix("W/") for one in given}


def _headers(tag: str) -> dict[str, str]:
    return {"Cache-Control": "no-cache", "Vary": "Accept"} | ({"ETag": tag} if tag else {})
