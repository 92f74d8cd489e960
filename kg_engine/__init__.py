"""Determine medical necessity from an ontology, with a proof of every conclusion."""

from kg_engine.determination import Determination
from kg_engine.errors import Fault, InputRefused, KgEngineError, KnowledgeRefused
from kg_engine.pipeline import Engine, determine, open_engine, read_case

__all__ = [
    "Determination",
    "Engine",
    "Fault",
    "InputRefused",
    "KgEngineError",
    "KnowledgeRefused",
    "determine",
    "open_engine",
    "read_case",
]
