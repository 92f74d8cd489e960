"""Choose, for each fact of one world, its smallest derivation.

Size is the number of rule applications in the proof written as a tree; ties fall to the first
in a total order of rules and premises, so the choice depends on nothing but the facts.
Source: Knuth, A generalization of Dijkstra's algorithm, Information Processing Letters, 1977.
"""

from __future__ import annotations

import heapq
from collections.abc import Container

from kg_engine.closure import Closure
from kg_engine.derivation import ATTESTS, Derivation
from kg_engine.terms import Triple, ntriple


def smallest_derivations(
    closure: Closure, world: int, given: Container[Triple]
) -> dict[Triple, Derivation]:
    """Return the smallest derivation of each own fact of a world that is not given.

    ``world`` is a bit set of one world; ``given`` holds the facts that need no derivation.
    """
    users, waiting = _index(closure, world)
    heap: list[tuple[int, str, Triple | Derivation]] = [
        (1, ntriple(t), t) for t in closure.masks if t in given and closure.mask(t) & world
    ]
    heap += [(1, _key(d), d) for d, premises in waiting.items() if not premises]
    heapq.heapify(heap)
    cost: dict[Triple, int] = {}
    chosen: dict[Triple, Derivation] = {}
    while heap:
        size, _, item = heapq.heappop(heap)
        fact = item.conclusion if isinstance(item, Derivation) else item
        if fact is None or fact in cost:
            continue
        cost[fact] = size
        if isinstance(item, Derivation):
            chosen[fact] = item
        for user in users.get(fact, ()):
            waiting[user].discard(fact)
            if not waiting[user]:
                total = 1 + sum(cost.get(p, 1) for p in present(closure, user, world))
                heapq.heappush(heap, (total, _key(user), user))
    return chosen


def present(closure: Closure, derivation: Derivation, world: int) -> tuple[Triple, ...]:
    """Return the premises that hold in a world; an attestation also saw what does not."""
    if derivation.rule != ATTESTS:
        return derivation.premises
    head, *seen = derivation.premises
    return (head, *(t for t in seen if closure.mask(t) & world))


def _index(
    closure: Closure, world: int
) -> tuple[dict[Triple, list[Derivation]], dict[Derivation, set[Triple]]]:
    users: dict[Triple, list[Derivation]] = {}
    waiting: dict[Derivation, set[Triple]] = {}
    for derivations in closure.derivations.values():
        for derivation in derivations:
            if not closure.derivation_mask(derivation) & world:
                continue
            premises = present(closure, derivation, world)
            own = {p for p in premises if p in closure.masks}
            waiting[derivation] = own
            for premise in own:
                users.setdefault(premise, []).append(derivation)
    return users, waiting


def _key(derivation: Derivation) -> str:
    return " ".join((derivation.rule, *map(ntriple, derivation.premises)))
