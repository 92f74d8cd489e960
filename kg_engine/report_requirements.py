"""Lay out what a record must hold as a page for a terminal: what could change the answer first."""

from __future__ import annotations

from kg_engine.report_text import LEAST_WIDTH, Page, clean, encoded
from kg_engine.report_view import Json, words

_SPOKEN = {"supports": "supports", "opposes": "opposes", "permits": "permits",
           "unproven": "calls unproven", "equivocal": "finds the evidence mixed"}  # fmt: skip


def render_requirements(found: Json, *, width: int, ascii_only: bool = False) -> str:
    """Return the requirements of a procedure as a page for a terminal."""
    found = clean(found)
    page = Page(max(width, LEAST_WIDTH), colour=False)
    _asked(page, found)
    decisive = [r for r in found["requirements"] if r["could_change_outcome"]]
    other = [r for r in found["requirements"] if not r["could_change_outcome"]]
    for title, items in (("The record must say", decisive),
                         ("Asked for, without effect on the outcome", other)):  # fmt: skip
        if items:
            page.heading(title)
        for item in items:
            _requirement(page, item)
    _voices(page, found["recommendations"])
    if found["may_be_asked"]:
        page.heading("May be asked for once the record says more")
    for item in found["may_be_asked"]:
        page.item(f"{words(item['item'])}: {item['text']}")
    page.lines += ["", f"knowledge {found['knowledge']['version_iri']} "
                       f"{found['knowledge']['digest']}"]  # fmt: skip
    return encoded("\n".join(page.lines) + "\n", ascii_only=ascii_only)


def _asked(page: Page, found: Json) -> None:
    day = found["date_of_service"] or "not given"
    page.lines.append(f"What a record must hold under {found['policy']['label']}")
    page.say(f"Date of service: {day}.", first="", rest="")
    if not found["identified"]:
        page.say("The procedure is not identified; what follows is asked of any case.")
    for label, values in found["facts"].items():
        page.say(f"{label}: {', '.join(values)}", rest="    ")
    for notice in found["unrecognised"]:
        page.say(f"not recognised: {notice['text']} ({notice['reason']})", rest="    ")


def _requirement(page: Page, item: Json) -> None:
    page.item(f"{item['label']} [{item['item']}]: {item['text']}")
    places = " or ".join(item["at"])
    page.note(f"at {places}; asked by {', '.join(item['asked_by'])}")
    for state, effect in item.get("effects", {}).items():
        told = [f"step {step} {words(status)}" for step, status in effect["steps"].items()]
        told += [f"{voice} speaks" for voice in effect["recommendations"]]
        told += [f"{voice} falls silent" for voice in effect["no_longer"]]
        told += ["contradicts the record"] * effect["contradicts"]
        if told:
            page.note(f"if {state} and documented: {', '.join(told)}")


def _voices(page: Page, voices: list[Json]) -> None:
    if voices:
        page.heading("Who speaks on it")
    for voice in voices:
        strength = voice["strength"]["native"] if voice["strength"] else "no strength given"
        said = _SPOKEN.get(voice["direction"], voice["direction"])
        page.item(f"{voice['label']}: {said} ({strength})")
        when = "; ".join(f"{c['item']} {c['state']}" for c in voice["when"]) or "in any case"
        page.note(f"when: {when}")
