"""Open engines on changed knowledge, in memory, to see what a case makes of the change."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kg_engine import Engine
from kg_engine.dictionary import build_dictionary
from kg_engine.edition import Editions
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC, OWL, SKOS, TYPE
from kg_engine.terms import Term, Triple

CASES = Path(__file__).parent / "cases"
Case = dict[str, Any]
Files = Mapping[str, frozenset[Triple]]


def read_cases() -> dict[str, Case]:
    """Return every case that is data, by its path without the ending."""
    return {
        path.relative_to(CASES).with_suffix("").as_posix(): json.loads(path.read_bytes())
        for path in sorted(CASES.rglob("*.json"))
    }


def variant(engine: Engine, knowledge: Knowledge, *, same_words: bool = False) -> Engine:
    """Return an engine on other knowledge that keeps the record shapes.

    ``same_words`` says that words, codes and ids are as before, so that the dictionary stands.
    """
    words = engine.dictionary if same_words else build_dictionary(knowledge)
    return Engine(knowledge, Editions(knowledge), words, engine.record_shapes)


def without(knowledge: Knowledge, dropped: Collection[Triple]) -> Knowledge:
    """Return the knowledge without some triples, wherever they stand."""
    gone = frozenset(dropped)
    return replace(
        knowledge,
        ontology={name: triples - gone for name, triples in knowledge.ontology.items()},
        shape_files={name: triples - gone for name, triples in knowledge.shape_files.items()},
    )


def sliced(knowledge: Knowledge, cases: Iterable[Case]) -> Knowledge:
    """Return the knowledge without the codes that no case names, which no case can read."""
    graph = knowledge.graph
    used = {_key(code) for case in cases for code in _codes(case["record"])}
    unused = {
        code
        for code in graph.subjects(TYPE, NEC.Code)
        if _key(graph.text(code, SKOS.notation)) not in used
    }
    links: set[Term] = {t.s for t in graph.about(OWL.hasValue) if t.o in unused}
    return without(knowledge, {t for t in graph.triples if {t.s, t.o} & (unused | links)})


def _codes(record: object) -> Iterator[str]:
    """Yield what may be a code anywhere in a record, however badly it is shaped."""
    if isinstance(record, Mapping):
        for key, value in record.items():
            if key == "code":
                yield str(value)
            else:
                yield from _codes(value)
    elif isinstance(record, list):
        for value in record:
            yield from _codes(value)


def _key(code: str) -> str:
    return "".join(c for c in code if c.isalnum()).upper()
