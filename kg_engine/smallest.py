"""Choose, for each fact of one world, its smallest derivation.

Size is the number of rule applications and axioms in the proof written as a tree; ties fall to
the first in a total order of rules, axioms and premises, so the choice depends on nothing but the
facts. Sizes only shrink while derivations are looked at again, until none does: the fixpoint of
Knuth, A generalization of Dijkstra's algorithm, Information Processing Letters, 1977.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

from kg_engine.closure import Application, Closure
from kg_engine.program import Fact

_UNKNOWN = 1 << 62


class Candidate(NamedTuple):
    """A derivation that holds in the world: what it costs by itself, and the own facts it needs."""

    cost: int
    needs: tuple[Fact, ...]
    application: Application


def smallest_derivations(
    closure: Closure, world: int, given: Container[Fact | None], roots: Iterable[Fact]
) -> dict[Fact, Application]:
    """Return the smallest derivation of each own fact below some roots that is not given.

    ``world`` is a bit set of one world; ``given`` holds the facts that need no derivation.
    """
    below = _below(closure, world, given, roots)
    # Facts stand in the order in which they were added, so one pass nearly always settles them.
    derived = [(fact, below[fact]) for fact in closure.masks if below.get(fact)]
    size = {fact: _UNKNOWN if candidates else 1 for fact, candidates in below.items()}
    changed = True
    while changed:
        changed = False
        for fact, candidates in derived:
            least = size[fact]
            for candidate in candidates:
                total = candidate.cost
                for need in candidate.needs:
                    total += size[need]
                if total < least:
                    least = size[fact] = total
                    changed = True
    return {
        fact: candidates[0].application if len(candidates) == 1 else _least(candidates, size)
        for fact, candidates in derived
        if size[fact] < _UNKNOWN
    }


def present(application: Application, world: int) -> tuple[Fact, ...]:
    """Return the premises that hold in a world; an attestation also saw what did not hold."""
    if application.conforms is None:
        return application.premises
    seen = zip(application.premises, application.seen, strict=True)
    return tuple(fact for fact, held in seen if held & world)


def _below(
    closure: Closure, world: int, given: Container[Fact | None], roots: Iterable[Fact]
) -> dict[Fact, list[Candidate]]:
    """Return every own fact below the roots, each with its derivations that hold in the world."""
    masks = closure.masks
    found: dict[Fact, list[Candidate]] = {}
    waiting = [root for root in roots if root in masks]
    while waiting:
        fact = waiting.pop()
        if fact in found:
            continue
        candidates = found[fact] = []
        if fact in given:
            continue
        for application in closure.applications.get(fact, ()):
            candidate = _candidate(application, masks, world)
            if candidate is not None:
                candidates.append(candidate)
                waiting += candidate.needs
    return found


def _candidate(application: Application, masks: Mapping[Fact, int], world: int) -> Candidate | None:
    """Return a rule application as a candidate; None where it does not go through in the world."""
    premises, axioms = application.premises, application.clause.axioms
    if application.conforms is not None:
        if not application.conforms & world:
            return None
        premises = present(application, world)
    needs = []
    for premise in premises:
        holds = masks.get(premise)
        if holds is not None:
            if not holds & world:
                return None
            needs.append(premise)
    needs += [axiom for axiom in axioms if axiom in masks]
    cost = 1 + len(axioms) + len(premises) - len(needs)
    return Candidate(cost, tuple(needs), application)


def _least(candidates: Iterable[Candidate], size: Mapping[Fact, int]) -> Application:
    def key(candidate: Candidate) -> tuple[object, ...]:
        cost, needs, application = candidate
        clause = application.clause
        total = cost + sum(size[need] for need in needs)
        return total, clause.rule, clause.axioms, application.premises

    return min(candidates, key=key).application
