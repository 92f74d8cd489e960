"""Every case under ``tests/cases`` gets the answer that a clinician wrote down for it.

A case file holds a sentence as its name, a record, and what is expected of the answer. A key of
``expect`` that this runner does not know is a fault of the case file, never ignored.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from kg_engine import Engine, InputRefused, determine
from tests.golden import differences, read_answers, short

CASES = Path(__file__).parent / "cases"
KEPT = read_answers()
Json = dict[str, Any]
Check = Callable[[Any, Json], Iterable[str]]


def load(path: Path) -> Json:
    case: Json = json.loads(path.read_text(encoding="utf-8"))
    return case


FILES = {path.relative_to(CASES).with_suffix("").as_posix(): path
         for path in sorted(CASES.glob("*/*.json"))}  # fmt: skip


def ids(entries: Iterable[Json]) -> list[str]:
    return [str(entry["id"]) for entry in entries]


def texts(entries: Iterable[Json]) -> list[str]:
    return [str(entry["text"]) for entry in entries]


def one_of(label: str, expected: Any, found: Any) -> Iterable[str]:
    allowed = expected if isinstance(expected, list) else [expected]
    if found not in allowed:
        yield f"{label}: expected {' or '.join(map(str, allowed))}, found {found}"


def holds(label: str, expected: Iterable[Any], found: Iterable[Any]) -> Iterable[str]:
    found = list(found)
    lacking = [item for item in expected if item not in found]
    if lacking:
        yield f"{label}: lacks {lacking}; found {found}"


def lacks(label: str, excluded: Iterable[Any], found: Iterable[Any]) -> Iterable[str]:
    present = [item for item in excluded if item in list(found)]
    if present:
        yield f"{label}: holds {present}, which it should not"


def check_possible(expected: Any, answer: Json) -> Iterable[str]:
    found = answer["possible_outcomes"]
    if isinstance(expected, list):
        if sorted(found) != sorted(expected):
            yield f"possible_outcomes: expected {expected}, found {found}"
    else:
        yield from holds("possible_outcomes", expected.get("contains", ()), found)
        yield from lacks("possible_outcomes", expected.get("excludes", ()), found)


def cited(answer: Json) -> set[str]:
    """Return the ids of all recommendations, evidence and sources that the answer names."""
    found: set[str] = set()
    waiting: list[Any] = [answer["recommendations"], answer["evidence"], answer["steps"]]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found |= {value["id"]} if isinstance(value.get("id"), str) else set()
            waiting += value.values()
        elif isinstance(value, list):
            found |= {item for item in value if isinstance(item, str)}
            waiting += value
    return found


def figures(answer: Json) -> list[Json]:
    return [
        {**figure, "verification": e["verification"], "has_comparator": e["has_comparator"]}
        for e in answer["evidence"]
        for figure in e["figures"]
    ]


def check_figures(expected: list[Json], answer: Json) -> Iterable[str]:
    found = figures(answer)
    for wanted in expected:
        if not any(wanted.items() <= figure.items() for figure in found):
            yield f"evidence: no figure {wanted}; found {found}"


def voices(answer: Json, *, prevails: bool) -> list[str]:
    return ids(r for r in answer["recommendations"] if r["prevails"] is prevails)


def check_prevails(expected: list[str], answer: Json) -> Iterable[str]:
    found = voices(answer, prevails=True)
    if sorted(found) != sorted(expected):
        yield f"prevails: expected {expected}, found {found}"


def check_disputed(expected: list[str], answer: Json) -> Iterable[str]:
    disputed = ids(r for r in answer["recommendations"] if r["disputed"])
    yield from holds("disputed", expected, disputed)


def by_code(answer: Json) -> dict[str, Json]:
    return {str(service["code"]): service for service in answer["services"]}


def check_services(expected: Json, answer: Json) -> Iterable[str]:
    found = by_code(answer)
    for code, outcome in expected.items():
        yield from one_of(f"service {code}", outcome, found.get(code, {}).get("outcome"))


def check_service_reasons(expected: Json, answer: Json) -> Iterable[str]:
    found = by_code(answer)
    for code, reasons in expected.items():
        yield from holds(f"reasons of {code}", reasons, ids(found[code]["reasons"]))


def check_steps(expected: Json, answer: Json) -> Iterable[str]:
    found = {step["id"]: step["status"] for step in answer["steps"]}
    for step, status in expected.items():
        yield from one_of(f"step {step}", status, found.get(step))


def check_axes(expected: Json, answer: Json) -> Iterable[str]:
    for axis, outcome in expected.items():
        yield from one_of(f"axis {axis}", outcome, answer["axes"][axis]["outcome"])


def check_regions(expected: Json, answer: Json) -> Iterable[str]:
    """Check that both regions of a discordance are named, for the request and in the report."""
    requests = [request for service in answer["services"] for request in service["requests"]]
    for key, region in expected.items():
        named = [name for request in requests for name in request[f"{key}_regions"]]
        if not any(region in name.lower() for name in named):
            yield f"{key} regions: expected {region}, found {named}"
        if region not in report(answer).lower():
            yield f"report: does not name the {region} region"


def report(answer: Json) -> str:
    parts = [answer["headline"], *answer["narrative"], *texts(answer["steps"]),
             *texts(answer["reasons"])]  # fmt: skip
    return "\n".join(parts)


def check_says(expected: list[str], answer: Json) -> Iterable[str]:
    said = report(answer)
    for fragment in expected:
        if fragment.lower() not in said.lower():
            yield f"report: does not say “{fragment}”; it says:\n{said}"


def check_missing(expected: list[str], answer: Json) -> Iterable[str]:
    yield from holds("missing", expected, [m["item"] for m in answer["missing"]])


def check_not_missing(expected: list[str], answer: Json) -> Iterable[str]:
    yield from lacks("missing", expected, [m["item"] for m in answer["missing"]])


def check_unrecognised(expected: list[str], answer: Json) -> Iterable[str]:
    found = texts(answer["unrecognised"])
    if expected:
        yield from holds("unrecognised", expected, found)
    elif found:
        yield f"unrecognised: expected none, found {found}"


def check_proof_kinds(expected: list[str], answer: Json) -> Iterable[str]:
    yield from holds("proof", expected, [node["kind"] for node in answer["proof"]["nodes"]])


CHECKS: dict[str, Check] = {
    "outcome": lambda e, a: one_of("outcome", e, a["outcome"]),
    "reasons": lambda e, a: holds("reasons", e, ids(a["reasons"])),
    "reasons_absent": lambda e, a: lacks("reasons", e, ids(a["reasons"])),
    "possible": check_possible,
    "presumptive": lambda e, a: one_of("presumptive_outcome", e, a["presumptive_outcome"]),
    "presumptive_not": lambda e, a: lacks("presumptive_outcome", e, [a["presumptive_outcome"]]),
    "next_step": lambda e, a: one_of("next_step", e, a["next_step"]),
    "human_review": lambda e, a: one_of("human_review", e, a["human_review"]),
    "must_cite": lambda e, a: holds("cited", e, sorted(cited(a))),
    "figures": check_figures,
    "prevails": check_prevails,
    "prevails_contains": lambda e, a: holds("prevails", e, voices(a, prevails=True)),
    "dissents": lambda e, a: holds("dissents", e, voices(a, prevails=False)),
    "not_governed_by": lambda e, a: lacks("recommendations", e, ids(a["recommendations"])),
    "disputed": check_disputed,
    "services": check_services,
    "service_reasons": check_service_reasons,
    "steps": check_steps,
    "axes": check_axes,
    "regions": check_regions,
    "missing_contains": check_missing,
    "missing_excludes": check_not_missing,
    "unrecognised": check_unrecognised,
    "unused": lambda e, a: holds("unused", e, texts(a["unused"])),
    "notes": lambda e, a: holds("notes", e, texts(a["notes"])),
    "says": check_says,
    "proof_contains": check_proof_kinds,
}


def gist(answer: Json) -> Json:
    """Return what two ways of writing the same case must have in common."""
    return {
        "outcome": answer["outcome"],
        "reasons": ids(answer["reasons"]),
        "possible": answer["possible_outcomes"],
        "presumptive": answer["presumptive_outcome"],
        "recommendations": [(r["id"], r["prevails"]) for r in answer["recommendations"]],
        "evidence": ids(answer["evidence"]),
        "steps": [step["status"] for step in answer["steps"]],
    }


def faults(name: str, case: Json, engine: Engine) -> list[str]:
    expect = dict(case["expect"])
    if "refused" in expect:
        with pytest.raises(InputRefused) as refusal:
            determine(case["record"], engine)
        return list(holds("refused", expect["refused"], [f.place for f in refusal.value.faults]))
    answer = determine(case["record"], engine).document
    twin = expect.pop("same_as", None)
    found = [fault for key, value in expect.items() for fault in CHECKS[key](value, answer)]
    if twin:
        other = gist(determine(load(FILES[twin])["record"], engine).document)
        found += [f"{key}: {value} here, {other[key]} in {twin}"
                  for key, value in gist(answer).items() if value != other[key]]  # fmt: skip
    return found + changes(name, answer)


@pytest.mark.parametrize("path", FILES.values(), ids=[load(p)["name"] for p in FILES.values()])
def test_case(path: Path, engine: Engine) -> None:
    case = load(path)
    found = faults(path.relative_to(CASES).with_suffix("").as_posix(), case, engine)
    if found:
        where = path.relative_to(CASES.parent.parent)
        listed = "\n".join(f"  - {fault}" for fault in found)
        pytest.fail(f"{case['name']}\n{where}\n{listed}", pytrace=False)


def changes(name: str, answer: Json) -> list[str]:
    """Return in what the whole answer differs from the kept one."""
    if name not in KEPT:
        return ["no answer is kept: run python -m tests.golden and read the diff"]
    return differences(KEPT[name], short(answer))


def test_every_case_is_well_formed() -> None:
    keys = {*CHECKS, "same_as", "refused"}
    for path in FILES.values():
        case = load(path)
        assert set(case) <= {"name", "record", "expect", "tags", "comment"}, path
        assert case["expect"], path
        assert set(case["expect"]) <= keys, path
        assert case["tags"], path


def test_names_are_told_apart() -> None:
    names = [load(path)["name"] for path in FILES.values()]
    assert len(set(names)) == len(names)
