"""Try an engine on cases before it serves: a folder of records, or of records with an answer.

A file of the folder, at any depth, is a record as clients send it, or a curators' case: an object
with ``record`` and ``expect``, of which ``outcome`` is heeded (one word, or a list of those
allowed).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kg_engine import Engine, KgEngineError, determine
from kg_engine.errors import Fault
from kg_engine.pipeline import read_case

REMEDY = "Mend the knowledge, or the cases of the self-test."
UNDECIDED = "indeterminate"


def self_test(engine: Engine, cases: Path, most: int | None = None) -> list[Fault]:
    """Return what is wrong with an engine; with ``most``, only so many cases are tried.

    Whatever the knowledge, a case that says nothing must stay undecided.
    """
    paths = sorted(cases.rglob("*.json"))[:most]
    if not paths:
        return [Fault(str(cases), "holds no case.", "Set `cases` to a folder of cases in JSON.")]
    found = _tried("a case that says nothing", {}, (UNDECIDED,), engine)
    for path in paths:
        name = str(path.relative_to(cases))
        try:
            case = read_case(path.read_bytes(), engine)
        except (KgEngineError, OSError):
            found.append(Fault(name, "cannot be read.", REMEDY))
            continue
        record, allowed = _parts(case)
        found.extend(_tried(name, record, allowed, engine))
    return found


def _parts(case: object) -> tuple[object, Sequence[object]]:
    if not isinstance(case, dict) or "record" not in case:
        return case, ()
    expect = case.get("expect")
    outcome = expect.get("outcome", ()) if isinstance(expect, dict) else ()
    return case["record"], [outcome] if isinstance(outcome, str) else outcome


def _tried(name: str, record: object, allowed: Sequence[object], engine: Engine) -> list[Fault]:
    try:
        answer = determine(record, engine)
    except KgEngineError as error:
        return [Fault(f"{name}: {f.place}", f.message, f.remedy) for f in error.faults]
    except Exception as error:  # noqa: BLE001  (whatever fails here must not serve)
        return [Fault(name, f"the self-test failed: {type(error).__name__}.", REMEDY)]
    if answer.document["human_review"] is not True:
        return [Fault(name, "no person was to review the answer.", REMEDY)]
    if allowed and answer.outcome not in allowed:
        wanted = " or ".join(map(str, allowed))
        return [Fault(name, f"is {answer.outcome}, and should be {wanted}.", REMEDY)]
    return []
