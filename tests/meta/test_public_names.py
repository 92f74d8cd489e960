"""The public names are few, and a change of them is a decision."""

from __future__ import annotations

import inspect

import kg_engine

PUBLIC = [
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


def test_the_public_names_are_pinned() -> None:
    assert sorted(kg_engine.__all__) == PUBLIC


def test_every_public_name_is_there_and_documented() -> None:
    for name in PUBLIC:
        assert inspect.getdoc(getattr(kg_engine, name)), name
