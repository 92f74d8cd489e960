"""What is read out of a ledger is what was appended, and no AuditEvent tells of a case."""

from __future__ import annotations

import itertools
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg_engine.errors import InputRefused, LedgerBroken
from kg_engine.ledger import EVENT, REVIEW, Draft, Entry
from kg_engine.ledger_check import reading
from kg_engine.ledger_export import Selection, audit_event, fhir, ndjson, selected
from kg_engine.ledger_sqlite import SqliteLedger, open_ledger
from tests.ledger.strategies import DRAFTS, draft
from tests.ledger.test_ledger_check import run, tamper

ALL = Selection()
CANARY = "ZZPHI-7d1c"
R4 = {
    "AuditEvent": {"resourceType", "id", "type", "subtype", "action", "recorded", "outcome",
                   "agent", "source", "entity"},
    "agent": {"requestor", "who"},
    "source": {"observer", "site"},
    "entity": {"what", "type", "role", "detail"},
    "detail": {"type", "valueString"},
}  # fmt: skip
"""Elements of AuditEvent in FHIR 4.0.1; in R5 several have other names."""


def read_out(folder: Path, wanted: Selection = ALL) -> list[Entry]:
    with reading(folder) as connection:
        return list(selected(connection, wanted))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None
)
@given(drafts=st.lists(DRAFTS, min_size=1, max_size=5))
def test_a_line_holds_an_entry_whole(
    drafts: list[Draft], tmp_path_factory: pytest.TempPathFactory
) -> None:
    ledger = open_ledger(tmp_path_factory.mktemp("one") / "data")
    entries = ledger.append(drafts)
    ledger.close()
    for entry in entries:
        text = ndjson(entry)
        assert text.isascii() and text.count("\n") == 1 and text.endswith("\n")
        assert Entry(**json.loads(text)) == entry
        assert json.loads(fhir(entry))["id"] == entry.id


def test_a_selection_is_what_it_says(ledger: SqliteLedger, folder: Path) -> None:
    kept = ledger.append([draft(n, tenant="ab"[n % 2]) for n in range(1, 10)])
    assert read_out(folder) == list(kept)
    assert [e.sequence for e in read_out(folder, Selection(3, 6))] == [3, 4, 5, 6]
    assert [e.sequence for e in read_out(folder, Selection(4, None, "a"))] == [4, 6, 8]
    assert read_out(folder, Selection(1, 0)) == read_out(folder, Selection(tenant="c")) == []
    with pytest.raises(LedgerBroken):
        read_out(folder, Selection(11))


def test_what_does_not_hold_is_not_exported(twelve: Path) -> None:
    tamper(twelve, run("UPDATE entry SET tenant = 'other' WHERE sequence = 6"))
    with reading(twelve) as connection:
        told = []
        with pytest.raises(LedgerBroken, match="entry 6"):
            told += [e.sequence for e in selected(connection, Selection(tenant="other"))]
    assert told == []


def test_where_there_is_no_ledger_nothing_is_exported(tmp_path: Path) -> None:
    with pytest.raises(InputRefused):
        read_out(tmp_path)


def test_memory_does_not_grow_with_the_ledger(ledger: SqliteLedger, folder: Path) -> None:
    content = json.dumps({"text": "".join(map(str, range(15_000)))})
    ledger.append([draft(content=content) for _ in range(600)])
    tracemalloc.start()
    with reading(folder) as connection:
        size = sum(len(ndjson(entry)) for entry in selected(connection, Selection()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 35_000_000
    assert peak < 8_000_000


def names(value: Any, under: str = "AuditEvent") -> list[tuple[str, str]]:
    """Return each element of a resource that R4 does not name, and where."""
    if isinstance(value, list):
        return list(itertools.chain.from_iterable(names(one, under) for one in value))
    if not isinstance(value, dict) or under not in R4:
        return []
    unknown = [(under, key) for key in value if key not in R4[under]]
    return unknown + [found for key, one in value.items() for found in names(one, key)]


def test_an_audit_event_tells_who_what_and_when_and_nothing_of_the_case(
    ledger: SqliteLedger,
) -> None:
    (kept,) = ledger.append([
        draft(content=json.dumps({"record": CANARY}), idempotency_key=CANARY, actor="k1",
              request_digest="d" * 64),
    ])  # fmt: skip
    (review,) = ledger.append([
        Draft(REVIEW, "hospital", json.dumps({"reviewer": CANARY, "reason": CANARY}), about=kept.id)
    ])  # fmt: skip
    for entry in (kept, review):
        found = audit_event(entry)
        assert CANARY not in fhir(entry)
        assert names(found) == []
        assert found["recorded"] == entry.at
        assert (found["action"], found["outcome"]) == ("C", "0")
        detail = {d["type"]: d["valueString"] for d in found["entity"][0]["detail"]}
        assert (detail["sequence"], detail["previous"], detail["digest"]) == (
            str(entry.sequence), entry.previous, entry.digest,
        )  # fmt: skip
    assert audit_event(kept)["agent"][0]["who"]["identifier"]["value"] == "k1"
    assert audit_event(review)["entity"][1]["what"]["identifier"]["value"] == kept.id


@pytest.mark.parametrize(
    ("event", "outcome", "code"), [("triples-refused", "4", "110113"), ("batch", "0", "rest")]
)
def test_a_refusal_is_a_security_alert(
    event: str, outcome: str, code: str, ledger: SqliteLedger
) -> None:
    (kept,) = ledger.append([Draft(EVENT, "hospital", json.dumps({"event": event}))])
    found = audit_event(kept)
    assert (found["action"], found["outcome"], found["type"]["code"]) == ("E", outcome, code)
    assert names(found) == []
