"""Write logs as lines of JSON that hold no word of a case.

Of a request they tell route template, status, time and identifiers. Of an error they tell its type
and where in the code it was raised, never its message, which may quote what was being read. Of
other packages only the server may speak; for the rest the line names the logger and its level.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

OWN = "ionm"
_MAY_SPEAK = (OWN, "uvicorn")
_SILENT = ("rdflib", "rdflib.term", "pyshacl", "uvicorn.access")
_REQUEST_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FRAMES = 8
_ENCODER = json.JSONEncoder(default=str)


def start_logs(level: str, stream: TextIO | None = None) -> None:
    """Send every log of this process to a stream, standard error by default, as JSON lines."""
    channel = logging.StreamHandler(stream or sys.stderr)
    channel.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [channel]
    root.setLevel(level.upper())
    logging.raiseExceptions = False
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def say(event: str, level: int = logging.INFO, **facts: object) -> None:
    """Log an event of the service with plain facts; none of them may come out of a case."""
    logging.getLogger(OWN).log(level, event, extra={"facts": facts})


def say_failure(event: str, error: BaseException, **facts: object) -> None:
    """Log a failure by the type of its error and the places that it went through."""
    say(event, logging.ERROR, error=type(error).__name__, at_code=places(error), **facts)


def request_id(presented: str | None) -> str:
    """Return the identifier of a request: the client's if it is a UUID, else a new random one."""
    if presented is not None and _REQUEST_ID.fullmatch(presented):
        return presented
    return secrets.token_hex(16)


def places(error: BaseException) -> list[str]:
    """Return the last places that an error went through, as file:line function."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]


class JsonLines(logging.Formatter):
    """Write a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"at": at, "level": record.levelname.lower()}
        if record.name.partition(".")[0] in _MAY_SPEAK:
            line["event"] = record.getMessage()
        else:
            line |= {"event": "log of a library", "logger": record.name}
        facts = getattr(record, "facts", None)
        if isinstance(facts, Mapping):
            line |= facts
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line |= {"error": type(error).__name__, "at_code": places(error)}
        return _ENCODER.encode(line)
