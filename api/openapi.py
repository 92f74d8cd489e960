"""Write the OpenAPI document of the service from its own routes, shapes and answered examples.

Source: OpenAPI Specification 3.1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute, iter_route_contexts

from api import describe
from api.determinations import PATH
from api.forms import JSON
from api.schemas import schemas
from api.security import scopes_of
from api.service import service_of
from kg_engine import Engine, determine, read_case
from kg_engine.determination import engine_version

router = APIRouter(tags=["description"])
Json = dict[str, Any]
RDF_SUFFIXES = {"application/ld+json": ".jsonld", "text/turtle": ".ttl"}
_PLACE = re.compile(r"{(\w+)(?::\w+)?}")
_TAGS = {
    "determinations": "Cases in, explained answers out; every answer is kept.",
    "reviews": "What a licensed reviewer decides: the one way to a final answer.",
    "knowledge": "What is known, and why: policies, requirements, terms, derivations.",
    "service": "For its operator: whether it answers, what it counted, new knowledge.",
    "description": "This description.",
}
_ABOUT = (
    "Determines, from an ontology and with a checkable proof, whether monitoring was medically "
    "necessary. Educational, not clinically reviewed: an answer is advice to a licensed reviewer."
)


@router.get("/openapi.json", operation_id="describe", openapi_extra=describe.DESCRIBE)
async def get_openapi(request: Request) -> Response:
    """Give the OpenAPI document of this service."""
    document = await run_in_threadpool(document_of, request)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Response(text, media_type=JSON, headers={"Cache-Control": "no-cache"})


def document_of(request: Request) -> Json:
    """Return the OpenAPI document, made once for each knowledge that is served."""
    service, state = service_of(request), request.app.state
    snapshot = service.knowledge.current()
    digest, document = getattr(state, "described", ("", {}))
    if digest != snapshot.digest:
        contexts = iter_route_contexts(request.app.routes)
        found_ = (c.original_route for c in contexts)
        routes = [r for r in found_ if isinstance(r, APIRoute) and r.include_in_schema]
        document = describe_service(snapshot.engine, routes, service.settings.cases)
        state.described = (snapshot.digest, document)
    found: Json = document
    return found


def describe_service(engine: Engine, routes: Iterable[APIRoute], cases: Path) -> Json:
    """Return the OpenAPI document: every route once, with examples that the engine answered."""
    paths: Json = {}
    for route in routes:
        place = _PLACE.sub(r"{\1}", route.path)
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(place, {})[method.lower()] = _operation(route)
    described, answered = _examples(engine, cases)
    determining = json.loads(json.dumps(paths.get(PATH, {})))
    if "post" in determining:
        post = determining["post"]
        sent = post["requestBody"]["content"]
        sent[JSON]["examples"] = described
        for form, suffix in RDF_SUFFIXES.items():
            sent[form]["examples"] = _written(cases, form, suffix)
        post["responses"]["200"]["content"][JSON]["examples"] = answered
        paths[PATH] = determining
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ionm",
            "version": engine_version(),
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": about} for name, about in _TAGS.items()],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": schemas(engine.record_shapes),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: APIRoute) -> Json:
    """Return how one route is described, with the scopes of which a key needs one."""
    sentence = (route.description or route.name).partition("\n")[0]
    scopes = [s for asked in route.dependant.dependencies for s in scopes_of(asked.call)]
    needed = f"Needs a key with the scope {' or '.join(scopes)}." if scopes else "Needs no key."
    return {
        "operationId": route.operation_id or route.name,
        "summary": sentence.rstrip("."),
        "description": needed,
        "tags": list(route.tags),
        "security": [*({"bearer": [scope]} for scope in scopes), {}],
        **(route.openapi_extra or {}),
    }


def _examples(engine: Engine, cases: Path) -> tuple[Json, Json]:
    """Return the cases of a folder as examples, and the shortest answer of each outcome."""
    described: Json = {}
    shortest: dict[str, tuple[int, str, Any]] = {}
    for path in sorted(cases.glob("*.json")):
        case = read_case(path.read_bytes(), engine)
        described[path.stem] = {"summary": path.stem.replace("-", " "), "value": case}
        found = determine(case, engine)
        told_ = (len(found.json()), path.stem, found.document)
        shortest[found.outcome] = min(shortest.get(found.outcome, told_), told_, key=_length)
    answered = {
        outcome: {"summary": f"{outcome.replace('_', ' ')}: {stem}", "value": document}
        for outcome, (_, stem, document) in sorted(shortest.items())
    }
    return described, answered


def _written(cases: Path, form: str, suffix: str) -> Json:
    """Return the cases of a folder that are written in a form of RDF as examples."""
    found: Json = {}
    for path in sorted(cases.glob(f"*{suffix}")):
        text = path.read_text(encoding="utf-8")
        value = json.loads(text) if form.endswith("json") else text
        found[path.stem] = {"summary": path.stem.replace("-", " "), "value": value}
    return found


def _length(told_: tuple[int, str, Any]) -> tuple[int, str]:
    return told_[:2]
