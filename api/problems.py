"""Say what went wrong as a problem document: the only place with status codes for errors.

Source: RFC 9457, Problem Details for HTTP APIs. A problem names places and remedies; it never
repeats what a client sent as a value.

Problem
├── CaseRefused         the case cannot be read, or breaks the shape of a record
├── HeadTooLarge        request line and headers are past their bound
├── BodyTooLarge        the body is past its limit
├── BodyTooSlow         the body did not come in time
├── EncodingRefused     the body is compressed
├── MediaTypeRefused    the body is in a form that is not read here
├── HostRefused         the service does not go by this name
├── KeyRequired         no key, or one that opens nothing
├── ScopeMissing        the key may not do this
├── TooManyRequests     the key has asked too often
├── Overloaded          too many requests are in work
├── Malformed           what came is no HTTP
├── PathRefused         the path holds what is no text
├── BodyNotWanted       the request may carry no body
├── Unavailable         a part of the service is out of order: nothing was done
├── KnowledgeNotTaken   new knowledge failed; the old one serves on
└── Failed              whatever nobody foresaw
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.logs import say
from kg_engine.errors import Fault, InputRefused, KgEngineError

MEDIA_TYPE = "application/problem+json"
BASE = "https://w3id.org/ionm/problem/"
CLOSE = {"Connection": "close"}


class Problem(HTTPException):
    """Carry what a problem document says: status, kind, title, and each fault with its remedy."""

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        title: str,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status.value, title, headers)
        self.kind = kind
        self.faults = tuple(faults)

    def document(self) -> dict[str, object]:
        """Return the problem document."""
        body: dict[str, object] = {
            "type": BASE + self.kind if self.kind else "about:blank",
            "title": self.detail,
            "status": self.status_code,
        }
        if self.faults:
            body["errors"] = [
                {"pointer": f.place, "detail": f.message, "remedy": f.remedy} for f in self.faults
            ]
        return body

    def response(self) -> JSONResponse:
        """Return the answer that says it."""
        headers = {"Cache-Control": "no-store", **(self.headers or {})}
        return JSONResponse(self.document(), self.status_code, headers, MEDIA_TYPE)


class CaseRefused(Problem):
    """Answer 400 for a case that cannot be read, 422 for one that breaks a record shape."""

    def __init__(self, refused: InputRefused, *, readable: bool) -> None:
        if readable:
            title = "The case was read, and breaks the shape of a record."
            status, kind = HTTPStatus.UNPROCESSABLE_ENTITY, "non-conforming-case"
        else:
            status, kind = HTTPStatus.BAD_REQUEST, "malformed-case"
            title = "The case cannot be read."
        super().__init__(status, kind, title, refused.faults)


class BodyTooLarge(Problem):
    """Answer 413: the rest of the body is not read."""

    def __init__(self, limit: int) -> None:
        fault = Fault("/", f"the body is larger than {limit} bytes.", "Send less at a time.")
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        super().__init__(status, "body-too-large", "The body is too large.", [fault])


class BodyTooSlow(Problem):
    """Answer 408, and close."""

    def __init__(self, seconds: float) -> None:
        fault = Fault("/", f"the body did not come within {seconds:g} seconds.", "Send it faster.")
        status = HTTPStatus.REQUEST_TIMEOUT
        super().__init__(status, "body-too-slow", "The body came too slowly.", [fault], CLOSE)


class EncodingRefused(Problem):
    """Answer 415: a compressed body may unfold without bound."""

    def __init__(self) -> None:
        fault = Fault("Content-Encoding", "is not read here.", "Send the body uncompressed.")
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        super().__init__(status, "content-encoding", "The body is compressed.", [fault])


class MediaTypeRefused(Problem):
    """Answer 415 and name the media types that are read."""

    def __init__(self, known: Sequence[str]) -> None:
        fault = Fault("Content-Type", "is not read here.", f"Send one of: {', '.join(known)}.")
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        super().__init__(status, "media-type", "The media type is not read.", [fault])


class HeadTooLarge(Problem):
    """Answer 431 to a request line and headers past their bound."""

    def __init__(self, limit: int) -> None:
        fault = Fault("/", f"the head is larger than {limit} bytes.", "Send less, or POST it.")
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        super().__init__(status, "head-too-large", "The head is too large.", [fault], CLOSE)


class HostRefused(Problem):
    """Answer 421: the request is for another name than the service's own."""

    def __init__(self) -> None:
        fault = Fault("Host", "is no name of this service.", "Its operator sets `hosts`.")
        status = HTTPStatus.MISDIRECTED_REQUEST
        super().__init__(status, "host", "The service does not go by this name.", [fault])


class KeyRequired(Problem):
    """Answer 401, the same whatever is wrong with the key."""

    def __init__(self) -> None:
        fault = Fault("Authorization", "names no key in force.", "Send: Authorization: Bearer KEY.")
        headers = {"WWW-Authenticate": 'Bearer realm="ionm"'}
        super().__init__(HTTPStatus.UNAUTHORIZED, "key", "A key is needed.", [fault], headers)


class ScopeMissing(Problem):
    """Answer 403 and name the scope that the key lacks."""

    def __init__(self, scope: str) -> None:
        fault = Fault("Authorization", f"the key lacks the scope {scope}.", "Ask for such a key.")
        headers = {
            "WWW-Authenticate": f'Bearer realm="ionm", error="insufficient_scope", scope="{scope}"'
        }
        super().__init__(
            HTTPStatus.FORBIDDEN, "scope", "The key may not do this.", [fault], headers
        )


class TooManyRequests(Problem):
    """Answer 429 and say when to come again."""

    def __init__(self, seconds: float) -> None:
        wait = str(max(1, math.ceil(seconds)))
        fault = Fault("Authorization", "asked too often.", f"Ask again in {wait} s.")
        status = HTTPStatus.TOO_MANY_REQUESTS
        super().__init__(status, "rate", "Too many requests.", [fault], {"Retry-After": wait})


class Overloaded(Problem):
    """Answer 503: the request was not begun."""

    def __init__(self) -> None:
        fault = Fault("/", "too many requests are in work.", "Ask again in 1 s.")
        status = HTTPStatus.SERVICE_UNAVAILABLE
        super().__init__(status, "overload", "The service is busy.", [fault], {"Retry-After": "1"})


class Unavailable(Problem):
    """Answer 503 and name the part that is out of order; nothing was done."""

    def __init__(self, part: str, remedy: str = "Ask the operator.") -> None:
        fault = Fault(part, "is out of order; nothing was done.", remedy)
        status = HTTPStatus.SERVICE_UNAVAILABLE
        title = "A part of the service is out of order."
        super().__init__(status, "unavailable", title, [fault], {"Retry-After": "5"})


class KnowledgeNotTaken(Problem):
    """Answer 409 with the faults of the new knowledge; the old one serves on."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        title = "The new knowledge was refused; the old one serves on."
        super().__init__(HTTPStatus.CONFLICT, "knowledge-refused", title, faults)


class BodyNotWanted(Problem):
    """Answer 400 where a request may carry no body."""

    def __init__(self) -> None:
        fault = Fault("/", "a body is not read here.", "Send none.")
        super().__init__(HTTPStatus.BAD_REQUEST, "body-not-wanted", "Send no body.", [fault])


class Malformed(Problem):
    """Answer 400 to what is no HTTP."""

    def __init__(self) -> None:
        fault = Fault("/", "is no request of HTTP/1.1.", "Send one of RFC 9112.")
        title = "The request cannot be read."
        super().__init__(HTTPStatus.BAD_REQUEST, "http", title, [fault], CLOSE)


class PathRefused(Problem):
    """Answer 404: a router may take a path with a line break at its end for one without."""

    def __init__(self) -> None:
        status = HTTPStatus.NOT_FOUND
        super().__init__(status, "", status.phrase)


class Failed(Problem):
    """Answer 500 without a word of what was being read."""

    def __init__(self) -> None:
        title = "The service failed; nothing was decided."
        super().__init__(HTTPStatus.INTERNAL_SERVER_ERROR, "", title)


def not_ready(reasons: Mapping[str, str]) -> JSONResponse:
    """Answer 503 with what stands in the way of being ready."""
    return JSONResponse(
        {"ready": False, "reasons": dict(reasons)}, HTTPStatus.SERVICE_UNAVAILABLE.value
    )


async def on_http_error(_: Request, error: Exception) -> JSONResponse:
    """Answer a problem, and what HTTP itself refuses: no such path, no such method."""
    assert isinstance(error, HTTPException)
    if isinstance(error, Problem):
        return error.response()
    status, faults = HTTPStatus(error.status_code), []
    if status == HTTPStatus.NOT_FOUND:
        faults = [Fault("path", "leads nowhere here.", "See /docs.")]
    elif status == HTTPStatus.METHOD_NOT_ALLOWED:
        known = (error.headers or {}).get("Allow", "another method")
        faults = [Fault("method", "is not answered here.", f"Send {known}; see /docs.")]
    return Problem(status, "", status.phrase, faults, error.headers).response()


async def on_ledger(_: Request, error: Exception) -> JSONResponse:
    """Answer 503 where the ledger keeps or tells nothing, and let the log say where and why."""
    assert isinstance(error, KgEngineError)
    say("ledger", logging.ERROR, faults=[str(fault) for fault in error.faults])
    return Unavailable("ledger", "Send the same request again later.").response()


async def on_invalid(_: Request, error: Exception) -> JSONResponse:
    """Answer 422 for parameters of the wrong form; the first two steps of a place are ours."""
    assert isinstance(error, RequestValidationError)
    faults = [
        Fault("/".join(map(str, one["loc"][:2])), "is not of the right form.", "See /docs.")
        for one in error.errors()
    ]
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return Problem(status, "parameters", "The parameters are not right.", faults).response()


async def on_failure(_: Request, __: Exception) -> JSONResponse:
    """Answer 500 without a word of what was being read."""
    return Failed().response()
