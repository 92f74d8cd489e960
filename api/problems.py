"""Say what went wrong as a problem document: the only place with status codes for errors.

Source: RFC 9457, Problem Details for HTTP APIs. A problem names places and remedies; it never
repeats what a client sent as a value.
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from kg_engine import Fault, InputRefused

MEDIA_TYPE = "application/problem+json"
BASE = "https://w3id.org/ionm/problem/"


class CaseRefused(Exception):
    """Carry the faults of a refused case and whether it could be read at all."""

    def __init__(self, refused: InputRefused, *, readable: bool) -> None:
        super().__init__("case refused")
        self.faults = refused.faults
        self.readable = readable


class CaseTooLarge(Exception):
    """Stop reading a case that is past the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__("case too large")
        self.limit = limit


class MediaTypeRefused(Exception):
    """Refuse a case in a form that is not read here."""

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__("media type refused")
        self.known = known


async def on_case_refused(_: Request, error: Exception) -> JSONResponse:
    """Answer 400 for a case that cannot be read, 422 for one that breaks a record shape."""
    assert isinstance(error, CaseRefused)
    if not error.readable:
        return _problem(
            HTTPStatus.BAD_REQUEST, "malformed-case", "The case cannot be read.", error.faults
        )
    return _problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "non-conforming-case",
        "The case was read, and breaks the shape of a record.",
        error.faults,
    )


async def on_case_too_large(_: Request, error: Exception) -> JSONResponse:
    """Answer 413, and close: the rest of the body is not read."""
    assert isinstance(error, CaseTooLarge)
    fault = Fault("/", f"the body is larger than {error.limit} bytes.", "Send one case at a time.")
    answer = _problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "case-too-large", "The case is too large.", (fault,)
    )
    answer.headers["Connection"] = "close"
    return answer


async def on_media_type_refused(_: Request, error: Exception) -> JSONResponse:
    """Answer 415 and name the media types that are read."""
    assert isinstance(error, MediaTypeRefused)
    fault = Fault("Content-Type", "is not read here.", f"Send one of: {', '.join(error.known)}.")
    return _problem(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media-type", "The media type is not read.", (fault,)
    )


async def on_http_error(_: Request, error: Exception) -> JSONResponse:
    """Answer what HTTP itself refuses: no such path, no such method."""
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    answer = _problem(status, "", status.phrase)
    answer.headers.update(error.headers or {})
    return answer


async def on_failure(_: Request, __: Exception) -> JSONResponse:
    """Answer 500 without a word of what was being read."""
    return _problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "", "The service failed; nothing was decided."
    )


def _problem(
    status: HTTPStatus, kind: str, title: str, faults: tuple[Fault, ...] = ()
) -> JSONResponse:
    body: dict[str, object] = {
        "type": BASE + kind if kind else "about:blank",
        "title": title,
        "status": status.value,
    }
    if faults:
        body["errors"] = [
            {"pointer": f.place, "detail": f.message, "remedy": f.remedy} for f in faults
        ]
    return JSONResponse(body, status.value, {"Cache-Control": "no-store"}, MEDIA_TYPE)
