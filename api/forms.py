"""Give a kept determination in the form that a client accepts.

The JSON form is the bytes that were acknowledged; the other forms are made of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import Request, Response

from api.accept import choose
from api.refusals import Refused
from kg_engine import Engine, Fault
from kg_engine.ledger import Entry
from kg_engine.proof_rdf import proof_jsonld, proof_turtle

JSON, HTML = "application/json", "text/html"
PROOF = "application/vnd.ionm.proof+json"
_PROOF_KEYS = ("outcome", "record", "policy", "date_of_service", "knowledge", "engine",
               "case_digest", "digest", "proof")  # fmt: skip
PRIVATE = {"Cache-Control": "no-store", "Vary": "Accept"}


def represent(entry: Entry, engine: Engine, form: str) -> Response:
    """Return a determination in one of ``FORMS``."""
    if form == JSON:
        return Response(entry.content, media_type=JSON, headers=PRIVATE)
    text = _MADE[form](json.loads(entry.content), engine)
    headers = dict(PRIVATE)
    if form == HTML:
        headers["Content-Security-Policy"] = _page_policy(text)
    return Response(text, media_type=form, headers=headers)


def told(found: Mapping[str, object]) -> Response:
    """Return plain JSON values as an answer that nobody keeps on the way."""
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    return Response(text, media_type=JSON, headers={"Cache-Control": "no-store"})


def accepted_form(request: Request) -> str:
    """Return the form of a determination that a client likes best.

    Raises Refused, with the list of forms, for a client that accepts none of them.
    """
    return choose_form(request, FORMS)


def choose_form(request: Request, offers: Sequence[str]) -> str:
    """Return the one of some forms that a client likes best, the first of equals.

    Raises Refused, with the list of forms, for a client that accepts none of them.
    """
    accept = request.headers.getlist("accept")
    found = choose(", ".join(accept) if accept else None, offers)
    if found is None:
        remedy = f"Accept one of: {', '.join(offers)}."
        raise Refused("not-acceptable", Fault("Accept", "names no form given here.", remedy))
    return found


def _html(document: dict[str, Any], _: Engine) -> str:
    from kg_engine.report_html import render_html  # noqa: PLC0415  (loads the template engine)

    return render_html(document)


def _proof(document: dict[str, Any], _: Engine) -> str:
    kept = {key: document[key] for key in _PROOF_KEYS}
    return json.dumps(kept, indent=2, ensure_ascii=False) + "\n"


def _turtle(document: dict[str, Any], engine: Engine) -> str:
    return proof_turtle(document, engine.knowledge)


def _jsonld(document: dict[str, Any], _: Engine) -> str:
    return proof_jsonld(document)


def _page_policy(page: str) -> str:
    """Return the policy of a page: its own style by digest, and nothing else."""
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )


_MADE: Mapping[str, Callable[[dict[str, Any], Engine], str]] = {
    HTML: _html,
    "text/turtle": _turtle,
    "application/ld+json": _jsonld,
    PROOF: _proof,
}
FORMS = (JSON, *_MADE)
