"""Answer up to 1,000 cases in one request, each on its own: ``/v1/batches``.

All answers are kept in one commit before any is given. A case that is refused has its own
problem among the answers and spoils no other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from anyio import CapacityLimiter
from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api import describe
from api.batch_text import NDJSON, cut
from api.determinations import PATH as DETERMINATIONS
from api.forms import JSON
from api.judging import Question
from api.keeping import Attempt, draft_of, judged, keep, recall
from api.limits import allow_body
from api.problems import CaseRefused
from api.reading import flag, idempotency_key, media_type, parameters, request_digest
from api.refusals import Refused
from api.security import Caller, require
from api.service import Service, service_of
from kg_engine.ledger import Draft, Entry

PATH = "/v1/batches"
FORMS = (JSON, NDJSON)
router = APIRouter(tags=["determinations"])
_AT_ONCE = 1
_WAITING = 4
_SHORT = ("case_id", "outcome", "headline", "next_step", "human_review", "possible_outcomes",
          "digest")  # fmt: skip
Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """The answers of a batch in order: a problem, or the entry of a determination."""

    answers: tuple[Item | Entry, ...]
    replayed: bool


class Turnstile:
    """Let one batch through at a time, and few wait, so that single cases are not held up."""

    def __init__(self) -> None:
        self.limiter = CapacityLimiter(_AT_ONCE)

    @property
    def full(self) -> bool:
        return self.limiter.statistics().tasks_waiting >= _WAITING


@router.post(PATH, operation_id="determineBatch", openapi_extra=describe.DETERMINE_BATCH)
async def post_batch(
    request: Request, caller: Annotated[Caller, Depends(require("determine"))]
) -> Response:
    """Determine every case of a batch, keep the answers, and give them."""
    service = service_of(request)
    given = parameters(request, ("full",))
    full, key = flag(given, "full"), idempotency_key(request)
    form = media_type(request, FORMS)
    allow_body(request, service.settings.max_batch_body)
    body = await request.body()
    attempt = Attempt(caller, key, request_digest(request, body, form))
    turnstile = _turnstile(request)
    if turnstile.full:
        raise Refused("busy")
    async with turnstile.limiter:
        batch = await run_in_threadpool(_answer, service, attempt, body, form)
    headers = {"Cache-Control": "no-store"}
    if batch.replayed:
        headers["Idempotency-Replayed"] = "true"
    return StreamingResponse(_told(batch, full=full), media_type=JSON, headers=headers)


def _turnstile(request: Request) -> Turnstile:
    found = getattr(request.app.state, "batches", None)
    if found is None:
        found = request.app.state.batches = Turnstile()
    assert isinstance(found, Turnstile)
    return found


def _answer(service: Service, attempt: Attempt, body: bytes, form: str) -> Batch:
    """Return the answers of a batch.

    The first entry of a batch with a key lists the places of its answers and its problems, so
    that the same request is answered by the same bytes.
    """
    known = recall(service, attempt)
    if known is not None:
        return _joined(json.loads(known.entries[0].content)["answers"], known.entries[1:], True)
    snapshot = service.knowledge.current()
    places: list[Item | None] = []
    drafts: list[Draft] = []
    for text in cut(body, form):
        try:
            (found,) = judged(service, snapshot, Question(text, JSON))
        except CaseRefused as refused:
            places.append(refused.document())
        else:
            places.append(None)
            drafts.append(draft_of(found))
    index = [_index(places)] if attempt.key else []
    if not drafts and not index:
        return _joined(places, (), False)
    kept = keep(service, attempt, index + drafts)
    return _joined(places, kept.entries[len(index) :], kept.replayed)


def _index(places: list[Item | None]) -> Draft:
    content = json.dumps({"event": "batch", "answers": places}, ensure_ascii=False)
    return Draft(kind="event", tenant="", content=content + "\n")


def _joined(places: list[Item | None], entries: tuple[Entry, ...], replayed: bool) -> Batch:
    left = iter(entries)
    return Batch(tuple(p if p is not None else next(left) for p in places), replayed)


def _told(batch: Batch, *, full: bool) -> Iterator[str]:
    """Yield the answer piece by piece; a determination is told in short, or in its own bytes."""
    yield '{"answers": ['
    for place, answer in enumerate(batch.answers):
        yield ",\n" if place else "\n"
        yield _one(place, answer, full=full)
    refused = sum(not isinstance(answer, Entry) for answer in batch.answers)
    counts = {"answered": len(batch.answers) - refused, "refused": refused}
    yield f'\n], "counts": {json.dumps(counts)}}}\n'


def _one(place: int, answer: Item | Entry, *, full: bool) -> str:
    if not isinstance(answer, Entry):
        told = {"index": place, "status": answer["status"], "problem": answer}
        return json.dumps(told, ensure_ascii=False)
    head = {"index": place, "status": 200, "id": answer.id,
            "location": f"{DETERMINATIONS}/{answer.id}"}  # fmt: skip
    if full:
        opened = json.dumps(head, ensure_ascii=False)[:-1]
        return f'{opened}, "determination": {answer.content.rstrip()}}}'
    document = json.loads(answer.content)
    short = {key: document[key] for key in _SHORT}
    short["reasons"] = [reason["id"] for reason in document["reasons"]]
    return json.dumps({**head, "determination": short}, ensure_ascii=False)
