"""Choose, for each fact of one world, its smallest derivation.

Size is the number of rule applications and axioms in the proof written as a tree; ties fall to
the first in a total order of rules, axioms and premises, so the choice depends on nothing but the
facts. Sizes only shrink while derivations are looked at again, until none does: the fixpoint of
Knuth, A generalization of Dijkstra's algorithm, Information Processing Letters, 1977.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from kg_engine.closure import Application, Closure
from kg_engine.program import Fact

_UNKNOWN = 1 << 62


def smallest_derivations(
    closure: Closure, world: int, given: Container[Fact | None], roots: Iterable[Fact]
) -> dict[Fact, Application]:
    """Return the smallest derivation of each own fact below some roots that is not given.

    ``world`` is a bit set of one world; ``given`` holds the facts that need no derivation.
    """
    below = _below(closure, world, given, roots)
    size = {fact: _UNKNOWN if applications else 1 for fact, applications in below.items()}
    changed = True
    while changed:
        changed = False
        for fact, applications in reversed(below.items()):
            for application, premises in applications:
                found = _size(application, premises, size)
                if found < size[fact]:
                    size[fact] = found
                    changed = True
    chosen = {}
    for fact, applications in below.items():
        least = [a for a, premises in applications if _size(a, premises, size) == size[fact]]
        if applications and size[fact] < _UNKNOWN:
            chosen[fact] = least[0] if len(least) == 1 else min(least, key=_key)
    return chosen


def present(closure: Closure, application: Application, world: int) -> tuple[Fact, ...]:
    """Return the premises that hold in a world; an attestation also saw what does not."""
    if application.conforms is None:
        return application.premises
    return tuple(fact for fact in application.premises if closure.worlds_of(fact) & world)


def _below(
    closure: Closure, world: int, given: Container[Fact | None], roots: Iterable[Fact]
) -> dict[Fact, list[tuple[Application, tuple[Fact, ...]]]]:
    """Return every own fact below the roots, each with its derivations that hold in the world."""
    masks = closure.masks
    found: dict[Fact, list[tuple[Application, tuple[Fact, ...]]]] = {}
    waiting = [root for root in roots if root in masks]
    while waiting:
        fact = waiting.pop()
        if fact in found:
            continue
        kept = found[fact] = []
        if fact in given:
            continue
        for application in closure.applications.get(fact, ()):
            if closure.application_mask(application) & world:
                premises = present(closure, application, world)
                kept.append((application, premises))
                waiting += [p for p in (*application.clause.axioms, *premises) if p in masks]
    return found


def _size(application: Application, premises: Iterable[Fact], size: Mapping[Fact, int]) -> int:
    axioms = sum(size.get(p, 1) for p in application.clause.axioms)
    return 1 + axioms + sum(size.get(p, 1) for p in premises)


def _key(application: Application) -> tuple[object, ...]:
    return application.clause.rule, application.clause.axioms, application.premises
