"""Lay a determination out as one self-contained page that a reviewer can read, print and file.

The page asks for nothing from outside and its policy forbids it; what comes from a case is text,
never markup.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from kg_engine import report_view as view
from kg_engine.narrative import figure_text
from kg_engine.report_proof import unfold
from kg_engine.report_view import Comparison, Json

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_CHART_WIDTH, _BAR_LEFT = 560, 96
_BAR_ROOM = _CHART_WIDTH - _BAR_LEFT - 72


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is, its value as written, its length and its place."""

    name: str
    value: str
    length: float
    top: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Two bars on one axis that begins at zero."""

    id: str
    title: str
    description: str
    unverified: bool
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    left: int = _BAR_LEFT
    width: int = _CHART_WIDTH


def render_html(document: Json) -> str:
    """Return the page as HTML."""
    decisive, other = view.ordered_missing(document)
    return _template().render(
        document=document,
        record=view.record_rows(document["record"]),
        cited=view.Bibliography(document),
        charts=dict(_charts(document)),
        proof=unfold(document["proof"]),
        decisive=decisive,
        other=other,
        view=view,
        figure_text=figure_text,
        style=_style(),
        style_hash=_hash(_style()),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("report.html")


@cache
def _style() -> str:
    return (_TEMPLATES / "report.css").read_text(encoding="utf-8")


def _hash(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _charts(document: Json) -> Iterator[tuple[tuple[int, int], Chart]]:
    for place, evidence in enumerate(document["evidence"]):
        for number, figure in enumerate(evidence["figures"]):
            compared = view.comparison(evidence, figure)
            if compared is not None:
                yield (place, number), _chart(compared, f"chart-{place}-{number}")


def _chart(compared: Comparison, id_: str) -> Chart:
    top = _nice(max(compared.with_, compared.without))
    bars = tuple(
        Bar(name, f"{value} {compared.unit}", round(_BAR_ROOM * value / top, 1), 26 + 34 * row)
        for row, (name, value) in enumerate(
            (("with", compared.with_), ("without", compared.without))
        )
    )
    ticks = tuple(
        (round(_BAR_LEFT + _BAR_ROOM * part, 1), f"{top * part:g} {compared.unit}")
        for part in (0, 0.5, 1)
    )
    unverified = compared.verification == view.UNVERIFIED
    mark = " The figure is unverified." if unverified else ""
    said = "; ".join(f"{bar.name} {bar.value}" for bar in bars)
    return Chart(id_, compared.measure, f"{said}.{mark}", unverified, bars, ticks)


def _nice(value: float) -> float:
    """Return the least round number that is no less than a value: 1, 2 or 5 times a power of 10."""
    if value <= 0:
        return 1.0
    step = 10.0 ** (len(str(int(value))) - 1) if value >= 1 else 0.1
    while value > step * 10:
        step *= 10
    return next(step * n for n in (1, 2, 5, 10) if value <= step * n)
