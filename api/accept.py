"""Choose the form of an answer by what a client accepts. Source: RFC 9110, section 12.5.1."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_QUALITY = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\Z")
_RANGE = re.compile(r"[!#$&^_.+*A-Za-z0-9-]{1,100}/[!#$&^_.+*A-Za-z0-9-]{1,100}\Z")
_MOST_RANGES = 50


def choose(accept: str | None, offers: Sequence[str]) -> str | None:
    """Return the offer that a client likes best, the first of equals, or None for none.

    Takes the value of an Accept header; without one, and for one of spaces, all are as good. A
    range that cannot be read is passed over.
    """
    if accept is None or not accept.strip():
        return offers[0]
    ranges = list(_read(accept.split(",")[:_MOST_RANGES]))
    liked = [(_quality(offer, ranges), -place, offer) for place, offer in enumerate(offers)]
    quality, _, offer = max(liked)
    return offer if quality > 0 else None


def _read(parts: Iterable[str]) -> Iterable[tuple[str, float]]:
    for part in parts:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if not _RANGE.match(name):
            continue
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                quality = float(value) if _QUALITY.match(value.strip()) else 0.0
        yield name, quality


def _quality(offer: str, ranges: list[tuple[str, float]]) -> float:
    """Return the quality of an offer by the narrowest range that names it."""
    family = offer.partition("/")[0]
    for wanted in (offer, f"{family}/*", "*/*"):
        found = [quality for name, quality in ranges if name == wanted]
        if found:
            return max(found)
    return 0.0
