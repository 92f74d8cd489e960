"""Let the IRI of a term be looked up: ``/id/`` sends to a document about it under ``/doc/``.

Source: Cool URIs for the Semantic Web, section 4.2, https://www.w3.org/TR/cooluris/#r303gendocument
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import describe_knowledge as describe
from api.envelope import share
from api.forms import choose_form
from api.pages import page, render
from api.places import SUFFIXES, derivation_place, document_place, term_place
from api.preflight import READ, allow_preflight
from api.reading import parameters
from api.refusals import Refused
from api.security import Caller, require
from api.service import service_of
from kg_engine.entailments import known_entailments
from kg_engine.errors import Fault
from kg_engine.knowledge import Knowledge
from kg_engine.term_rdf import term_triples, written
from kg_engine.term_view import is_known, known_prefixes, view_term
from kg_engine.terms import IRI

HTML = "text/html"
STYLE = "knowledge.css"
TERM, DOCUMENT = "/id/{prefix}/{local:path}", "/doc/{prefix}/{file:path}"
router = APIRouter(tags=["knowledge"], dependencies=[Depends(share)])
allow_preflight(router, TERM)
allow_preflight(router, DOCUMENT)


@router.api_route(
    TERM, methods=READ, operation_id="lookUpTerm", openapi_extra=describe.LOOK_UP_TERM
)
async def get_term(
    prefix: str, local: str, request: Request, _: Annotated[Caller, Depends(require("query"))]
) -> Response:
    """Send from the name of a term to the document about it that the client likes best."""
    parameters(request, ())
    form = choose_form(request, tuple(SUFFIXES))
    knowledge = service_of(request).knowledge.current().engine.knowledge
    await run_in_threadpool(_known, knowledge, prefix, local)
    headers = {"Location": document_place(prefix, local, form), "Vary": "Accept",
               "Cache-Control": "no-store"}  # fmt: skip
    return Response(status_code=303, headers=headers)


@router.api_route(DOCUMENT, methods=READ, operation_id="readTerm", openapi_extra=describe.READ_TERM)
async def get_document(
    prefix: str, file: str, request: Request, _: Annotated[Caller, Depends(require("query"))]
) -> Response:
    """Give the document about a term in the form that its suffix names."""
    parameters(request, ())
    knowledge = service_of(request).knowledge.current().engine.knowledge
    local, dot, suffix = file.rpartition(".")
    form = next((f for f, known in SUFFIXES.items() if known == dot + suffix), None)
    if form is None:
        raise _unknown()
    return await run_in_threadpool(_document, knowledge, prefix, local, form)


def _document(knowledge: Knowledge, prefix: str, local: str, form: str) -> Response:
    term = _known(knowledge, prefix, local)
    entailments, prefixes = known_entailments(knowledge), known_prefixes(knowledge)
    if form != HTML:
        text = written(term_triples(knowledge, entailments, term), form, prefixes.table)
        return Response(text, media_type=form, headers={"Cache-Control": "no-store"})
    others = {f: document_place(prefix, local, f) for f in SUFFIXES if f != HTML}
    text = render(
        "term.html", STYLE, view=view_term(knowledge, entailments, term), others=others,
        place=partial(term_place, prefixes=prefixes), why=derivation_place,
        knowledge=knowledge,
    )  # fmt: skip
    return page(text, STYLE)


def _known(knowledge: Knowledge, prefix: str, local: str) -> IRI:
    term = known_prefixes(knowledge).join(prefix, local)
    if term is None or not is_known(knowledge, term):
        raise _unknown()
    return term


def _unknown() -> Refused:
    remedy = "Find terms by /v1/terms; the prefixes are those of the knowledge."
    return Refused("unknown-term", Fault("/", "names no term of the knowledge.", remedy))
