"""Ask what a case would need, and what it would become: the order of the rooms, twice or more."""

from __future__ import annotations

from typing import Any, TypeAlias

from kg_engine.codes import Kind, resolve
from kg_engine.determination import Determination
from kg_engine.errors import Fault, InputRefused
from kg_engine.pipeline import Engine, determine
from kg_engine.requirements import read_requirements
from kg_engine.what_if import compare

Json: TypeAlias = dict[str, Any]


def requirements(
    engine: Engine,
    *,
    procedure: str,
    service: str | None = None,
    policy: str | None = None,
    day: str | None = None,
) -> Json:
    """Tell what the record of a procedure must hold, before anyone asks for a determination.

    Takes a procedure by code or in words, a service by code, and a date as YYYY-MM-DD. Raises InputRefused
    for a policy that is not known and for what no record may hold.
    """
    if not procedure.strip():
        raise InputRefused([Fault("procedure", "is empty.", "Name a code, or an operation.")])
    least: Json = {"procedures": [_entry(engine, procedure)]}
    if service is not None:
        least["services"] = [{"code": service}]
    if policy is not None:
        least["policy"] = policy
    if day is not None:
        least["date_of_service"] = day

    def judge(record: Json) -> Determination:
        return determine(record, engine)

    return read_requirements(least, judge, engine.knowledge)


def what_if(before: object, after: object, engine: Engine, *, policy: str | None = None) -> Json:
    """Determine a case as it is and as it would be, and explain the difference.

    Takes two cases as plain JSON values. Raises InputRefused for either.
    """
    first = determine(before, engine, policy=policy)
    second = determine(after, engine, policy=policy)
    return compare(first.document, second.document)


def _entry(engine: Engine, named: str) -> Json:
    """Return the entry of a procedure: a code where one is known or spelled, else words."""
    found = resolve(engine.dictionary.codes, named, None)
    spelled = len(named.split()) == 1 and any(c.isdigit() for c in named)
    known = found.kind in (Kind.RESOLVED, Kind.LISTED, Kind.AMBIGUOUS)
    return {"code": named} if known or spelled else {"text": named}
