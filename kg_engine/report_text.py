"""Lay a determination out as a reviewer's page for a terminal: the decision first.

Every word comes from the document or from the fixed words of the page. Colour never stands
alone, and where the terminal has no UTF-8 every sign has an ASCII form.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from kg_engine import report_view as view
from kg_engine.narrative import figure_text
from kg_engine.report_view import Json, safe

_CODES = {"necessary": "32", "not_necessary": "35", "indeterminate": "33", "met": "32",
          "not_met": "35", "unknown": "33", "bold": "1", "dim": "2"}  # fmt: skip
_ASCII = str.maketrans(
    {"✓": "+", "✗": "x", "–": "-", "—": "-", "…": "...", "·": "-", "‘": "'", "’": "'",
     "“": '"', "”": '"', "≥": ">=", "≤": "<=", "×": "x", "•": "*"}
)  # fmt: skip
LEAST_WIDTH = 40


@dataclass
class Page:
    """Collect the lines of a page for a terminal."""

    width: int
    colour: bool
    lines: list[str] = field(default_factory=list)

    def heading(self, text: str) -> None:
        self.lines += ["", self.paint(text.upper(), "bold")]

    def say(self, text: str, *, first: str = "  ", rest: str = "  ", style: str = "") -> None:
        wrapped = textwrap.wrap(
            text, self.width, initial_indent=first, subsequent_indent=rest,
            break_on_hyphens=False,
        )  # fmt: skip
        self.lines += [self.paint(line, style) for line in wrapped]

    def item(self, text: str) -> None:
        self.say(text, first="  • ", rest="    ")

    def note(self, text: str) -> None:
        self.say(text, first="      ", rest="      ", style="dim")

    def paint(self, text: str, style: str) -> str:
        code = _CODES.get(style)
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code else text


def render_text(
    document: Json,
    *,
    colour: bool,
    width: int,
    ascii_only: bool = False,
) -> str:
    """Return the page."""
    document = clean(document)
    page = Page(max(width, LEAST_WIDTH), colour)
    cited = view.Bibliography(document)
    _decision(page, document)
    _record(page, document["record"])
    tell_reasons(page, document)
    _steps(page, document, cited)
    _services(page, document)
    _recommendations(page, document, cited)
    _evidence(page, document, cited)
    _conflicts(page, document)
    tell_missing(page, document)
    _notices(page, document)
    _sources(page, cited)
    _identity(page, document)
    return encoded("\n".join(page.lines) + "\n", ascii_only=ascii_only)


def _decision(page: Page, document: Json) -> None:
    outcome = document["outcome"]
    sign = view.OUTCOME_SIGNS[outcome]
    page.lines.append(page.paint(f"{sign} {view.words(outcome).upper()}", outcome))
    page.say(document["headline"], first="", rest="")
    page.lines.append("")
    page.say(f"Next step: {view.words(document['next_step'])}.")
    review = "required" if document["human_review"] else "not required"
    page.say(f"Human review: {review}. {view.ADVICE}")
    page.say(f"Policy: {document['policy']['label']}. Date of service: "
             f"{document['date_of_service'] or 'not given'}.")  # fmt: skip
    if document["case_id"]:
        page.say(f"Case: {document['case_id']}")


def _record(page: Page, record: Json) -> None:
    rows = view.record_rows(record)
    if rows:
        page.heading("The case as sent")
    for key, entries in rows:
        for entry in entries:
            page.say(f"{key}: {entry}", rest="    ")


def tell_reasons(page: Page, document: Json) -> None:
    """Say why nothing is decided."""
    if document["reasons"]:
        page.heading("Reasons")
    for reason in document["reasons"]:
        page.item(f"{reason['text']} [{reason['id']}]")


def _steps(page: Page, document: Json, cited: view.Bibliography) -> None:
    page.heading(f"The {len(document['steps'])} steps")
    for number, step in enumerate(document["steps"], 1):
        status = step["status"]
        head = f"  {view.SIGNS[status]} {number}. {view.title(step['id'])}: {view.words(status)}"
        page.lines.append(page.paint(head, status))
        page.say(f"{step['text']}{_marks(cited, step)}", first="    ", rest="    ")


def _services(page: Page, document: Json) -> None:
    page.heading("Services")
    rows = [["service", "outcome", *map(view.words, document["axes"])]]
    for service in document["services"]:
        axes = [_status(service["axes"][axis]["outcome"]) for axis in document["axes"]]
        rows.append([view.service_name(service), view.words(service["outcome"]), *axes])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if sum(widths) + 2 * len(widths) > page.width:
        _stacked(page, rows)
    else:
        page.lines += ["  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
                       for row in rows]  # fmt: skip
    for service in document["services"]:
        ids = ", ".join(r["id"] for r in service["reasons"])
        if ids and len(document["services"]) > 1:
            page.say(f"{view.service_name(service)}: {ids}", rest="    ", style="dim")


def _stacked(page: Page, rows: list[list[str]]) -> None:
    head, *rest = rows
    for row in rest:
        page.item(f"{row[0]}: {row[1]}")
        pairs = zip(head[2:], row[2:], strict=True)
        page.say("; ".join(f"{axis} {status}" for axis, status in pairs), first="    ", rest="    ")


def _status(status: str) -> str:
    return f"{view.SIGNS[status]} {view.words(status)}"


def _recommendations(page: Page, document: Json, cited: view.Bibliography) -> None:
    if document["recommendations"]:
        page.heading("Recommendations")
    for voice in document["recommendations"]:
        rank = "prevails" if voice["prevails"] else "heard, does not decide"
        page.item(f"{view.title(voice['label'])} ({view.words(voice['direction'])}; {rank})")
        page.say(f"{voice['text']}{_marks(cited, voice)}", first="    ", rest="    ")
        page.note(f"issuer: {', '.join(voice['issuer']) or 'unnamed'}")
        page.note(f"strength: {view.grade_text(voice['strength'])}; "
                  f"evidence: {view.grade_text(voice['evidence_grade'])}; "
                  f"{view.verification_text(voice['verification'])}")  # fmt: skip
        for dispute in voice["disputed"]:
            page.note(f"attribution disputed: {dispute}")


def _evidence(page: Page, document: Json, cited: view.Bibliography) -> None:
    if document["evidence"]:
        page.heading("Evidence")
    for evidence in document["evidence"]:
        seen = view.verification_text(evidence["verification"])
        kind = evidence["study_type"] or "study type unknown"
        page.item(f"{evidence['text']} ({kind}; {seen}){_marks(cited, evidence)}")
        for figure in evidence["figures"]:
            label = "UNVERIFIED " if evidence["verification"] == view.UNVERIFIED else ""
            page.say(f"{label}{figure_text(figure)}", first="      ", rest="      ")
        if evidence["figures"] and not evidence["has_comparator"]:
            page.note(view.NO_COMPARATOR)


def _conflicts(page: Page, document: Json) -> None:
    if document["conflicts"]:
        page.heading("Conflicts")
    for conflict in document["conflicts"]:
        prevailing = view.voice_names(document, conflict["prevailing"])
        dissenting = view.voice_names(document, conflict["dissenting"])
        page.item(f"Prevails: {prevailing}. Dissents: {dissenting}.")
        for rule in conflict["rule"]:
            page.note(rule)


def tell_missing(page: Page, document: Json) -> None:
    """Say what is missing, and what would decide."""
    decisive, other = view.ordered_missing(document)
    if decisive:
        page.heading("Missing, and could change the outcome")
    for item in decisive:
        page.item(f"{view.title(item['label'])}: {item['text']}{_at(item)}")
    if other:
        page.heading("Missing, and would not change it")
        page.say(", ".join(f"{view.words(item['label'])}{_at(item)}" for item in other))
    repairs = view.repairs(document)
    if repairs:
        page.heading("What would change the outcome")
    for repair in repairs:
        page.item(repair)
    if document["outcome"] == "indeterminate":
        page.lines.append("")
        page.say(f"Still possible: {view.still_possible(document)}.")
        page.say(f"Presumption: {view.presumption(document) or 'none.'}")


def _at(item: Json) -> str:
    return f" (at {item['at']})" if item["at"] != "/" else ""


def _notices(page: Page, document: Json) -> None:
    names = {"unrecognised": "Not recognised", "unused": "Recognised and unused", "notes": "Notes"}
    for member, name in names.items():
        if document[member]:
            page.heading(name)
        for notice in document[member]:
            candidates = ", ".join(notice.get("candidates", []))
            maybe = f" Candidates: {candidates}." if candidates else ""
            page.item(f"{notice['path']}: {notice['text']}: {notice['reason']}.{maybe}")
    if document["unverified"]:
        page.heading("Unverified statements that the proof rests on")
    for text in document["unverified"]:
        page.item(text)


def _sources(page: Page, cited: view.Bibliography) -> None:
    if cited.sources:
        page.heading("Sources")
    for source in cited.sources:
        stop = "" if source.title.endswith(("?", ".", "!")) else "."
        page.say(
            f"{source.title}{stop} {source.about}", first=f"  [{source.number}] ", rest="      "
        )


def _identity(page: Page, document: Json) -> None:
    page.heading("Identity")
    knowledge = document["knowledge"]
    for name, value in (
        ("determination", document["digest"]), ("case", document["case_digest"]),
        ("knowledge", knowledge["digest"]), ("version", knowledge["version_iri"]),
        ("engine", document["engine"]),
    ):  # fmt: skip
        page.lines.append(page.paint(f"  {name:<14}{value}", "dim"))


def _marks(cited: view.Bibliography, entry: Json) -> str:
    numbers = ", ".join(map(str, cited.numbers(entry["sources"])))
    return f" [{numbers}]" if numbers else ""


def clean(document: Json) -> Json:
    """Make every text within JSON values safe; those of a case come from outside."""
    return {key: _cleaned(value) for key, value in document.items()}


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return " ".join(safe(value).split()) if "\n" in value else safe(value)
    if isinstance(value, Mapping):
        return {_cleaned(key): _cleaned(member) for key, member in value.items()}
    return [_cleaned(member) for member in value] if isinstance(value, list) else value


def encoded(text: str, *, ascii_only: bool) -> str:
    """Return a text that the terminal can show."""
    if not ascii_only:
        return text
    plain = unicodedata.normalize("NFKD", text.translate(_ASCII))
    return plain.encode("ascii", "replace").decode()
