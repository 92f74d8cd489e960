"""Walk a case through the rooms in order: door, closure, attestations, determination.

This is the hallway: it decides nothing. Use it from Python:

>>> from kg_engine import determine, open_engine
>>> determine({"procedures": [], "diagnoses": []}, open_engine()).outcome
'indeterminate'
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kg_engine.abox import ABox, build_abox
from kg_engine.determination import Determination, read_determination
from kg_engine.dictionary import Dictionary
from kg_engine.edition import Edition, Editions
from kg_engine.errors import Fault, InputRefused
from kg_engine.inference import infer
from kg_engine.knowledge import Knowledge
from kg_engine.rdf_record import MEDIA_TYPES, read_rdf_record
from kg_engine.record import CaseRecord, RecordShapes, load_record_shapes, parse_json, read_record
from kg_engine.stored_knowledge import open_knowledge
from kg_engine.terms import IRI

ROOT = Path(__file__).resolve().parent.parent
JSON_MEDIA_TYPE = "application/json"


@dataclass(frozen=True)
class Engine:
    """Hold loaded knowledge and what is built from it once; it serves any number of cases."""

    knowledge: Knowledge
    editions: Editions
    dictionary: Dictionary
    record_shapes: RecordShapes


@dataclass(frozen=True)
class Admitted:
    """A case past the door: its record, its A-Box, and the edition by which it is judged."""

    record: CaseRecord
    abox: ABox
    edition: Edition


def open_engine(
    ontology: Iterable[Path] = (ROOT / "ontology",), shapes: Iterable[Path] = (ROOT / "shapes",)
) -> Engine:
    """Load ontology and shapes from folders or files and make ready for cases.

    Raises KnowledgeRefused with every fault and its file.
    """
    knowledge, words = open_knowledge(ontology, shapes)
    record_shapes = load_record_shapes(knowledge.record_shapes_graph)
    return Engine(knowledge, Editions(knowledge), words, record_shapes)


def read_case(data: bytes, engine: Engine, *, media_type: str = JSON_MEDIA_TYPE) -> object:
    """Read a case in JSON, JSON-LD, Turtle or N-Triples into plain JSON values.

    Raises InputRefused with every fault that reading finds.
    """
    if media_type == JSON_MEDIA_TYPE:
        return parse_json(data)
    return read_rdf_record(data, media_type, engine.record_shapes)


def admit(case: object, engine: Engine, *, policy: str | None = None) -> Admitted:
    """Admit a case, given as plain JSON values, under its own or another policy.

    Raises InputRefused with every fault of the record, each with its path and remedy.
    """
    record = read_record(case, engine.record_shapes)
    name = policy if policy is not None else record.policy
    found = engine.knowledge.policy(name)
    if found is None:
        raise InputRefused([_unknown_policy(engine.knowledge)])
    abox = build_abox(record, engine.knowledge, engine.dictionary, policy=IRI(found))
    return Admitted(record, abox, engine.editions.cut(IRI(found), record.date_of_service))


def determine(case: object, engine: Engine, *, policy: str | None = None) -> Determination:
    """Determine a case, given as plain JSON values, and explain the answer.

    Takes the case of the contract and an engine from ``open_engine``; ``policy`` overrides the
    case's own. Raises InputRefused; whatever is merely missing is an answer, not an error.
    """
    admitted = admit(case, engine, policy=policy)
    inference = infer(admitted.edition, admitted.abox)
    return read_determination(admitted.record, inference, engine.knowledge)


def _unknown_policy(knowledge: Knowledge) -> Fault:
    known = ", ".join(knowledge.policies)
    return Fault("/policy", "no policy of that name.", f"Name one of: {known}.")


MEDIA_TYPES_READ = (JSON_MEDIA_TYPE, *MEDIA_TYPES)
