"""Arrange a determination's document for a reader: words, order and citations, no new claim.

Every page, in a terminal or in a browser, is made from this one arrangement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]

UNVERIFIED = "unverified"
SIGNS = {"met": "✓", "not_met": "✗", "unknown": "?", "not_applicable": "–"}
OUTCOME_SIGNS = {"necessary": "✓", "not_necessary": "✗", "indeterminate": "?"}
NO_COMPARATOR = "uncontrolled series: nothing is compared, so the figure shows no effect"
ADVICE = "This answer advises. A licensed reviewer decides."
PRESUMPTION = "if nothing more is present and the missing documentation is supplied"
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ASIDE = frozenset({"id", "policy", "date_of_service"})
_NAMING = ("code", "system", "text")


@dataclass(frozen=True, slots=True)
class Cited:
    """One source with the number under which a page cites it."""

    number: int
    title: str
    about: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rates that one study compares: the only figures that may be drawn side by side."""

    measure: str
    unit: str
    with_: float
    without: float
    verification: str


class Bibliography:
    """Number the sources of a document in the order in which a page first cites them."""

    def __init__(self, document: Json) -> None:
        self._numbers: dict[str, int] = {}
        self.sources: list[Cited] = []
        for member in ("steps", "recommendations", "evidence"):
            for entry in document[member]:
                for source in entry["sources"]:
                    self._add(source)

    def numbers(self, sources: Iterable[Json]) -> list[int]:
        """Return the numbers of some sources, in order, each once."""
        return sorted({self._numbers[_source_key(s)] for s in sources})

    def _add(self, source: Json) -> None:
        key = _source_key(source)
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers) + 1
            cited = Cited(
                self._numbers[key], str(source.get("title", source["id"])), _about(source)
            )
            self.sources.append(cited)


def _source_key(source: Json) -> str:
    return f"{source['id']}|{source.get('title', '')}"


def _about(source: Json) -> str:
    said = [", ".join(source.get("issuer", [])), str(source.get("issued", ""))]
    start, end = source.get("in_force_from"), source.get("in_force_until")
    if start or end:
        said.append(f"in force {start or '…'} to {end or 'now'}")
    said.append(f"seen: {words(source['verification'])}" if source.get("verification") else "")
    if source.get("missing_from_list"):
        said.append("cited, but missing from the source's own list")
    return "; ".join(part for part in said if part)


def words(token: str | None) -> str:
    """Return a stable id as words: ``not_met`` is ``not met``."""
    return (token or "none").replace("_", " ")


def title(token: str) -> str:
    """Return a stable id as the words of a heading."""
    return words(token).replace("-", " ").capitalize()


def service_name(service: Json) -> str:
    """Return what names a service line: its code, else its label."""
    return str(service["code"] or service["label"] or "service")


def voice_names(document: Json, ids: Iterable[str]) -> str:
    """Return the labels of some recommendations, given by id."""
    labels = {r["id"]: r["label"] for r in document["recommendations"]}
    return ", ".join(str(labels.get(i, i)) for i in ids) or "nobody"


def ordered_missing(document: Json) -> tuple[list[Json], list[Json]]:
    """Return what is missing: first what could change the outcome, then what could not."""
    decisive = [m for m in document["missing"] if m["could_change_outcome"]]
    return decisive, [m for m in document["missing"] if not m["could_change_outcome"]]


def still_possible(document: Json) -> str:
    """Return the outcomes that the record leaves open, in words."""
    return ", ".join(words(o) for o in document["possible_outcomes"])


def presumption(document: Json) -> str:
    """Return the reviewer's aid of an undecided case, or nothing."""
    presumed = document["presumptive_outcome"]
    if document["outcome"] != "indeterminate" or not presumed:
        return ""
    return f"{words(presumed).capitalize()}, {PRESUMPTION}. An aid to the reviewer, not a finding."


def repairs(document: Json) -> list[str]:
    """Return why-not in sentences: what would change the outcome, if true and documented."""
    return [
        f"{words(r['outcome']).capitalize()}, {r['condition']}: "
        + " and ".join(f"{f['item'].replace('-', ' ')} {words(f['state'])}" for f in r["facts"])
        + "."
        for r in document["what_if"]
    ]


def grade_text(grade: Json | None) -> str:
    """Return a grade in its native scale, with the normalised one behind it."""
    if not grade:
        return "none given"
    return f"{grade['native']} ({grade['scale']}; here read as {grade['normalised']})"


def verification_text(verification: str) -> str:
    """Return how a statement was seen, so that an unverified one is always called so."""
    return {"": "", UNVERIFIED: UNVERIFIED}.get(verification, f"seen at {words(verification)}")


def comparison(evidence: Json, figure: Json) -> Comparison | None:
    """Return the two rates that a controlled figure compares; nothing else may be drawn."""
    unit = str(figure["unit"])
    rates = unit == "%" or unit.startswith("per ")
    if not evidence["has_comparator"] or not rates or not {"with", "without"} <= set(figure):
        return None
    return Comparison(
        str(figure["measure"]), unit, float(figure["with"]), float(figure["without"]),
        str(figure.get("verification", evidence["verification"])),
    )  # fmt: skip


def record_rows(record: Json) -> list[tuple[str, list[str]]]:
    """Return what the record says, key by key, for a page that must show the case too."""
    rows = []
    for key, value in record.items():
        if key not in _ASIDE and value not in (None, [], {}):
            rows.append((title(key), _entries(value)))
    return rows


def _entries(value: object) -> list[str]:
    if isinstance(value, list):
        return [_entry(item) for item in value]
    if isinstance(value, dict):
        return [f"{words(k).replace('-', ' ')}: {_entry(v)}" for k, v in value.items()
                if v not in (None, [], {}, False)]  # fmt: skip
    return [_entry(value)]


def _entry(value: object) -> str:
    if isinstance(value, dict):
        given = {k: v for k, v in value.items() if v not in (None, [], {})}
        code = " ".join(_named(k, given[k]) for k in _NAMING if k in given)
        rest = [f"{words(k)}: {_entry(v)}" for k, v in given.items() if k not in _NAMING]
        return "; ".join(filter(None, [code, *rest]))
    if isinstance(value, list):
        return ", ".join(map(_entry, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _named(key: str, value: object) -> str:
    return {"system": f"({value})", "text": f"“{value}”"}.get(key, str(value))


def safe(text: str) -> str:
    """Replace control and direction characters, which a terminal would obey or hide."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)
