"""Determine medical necessity from an ontology, with a proof of every conclusion.

The public names load on first use, so that the checker of proofs, which shares nothing with
the engine, runs where the engine's own packages are not installed.
"""

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

_HOMES = {
    "Determination": "determination",
    "Engine": "pipeline",
    "Fault": "errors",
    "InputRefused": "errors",
    "KgEngineError": "errors",
    "KnowledgeRefused": "errors",
    "determine": "pipeline",
    "open_engine": "pipeline",
    "read_case": "pipeline",
}


def __getattr__(name: str) -> object:
    """Load a public name from its module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
