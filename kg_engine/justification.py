"""Find the minimal sets of asserted facts that suffice for a conclusion: its justifications.

A set of facts suffices where some derivation rests on nothing else. Sets are joined upwards,
an AND over premises and an OR over derivations, and only minimal ones are kept; knowledge that
holds without the case adds nothing. A shape looks at what is absent too, so an attestation counts
with every value that it saw: what it yields suffices given that nothing else is stated.
Source: Kalyanpur, Parsia, Horridge, Sirin, Finding all justifications of OWL DL entailments, 2007.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from kg_engine.closure import Closure
from kg_engine.program import Fact
from kg_engine.smallest import present

Support: TypeAlias = frozenset[Fact]
BOUND = 32


@dataclass(frozen=True, slots=True)
class Justifications:
    """The minimal sets of stated facts, smallest first, and whether these are all of them."""

    sets: tuple[Support, ...]
    complete: bool


def justify(
    closure: Closure,
    world: int,
    conclusion: Fact,
    stated: Container[Fact | None],
    bound: int = BOUND,
) -> Justifications:
    """Return the justifications of a conclusion in one world, at most ``bound`` of them.

    ``stated`` holds the facts that need no derivation.
    """
    found: dict[Fact, tuple[Support, ...]] = {}
    ways = _ways(closure, world, conclusion)
    complete, changed = True, True
    while changed:
        changed = False
        for fact, bodies in reversed(ways.items()):
            candidates = [frozenset((fact,))] if fact in stated else []
            for body in bodies:
                joined = _joined([found.get(p, ()) for p in body], bound)
                complete = complete and len(joined) <= bound
                candidates += joined
            least = _minimal((*found.get(fact, ()), *candidates))
            complete = complete and len(least) <= bound
            if least[:bound] != found.get(fact, ()):
                found[fact] = least[:bound]
                changed = True
    return Justifications(found.get(conclusion, ()), complete)


def _ways(closure: Closure, world: int, conclusion: Fact) -> dict[Fact, list[list[Fact]]]:
    """Return every own fact below a conclusion, with the own premises of its derivations."""
    found: dict[Fact, list[list[Fact]]] = {}
    waiting = [conclusion]
    while waiting:
        fact = waiting.pop()
        if fact in found:
            continue
        bodies = found[fact] = []
        for application in closure.applications.get(fact, ()):
            if closure.application_mask(application) & world:
                seen = present(application, world)
                bodies.append([p for p in seen if p in closure.masks])
                waiting += bodies[-1]
    return found


def _joined(parts: Iterable[tuple[Support, ...]], bound: int) -> tuple[Support, ...]:
    """Return the unions of one set from each part, minimal ones alone; past the bound, some."""
    found: tuple[Support, ...] = (frozenset(),)
    for part in parts:
        found = _minimal(one | other for one in found[: bound + 1] for other in part)
    return found


def _minimal(sets: Iterable[Support]) -> tuple[Support, ...]:
    return tuple(_least(sorted(set(sets), key=lambda s: (len(s), sorted(s)))))


def _least(ordered: Iterable[Support]) -> Iterator[Support]:
    kept: list[Support] = []
    for support in ordered:
        if not any(smaller <= support for smaller in kept):
            kept.append(support)
            yield support
