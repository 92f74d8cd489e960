"""Hold one rule application: the atom of every proof."""

from __future__ import annotations

from typing import NamedTuple

from kg_engine.terms import Triple

ATTESTS = "sh:conforms"


class Derivation(NamedTuple):
    """A rule's name, its premises in the order of the specification, and its conclusion.

    The conclusion None is the specification's ``false``: a contradiction.
    For the rule ``sh:conforms`` the first premise names the shape and the class it attests,
    the second is the target membership, and the rest are the values that the shape saw.
    """

    rule: str
    premises: tuple[Triple, ...]
    conclusion: Triple | None
