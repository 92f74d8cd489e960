"""Read JSON text strictly: every fault at once, each with its path.

``json`` alone keeps the last of two equal keys, reads ``NaN``, and fails on deep nesting only
after it has tried. Source: RFC 8259; RFC 6901 for the paths.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass

from kg_engine.errors import Fault, InputRefused

MAX_BYTES = 1_048_576
MAX_DEPTH = 64
MAX_DIGITS = 15
MAX_FAULTS = 200
ROOT = "/"

_FORBIDDEN = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"
)
_BRACKETS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
_OPENING = frozenset(b"[{")
_CLOSING = frozenset(b"]}")


@dataclass(frozen=True, slots=True)
class _Refused:
    """Stand for a value that JSON text holds and that a record may not."""

    message: str
    remedy: str


class _Object(dict[str, object]):
    """Hold an object together with the keys that its text repeats."""

    __slots__ = ("repeated",)
    repeated: tuple[str, ...]

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        self.repeated = ()
        if len(self) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            self.repeated = tuple(key for key, count in counts.items() if count > 1)


def parse_json(data: bytes) -> object:
    """Parse JSON text into plain values: dict, list, str, int, float, bool, None.

    Takes at most 1 MB of UTF-8. Raises InputRefused, with a JSON path for each fault, for text
    that is too large, too deep or malformed, for a repeated key, NaN, an infinity, an integer
    of more than 15 digits, and for characters that hide text. Source: RFC 8259.
    """
    check_size(data)
    check_depth(data)
    faults: list[Fault] = []
    found = _plain(_loads(_decoded(data)), "", faults)
    refuse(faults)
    return found


def check_size(data: bytes) -> None:
    """Raise InputRefused if the bytes are more than a case may have."""
    if len(data) > MAX_BYTES:
        message = f"the case has {len(data)} bytes; {MAX_BYTES} are the most that is read."
        raise InputRefused([Fault(ROOT, message, "Send one case, without attachments.")])


def check_depth(data: bytes) -> None:
    """Raise InputRefused if JSON text nests deeper than 64, before a parser sees it."""
    depth = 0
    for match in _BRACKETS.finditer(data):
        first = data[match.start()]
        if first in _OPENING:
            depth += 1
            if depth > MAX_DEPTH:
                where = f"byte {match.start()}"
                message = f"objects and lists are nested more than {MAX_DEPTH} deep."
                raise InputRefused([Fault(where, message, "Flatten the record.")])
        elif first in _CLOSING:
            depth -= 1


def text_fault(text: str) -> str:
    """Return what is wrong with the characters of a text, or the empty string."""
    found = _FORBIDDEN.search(text)
    if found is None:
        return ""
    point = ord(found.group())
    if 0xD800 <= point <= 0xDFFF:
        return f"the text holds half a character (U+{point:04X})."
    kind = "direction" if point > 0x2000 else "control"
    return f"the text holds the {kind} character U+{point:04X}."


TEXT_REMEDY = "Take the character out: it is not seen on a screen and can hide what is."


def step(path: str, key: object) -> str:
    """Return the JSON path of a member, escaped (RFC 6901), cut short and safe to print."""
    safe = _FORBIDDEN.sub("\ufffd", str(key)[:120])
    return f"{path}/{safe.replace('~', '~0').replace('/', '~1')}"


def refuse(faults: list[Fault]) -> None:
    """Raise InputRefused if there are faults; past 200 the rest are counted, not listed."""
    if not faults:
        return
    listed = sorted(set(faults))
    rest = len(listed) - MAX_FAULTS
    if rest > 0:
        more = Fault(ROOT, f"{rest} more faults are not listed.", "Mend those listed first.")
        listed = [*listed[:MAX_FAULTS], more]
    raise InputRefused(listed)


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"byte {error.start}"
        fault = Fault(where, "the text is not UTF-8.", "Save the record as UTF-8.")
        raise InputRefused([fault]) from None


def _loads(text: str) -> object:
    try:
        return json.loads(
            text,
            object_pairs_hook=_Object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        fault = Fault(where, f"not JSON: {error.msg}.", "Mend the syntax at the place named.")
        raise InputRefused([fault]) from None


def _integer(digits: str) -> object:
    if len(digits.lstrip("-")) <= MAX_DIGITS:
        return int(digits)
    return _Refused(f"the number has more than {MAX_DIGITS} digits.", "Give a smaller number.")


def _number(digits: str) -> object:
    found = float(digits)
    return found if math.isfinite(found) else _constant("a number too large to hold")


def _constant(name: str) -> object:
    return _Refused(f"{name} is not a number that a record may hold.", "Leave the key out.")


def _plain(value: object, path: str, faults: list[Fault]) -> object:
    if isinstance(value, _Object):
        return _plain_object(value, path, faults)
    if isinstance(value, list):
        return [_plain(item, step(path, i), faults) for i, item in enumerate(value)]
    if isinstance(value, _Refused):
        faults.append(Fault(path or ROOT, value.message, value.remedy))
        return None
    if isinstance(value, str) and (message := text_fault(value)):
        faults.append(Fault(path or ROOT, message, TEXT_REMEDY))
    return value


def _plain_object(value: _Object, path: str, faults: list[Fault]) -> dict[str, object]:
    for key in value.repeated:
        faults.append(Fault(step(path, key), "the key stands twice.", "Keep one of the two."))
    for key in value:
        if message := text_fault(key):
            faults.append(Fault(step(path, key), message, TEXT_REMEDY))
    return {key: _plain(item, step(path, key), faults) for key, item in value.items()}
