"""Collect the facts and notices of one record while its A-Box is built."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from kg_engine.codes import Kind, Resolution, in_force, resolve
from kg_engine.dictionary import Dictionary
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC
from kg_engine.record import CaseRecord
from kg_engine.terms import IRI, Term, Triple
from kg_engine.text import Lexicon, match

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, order=True)
class Notice:
    """Tell what became of a part of the record that no rule reads as it stands.

    ``kind`` is ``unrecognised``, ``ambiguous``, ``unused``, ``outdated`` or ``header``.
    """

    kind: str
    path: str
    text: str
    reason: str = ""
    candidates: tuple[str, ...] = ()


@dataclass
class Sheet:
    """Collect the facts and notices of one record."""

    record: CaseRecord
    knowledge: Knowledge
    words: Dictionary
    facts: dict[Triple, str] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)

    def say(self, s: Term, p: IRI, o: Term, path: str) -> None:
        """State a fact, with the place in the record from which it comes."""
        self.facts.setdefault(Triple(s, p, o), path)

    def note(self, kind: str, path: str, text: str, reason: str = "",
             candidates: Iterable[str] = ()) -> None:  # fmt: skip
        """Note what became of a part of the record."""
        self.notices.append(Notice(kind, path, text, reason, tuple(sorted(candidates))))


def say_code(sheet: Sheet, node: IRI, kind: IRI, code: str, system: str | None, path: str) -> bool:
    """State the code of a node of some kind; return whether it was recognised as such a code."""
    found = resolve(sheet.words.codes, code, system)
    place = f"{path}/code"
    roles = sheet.words.code_roles
    allowed = roles.get(found.concept or NEC.Code) or roles.get(found.system or NEC.Code)
    if found.kind in (Kind.RESOLVED, Kind.LISTED) and allowed and kind not in allowed:
        sheet.note("unrecognised", place, code, "a code of another kind")
        return False
    if found.kind is Kind.RESOLVED and found.concept is not None:
        sheet.say(node, NEC.hasCode, found.concept, place)
        _validity(sheet, node, found, found.concept, place)
        return True
    if found.kind is Kind.LISTED:
        sheet.note("unused", place, found.code.strip(), "recognised; no rule reads this code")
        return True
    refusal = "ambiguous" if found.kind is Kind.AMBIGUOUS else "unrecognised"
    sheet.note(refusal, place, code, str(found.reason), map(str, found.candidates))
    return False


def _validity(sheet: Sheet, node: IRI, found: Resolution, concept: IRI, place: str) -> None:
    day = sheet.record.date_of_service
    if day is not None and in_force(found, day) is False:
        sheet.say(node, NEC.hasOutdatedCode, concept, place)
        sheet.note(
            "outdated", place, sheet.knowledge.notation(concept), f"not valid on {day.isoformat()}"
        )
    if found.header:
        sheet.say(node, NEC.hasHeaderCode, concept, place)
        sheet.note(
            "header",
            place,
            sheet.knowledge.notation(concept),
            "heads a group of codes and cannot be billed",
        )


def mentions(sheet: Sheet, lexicon: Lexicon, text: str, place: str) -> Iterable[tuple[IRI, IRI]]:
    """Yield the concepts that a text names and does not deny, each with its kind."""
    for mention in match(lexicon, text):
        if mention.negated:
            continue
        kinds = [(lexicon.kinds[c][0], c) for c in mention.candidates]
        if len({kind for kind, _ in kinds}) < len(kinds):
            sheet.note("ambiguous", place, mention.surface, "several concepts have this name",
                      map(str, mention.candidates))  # fmt: skip
            continue
        yield from kinds


def unread_words(sheet: Sheet, lexicon: Lexicon, text: str) -> tuple[str, ...]:
    """Return the words of a text that name nothing known and are not idle."""
    spans = [(m.start, m.end) for m in match(lexicon, text) if not m.negated]
    words = _WORD.finditer(text)
    return tuple(
        w[0] for w in words
        if w[0].lower() not in sheet.words.idle_words
        and not any(start <= w.start() and w.end() <= end for start, end in spans)
    )  # fmt: skip


def named(lexicon: Lexicon, text: str, kind: IRI) -> list[IRI]:
    """Return the concepts of one kind that a text names and does not deny."""
    return [
        c for m in match(lexicon, text) if not m.negated
        for c in m.candidates if kind in lexicon.kinds[c]
    ]  # fmt: skip
