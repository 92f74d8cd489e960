"""Read what a request brings, strictly: media type, query parameters, idempotency key.

What is refused is named by its place; nothing that a client sent is repeated.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Sequence

from fastapi import Request

from api.problems import MediaTypeRefused
from api.refusals import Refused
from kg_engine import Fault

MAX_PARAMETER = 200
_KEY = re.compile(r"[\x21-\x7e]{1,255}\Z")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_FLAGS = {"": True, "true": True, "1": True, "false": False, "0": False}


def media_type(request: Request, known: Sequence[str]) -> str:
    """Return the media type of the body, the first known one where none is given.

    Raises MediaTypeRefused for a body in another form.
    """
    given = request.headers.get("content-type", known[0])
    found = given.partition(";")[0].strip().lower()
    if found not in known:
        raise MediaTypeRefused(known)
    return found


def parameters(
    request: Request, known: Sequence[str], *, longest: int = MAX_PARAMETER
) -> dict[str, str]:
    """Return the query parameters by name.

    Raises Refused for one that is not known, given twice, too long, or not plain text.
    """
    faults: list[Fault] = []
    given = request.query_params.multi_items()
    names = [name for name, _ in given]
    if set(names) - set(known):
        listed = f"The parameters are: {', '.join(known)}." if known else "Leave it out."
        faults.append(Fault("query", "holds a parameter that is not read here.", listed))
    for name in known:
        values = [value for key, value in given if key == name]
        if len(values) > 1:
            faults.append(Fault(f"query/{name}", "is given more than once.", "Give it once."))
        elif values and (len(values[0]) > longest or not _plain(values[0])):
            remedy = f"Give at most {longest} characters of plain text."
            faults.append(Fault(f"query/{name}", "is too long, or holds what is no text.", remedy))
    if faults:
        raise Refused("parameter", *faults)
    return dict(given)


def required(given: dict[str, str], name: str) -> str:
    """Return a parameter that must be there and say something.

    Raises Refused where it does not.
    """
    if not given.get(name, "").strip():
        raise Refused("parameter", Fault(f"query/{name}", "is missing or empty.", "Give it."))
    return given[name]


def flag(given: dict[str, str], name: str) -> bool:
    """Return a parameter that is true or false; named alone it is true.

    Raises Refused for any other value.
    """
    if name not in given:
        return False
    value = given[name].lower()
    if value not in _FLAGS:
        fault = Fault(f"query/{name}", "is neither true nor false.", "Write true or false.")
        raise Refused("parameter", fault)
    return _FLAGS[value]


def day(given: dict[str, str], name: str) -> datetime.date | None:
    """Return a parameter that is a date.

    Raises Refused for what is none.
    """
    if name not in given:
        return None
    try:
        found = datetime.date.fromisoformat(given[name]) if _DAY.match(given[name]) else None
    except ValueError:
        found = None
    if found is None:
        fault = Fault(f"query/{name}", "is no day of the calendar.", "Write it as YYYY-MM-DD.")
        raise Refused("parameter", fault)
    return found


def number(given: dict[str, str], name: str, *, default: int, most: int) -> int:
    """Return a parameter that is a whole number from 1 on.

    Raises Refused for what is none, or more than ``most``.
    """
    text = given.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= most:
        fault = Fault(f"query/{name}", "is no such number.", f"Give a number from 1 to {most}.")
        raise Refused("parameter", fault)
    return int(text)


def idempotency_key(request: Request) -> str:
    """Return the idempotency key of a request, empty where it has none.

    Raises Refused for one that is given twice or holds anything but visible ASCII.
    """
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        return ""
    if len(keys) > 1 or not _KEY.match(keys[0]):
        remedy = "Give one key of 1 to 255 visible ASCII characters, without spaces."
        raise Refused("parameter", Fault("Idempotency-Key", "is not read here.", remedy))
    return keys[0]


def request_digest(request: Request, body: bytes, form: str) -> str:
    """Return what identifies a request: its path, query, form and body."""
    found = hashlib.sha256()
    for part in (request.url.path.encode(), request.url.query.encode(), form.encode(), body):
        found.update(len(part).to_bytes(8, "big") + part)
    return "sha256:" + found.hexdigest()


def _plain(text: str) -> bool:
    return all(c.isprintable() for c in text)
