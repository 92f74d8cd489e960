"""Lay out why and why not: what suffices, the proof as a tree, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kg_engine import report_view as view
from kg_engine.report_proof import lines, unfold
from kg_engine.report_text import LEAST_WIDTH, Page, clean, encoded, tell_missing, tell_reasons
from kg_engine.report_view import Json


def render_explanation(
    document: Json, supports: Sequence[Json], *, width: int, ascii_only: bool = False
) -> str:
    """Return the explanation of a determination as a page for a terminal.

    ``supports`` tells which parts of the record suffice (see ``supports.read_supports``).
    """
    document = clean(document)
    page = Page(max(width, LEAST_WIDTH), colour=False)
    page.lines.append(f"{view.words(document['outcome']).upper()}: {document['headline']}")
    tell_reasons(page, document)
    _supports(page, [clean(support) for support in supports])
    page.heading("Proof")
    page.lines += _proof_lines(document, width=page.width, ascii_only=ascii_only)
    tell_missing(page, document)
    page.lines += ["", view.ADVICE, f"determination {document['digest']}"]
    return encoded("\n".join(page.lines) + "\n", ascii_only=ascii_only)


def _supports(page: Page, supports: Sequence[Json]) -> None:
    """Say which parts of the record suffice for each conclusion, one set after the other."""
    if supports:
        page.heading("What in the record suffices")
    for support in supports:
        page.say(f"{support['conclusion']}:")
        for number, facts in enumerate(support["sets"], 1):
            said = "; ".join(f"{fact['text']} [{fact['path']}]" for fact in facts)
            page.say(f"({number}) {said or 'that there is a case'}", first="    ", rest="        ")
        if not support["complete"]:
            page.say("… and more.", first="    ")


def _proof_lines(document: Json, *, width: int, ascii_only: bool) -> Iterator[str]:
    if not document["proof"]["roots"]:
        yield "  Nothing is proved: the record supports no conclusion."
    for tree in unfold(document["proof"]):
        yield from lines(tree, width=width, ascii_only=ascii_only)
    if document["proof"]["assumes"]:
        yield "  The proof rests on assumptions, which are named."
