"""Say what is refused about determinations, reviews and questions: problems with their kinds.

They are problems as ``problems`` has them; here stand those that only these resources know.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from api.problems import Problem
from kg_engine.errors import Fault

KINDS: Mapping[str, tuple[HTTPStatus, str]] = {
    "parameter": (HTTPStatus.BAD_REQUEST, "A parameter or header is not read here."),
    "malformed-request": (HTTPStatus.BAD_REQUEST, "The request cannot be read."),
    "unknown-determination": (HTTPStatus.NOT_FOUND, "There is no such determination."),
    "unknown-term": (HTTPStatus.NOT_FOUND, "The knowledge holds no such term."),
    "unknown-statement": (HTTPStatus.NOT_FOUND, "The knowledge neither states nor infers it."),
    "not-acceptable": (HTTPStatus.NOT_ACCEPTABLE, "No accepted form can be given."),
    "idempotency-conflict": (HTTPStatus.CONFLICT, "The key was used for another request."),
    "knowledge-gone": (HTTPStatus.CONFLICT, "The knowledge of that time is not kept here."),
    "batch-too-large": (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The batch has too many cases."),
    "non-conforming-request": (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request was read, and is not of its form.",
    ),
    "query": (HTTPStatus.BAD_REQUEST, "The query is refused."),
    "result-too-large": (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The query was read, and asks for more than is given.",
    ),
    "query-killed": (HTTPStatus.SERVICE_UNAVAILABLE, "The query was ended by force."),
    "busy": (HTTPStatus.SERVICE_UNAVAILABLE, "Too many requests of this kind are in work."),
    "check-timed-out": (HTTPStatus.SERVICE_UNAVAILABLE, "The check took longer than it may."),
}
_WAIT = {"busy": "5", "query-killed": "60", "check-timed-out": "60"}


class Refused(Problem):
    """Refuse a request for a reason that has a kind of its own, with every fault found."""

    def __init__(self, kind: str, *faults: Fault) -> None:
        status, title = KINDS[kind]
        headers = {"Retry-After": _WAIT[kind]} if kind in _WAIT else None
        super().__init__(status, kind, title, faults, headers)
