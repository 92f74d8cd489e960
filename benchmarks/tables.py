"""Write what was measured: tables of Markdown, and targets with what was reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table with its title, and a paragraph that says what each figure means."""

    title: str
    meaning: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """Return the table as Markdown, its columns aligned so that it reads as plain text too."""
        lines = [self.columns, *self.rows]
        widths = [max(len(line[k]) for line in lines) for k in range(len(self.columns))]
        rule = tuple("-" * width if k == 0 else "-" * (width - 1) + ":"
                     for k, width in enumerate(widths))  # fmt: skip
        body = "\n".join(_line(line, widths) for line in (self.columns, rule, *self.rows))
        return f"## {self.title}\n\n{self.meaning}\n\n{body}\n"


@dataclass(frozen=True)
class Target:
    """A bound, and the figure measured against it; None where nothing was measured."""

    what: str
    bound: float
    figure: float | None
    unit: str
    at_least: bool = False
    floor: bool = False

    @property
    def reached(self) -> str:
        """Return ``met`` or ``missed``, or why neither can be said."""
        if self.figure is None:
            return "not measured"
        met = self.figure >= self.bound if self.at_least else self.figure <= self.bound
        return "met" if met else "missed"

    def row(self) -> tuple[str, ...]:
        """Return the target as a row of the table of targets."""
        sign = "≥" if self.at_least else "≤"
        figure = "–" if self.figure is None else f"{'≥ ' * self.floor}{_number(self.figure)}"
        return self.what, f"{sign} {self.bound:,g} {self.unit}", figure, self.reached


def target_table(targets: Iterable[Target], *, quick: bool) -> Table:
    """Return the table of targets."""
    meaning = "The bounds of the design, and what this run measured."
    if quick:
        meaning += " This was a quick run: few repetitions, so figures near a bound say little."
    rows = tuple(target.row() for target in targets)
    return Table("Targets", meaning, ("what", "target", "measured", ""), rows)


def milliseconds(seconds: float | None) -> str:
    """Return seconds in milliseconds, with three digits that count."""
    return "–" if seconds is None else f"{_number(seconds * 1000)} ms"


def size_of(count: float) -> str:
    """Return a number of bytes in megabytes."""
    return "–" if not count else f"{count / 1e6:,.1f} MB"


def times(ratio: float) -> str:
    """Return how many times longer or larger one figure is than another."""
    return f"{_number(ratio)} ×"


def _number(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cells[0].ljust(widths[0]),
        *(c.rjust(w) for c, w in zip(cells[1:], widths[1:], strict=True)),
    ]
    return f"| {' | '.join(padded)} |"
