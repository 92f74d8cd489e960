"""Find the editions of each policy: the stretches of days on which the same files are in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC, TYPE
from kg_engine.terms import IRI, Literal, Term

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The files in force under a policy from one day to another; None is without a bound."""

    policy: IRI
    start: date | None
    end: date | None
    files: frozenset[str]


def read_stretches(knowledge: Knowledge) -> tuple[Stretch, ...]:
    """Return the editions of every policy in the order of policies and days.

    Days on which a policy itself is not in force belong to no edition.
    """
    policies = sorted(str(p) for p in knowledge.graph.subjects(TYPE, NEC.Policy))
    return tuple(s for p in policies for s in _merged(_stretches(knowledge, IRI(p))))


def edition_name(knowledge: Knowledge, stretch: Stretch) -> IRI:
    """Return the name of the graph of an edition: its policy, and its first day if it has one."""
    policy = quote(knowledge.notation(stretch.policy), safe="")
    start = f"-{stretch.start.isoformat()}" if stretch.start else ""
    return NEC(f"graph-edition-{policy}{start}")


def _stretches(knowledge: Knowledge, policy: IRI) -> Iterator[Stretch]:
    first = [*sorted(_turning_days(knowledge, policy))]
    starts: list[date | None] = [None, *first]
    ends: list[date | None] = [*(day - _DAY for day in first), None]
    for start, end in zip(starts, ends, strict=True):
        day = start or end or date.max
        if knowledge.in_force(policy, day):
            yield Stretch(policy, start, end, knowledge.files_in_force(policy, day))


def _turning_days(knowledge: Knowledge, policy: IRI) -> set[date]:
    """Return each day on which a source of a policy, or the policy, comes into force or is past."""
    sources = {s for found in knowledge.asserted_sources.values() for s in found}
    dated = [policy, *sources.intersection(knowledge.graph.objects(policy, NEC.includesSource))]
    found = {day for term in dated for day in _days(knowledge, term, NEC.inForceFrom)}
    last = {day for term in dated for day in _days(knowledge, term, NEC.inForceUntil)}
    return found | {day + _DAY for day in last if day < date.max}


def _days(knowledge: Knowledge, term: Term, p: IRI) -> Iterator[date]:
    for value in knowledge.graph.objects(term, p):
        if isinstance(value, Literal):
            yield date.fromisoformat(value.lexical)


def _merged(stretches: Iterator[Stretch]) -> list[Stretch]:
    """Join neighbours that have the same files."""
    found: list[Stretch] = []
    for stretch in stretches:
        before = found[-1] if found else None
        if before and before.files == stretch.files and _meet(before, stretch):
            found[-1] = Stretch(before.policy, before.start, stretch.end, stretch.files)
        else:
            found.append(stretch)
    return found


def _meet(before: Stretch, after: Stretch) -> bool:
    return before.end is not None and before.end + _DAY == after.start
