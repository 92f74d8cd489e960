"""Make pages for people: one file each, no script, no other asset, and a policy that says so."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from fastapi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def render(template: str, style: str, **values: object) -> str:
    """Return a page of a template; ``style`` names its sheet, which stands in the page."""
    return _environment().get_template(template).render(style=_style(style), **values)


def page(text: str, style: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a page as an answer, with a policy that admits its own style and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style(style).encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    always = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return Response(text, media_type="text/html", headers=always | dict(headers or {}))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


@cache
def _style(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")
