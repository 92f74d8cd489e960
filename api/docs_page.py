"""Show the OpenAPI document as a page for people: ``/docs``. One file, no script, no other asset."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import describe
from api.openapi import Json, document_of
from api.pages import page, render

router = APIRouter(tags=["description"])
_LONGEST_EXAMPLE = 4_000


@router.get("/docs", operation_id="documentation", openapi_extra=describe.DOCUMENTATION)
async def get_docs(request: Request) -> Response:
    """Show what the service does as a page."""
    return page(await run_in_threadpool(lambda: render_docs(document_of(request))), "docs.css")


def render_docs(document: Json) -> str:
    """Return the page of an OpenAPI document."""
    operations: dict[str, list[Json]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tag = (operation["tags"] or ["service"])[0]
            shown = {**operation, "path": path, "method": method.upper()}
            operations.setdefault(tag, []).append(shown)
    return render(
        "docs.html", "docs.css", document=document, operations=operations,
        shown=_shown, type_of=_type_of,
    )  # fmt: skip


def _shown(value: object) -> str:
    """Return an example, as JSON where it is no text, cut where it is long."""
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    cut = text[:_LONGEST_EXAMPLE]
    return text if cut == text else cut.rpartition("\n")[0] + "\n… and more"


def _type_of(schema: Json) -> str:
    """Return the type of a schema in a word or two."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return json.dumps(schema["const"])
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return " or ".join(_type_of(one) for one in schema[key])
    kind: Any = schema.get("type", "any")
    if kind == "array" or (isinstance(kind, list) and "array" in kind):
        return f"list of {_type_of(schema.get('items', {}))}"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)
