"""Determine medical necessity from an ontology, with a proof of every conclusion."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_ROOMS = {"Determination": "determination"} | dict.fromkeys(
    ("Engine", "determine", "open_engine", "read_case"), "pipeline"
)


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for, so that a single room opens by itself."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS.get(name, 'errors')}"), name)
