"""Check a kept determination again: by the independent checker, and by deciding it anew."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any

from anyio import CapacityLimiter
from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import describe
from api.determinations import PATH
from api.forms import told
from api.keeping import kept_determination
from api.reading import parameters
from api.refusals import Refused
from api.security import Caller, require
from api.service import Service, service_of
from kg_engine import Fault
from kg_engine.ledger import Entry
from kg_engine.replay import files_named, replay
from kg_engine.snapshots import snapshot

router = APIRouter(tags=["determinations"])
ROOT = Path(__file__).resolve().parent.parent
LONGEST_SECONDS = 60.0
_AT_ONCE, _WAITING = 1, 4


@router.get(PATH + "/{id}/verify", operation_id="verify", openapi_extra=describe.VERIFY)
async def get_verify(
    id: str, request: Request, caller: Annotated[Caller, Depends(require("determine", "review"))]
) -> Response:
    """Check the proof of a determination with nothing of the engine that made it."""
    service = service_of(request)
    parameters(request, ())
    entry = await run_in_threadpool(kept_determination, service, caller, id)
    folder = await run_in_threadpool(_knowledge_of, service, entry)
    turnstile = _turnstile(request)
    if turnstile.statistics().tasks_waiting >= _WAITING:
        raise Refused("busy")
    async with turnstile:
        verdict = await _check(entry.content.encode(), folder)
    return told({"determination": entry.id, **verdict})


@router.get(PATH + "/{id}/replay", operation_id="replay", openapi_extra=describe.REPLAY)
async def get_replay(
    id: str, request: Request, caller: Annotated[Caller, Depends(require("determine", "review"))]
) -> Response:
    """Decide a kept case anew by the knowledge served now, and tell what differs."""
    service = service_of(request)
    parameters(request, ())
    entry = await run_in_threadpool(kept_determination, service, caller, id)
    engine = service.knowledge.current().engine
    found = await run_in_threadpool(replay, entry, engine)
    return told({"determination": entry.id, **found.as_json()})


def _knowledge_of(service: Service, entry: Entry) -> Path:
    """Return the folder of the knowledge by which a determination was made.

    Raises Refused where it is not kept.
    """
    document = json.loads(entry.content)
    files = files_named(document)
    kept = snapshot(service.settings.data, document["knowledge"]["digest"], files)
    if kept is None:
        fault = Fault("knowledge", "is not kept here.", "Restore the snapshot of its digest.")
        raise Refused("knowledge-gone", fault)
    return kept.home


async def _check(content: bytes, folder: Path) -> dict[str, Any]:
    """Run the checker in a process of its own, for a minute at most.

    Raises Refused where it takes longer or does not answer.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kg_engine.verify", "-", "--knowledge", str(folder),
        "--format", "json",
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            told, _ = await process.communicate(content)
        verdict: dict[str, Any] = json.loads(told)
    except (TimeoutError, ValueError):
        raise Refused("check-timed-out") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return verdict


def _turnstile(request: Request) -> CapacityLimiter:
    found = getattr(request.app.state, "checks", None)
    if found is None:
        found = request.app.state.checks = CapacityLimiter(_AT_ONCE)
    assert isinstance(found, CapacityLimiter)
    return found
