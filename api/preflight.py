"""Let a page of another origin ask with a key: a browser asks first whether it may."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Response

READ = ["GET", "HEAD"]


def allow_preflight(router: APIRouter, path: str, methods: Sequence[str] = READ) -> None:
    """Answer what a browser asks before it sends a request with a key to a path of a router."""
    headers = {
        "Allow": ", ".join([*methods, "OPTIONS"]),
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, If-None-Match",
        "Access-Control-Max-Age": "86400",
    }

    async def preflight() -> Response:
        return Response(status_code=204, headers=headers)

    router.add_api_route(path, preflight, methods=["OPTIONS"], include_in_schema=False)
