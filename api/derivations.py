"""Tell why a statement of the knowledge holds: ``/v1/derivations``."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import describe_knowledge as describe
from api.envelope import share
from api.forms import JSON, PRIVATE, choose_form, told
from api.pages import page, render
from api.places import DERIVATIONS, term_place
from api.preflight import READ, allow_preflight
from api.reading import parameters, required
from api.refusals import Refused
from api.security import Caller, require
from api.service import service_of
from kg_engine.derivation_tree import derivation_tree, holds, tree_triples
from kg_engine.entailments import known_entailments
from kg_engine.errors import Fault
from kg_engine.knowledge import Knowledge
from kg_engine.manchester import expression
from kg_engine.prefixed import Prefixes
from kg_engine.store_terms import read_term
from kg_engine.term_rdf import JSON_LD, TURTLE, written
from kg_engine.term_view import known_prefixes
from kg_engine.terms import IRI, BNode, Term, Triple

HTML = "text/html"
FORMS = (JSON, HTML, TURTLE, JSON_LD)
STYLE = "knowledge.css"
MAX_TERM = 2_000
_PARTS = ("subject", "predicate", "object")
router = APIRouter(tags=["knowledge"], dependencies=[Depends(share)])
allow_preflight(router, DERIVATIONS)


@router.api_route(
    DERIVATIONS, methods=READ, operation_id="readDerivation", openapi_extra=describe.READ_DERIVATION
)
async def get_derivation(
    request: Request, _: Annotated[Caller, Depends(require("query"))]
) -> Response:
    """Tell why a statement holds: the rule and its premises, down to files and their sources."""
    given = parameters(request, _PARTS, longest=MAX_TERM)
    form = choose_form(request, FORMS)
    knowledge = service_of(request).knowledge.current().engine.knowledge
    asked = tuple(required(given, part) for part in _PARTS)
    return await run_in_threadpool(_answer, knowledge, asked, form)


def _answer(knowledge: Knowledge, asked: tuple[str, ...], form: str) -> Response:
    prefixes, entailments = known_prefixes(knowledge), known_entailments(knowledge)
    triple = _triple(asked, prefixes)
    if not holds(knowledge, entailments, triple):
        remedy = "Ask for a statement of nec:graph-asserted or nec:graph-inferred."
        raise Refused("unknown-statement", Fault("query", "holds nowhere here.", remedy))
    if form in (TURTLE, JSON_LD):
        text = written(tree_triples(knowledge, entailments, triple), form, prefixes.table)
        return Response(text, media_type=form, headers=PRIVATE)
    tree = derivation_tree(knowledge, entailments, triple)
    if form == JSON:
        about = {"version_iri": knowledge.version_iri, "digest": knowledge.digest}
        answer = told({**tree, "knowledge": about})
        answer.headers["Vary"] = "Accept"
        return answer
    text = render(
        "derivation.html", STYLE, tree=tree, knowledge=knowledge,
        tokens=partial(_tokens, knowledge, prefixes),
        place=partial(term_place, prefixes=prefixes),
    )  # fmt: skip
    return page(text, STYLE, PRIVATE)


def _tokens(knowledge: Knowledge, prefixes: Prefixes, spelled: str) -> object:
    """Return a term that a tree spells in N-Triples, as tokens for a page."""
    term = read_term(spelled)
    return expression(term, knowledge.everything, prefixes) if term is not None else ()


def _triple(asked: tuple[str, ...], prefixes: Prefixes) -> Triple:
    """Return the statement that is asked for.

    Raises Refused where a part is no term.
    """
    found = [_term(text, prefixes) for text in asked]
    wrong = [name for name, term in zip(_PARTS, found, strict=True) if term is None]
    s, p, o = found
    if not isinstance(p, IRI):
        wrong = sorted({*wrong, "predicate"})
    if not isinstance(s, (IRI, BNode)):
        wrong = sorted({*wrong, "subject"})
    if wrong or s is None or not isinstance(p, IRI) or o is None:
        remedy = "Give an IRI or a prefixed name; as object also a literal in N-Triples."
        faults = (Fault(f"query/{name}", "is no such term.", remedy) for name in wrong)
        raise Refused("parameter", *faults)
    return Triple(s, p, o)


def _term(text: str, prefixes: Prefixes) -> Term | None:
    if text.startswith(('"', "_:")):
        return read_term(text)
    return prefixes.expand(text)
