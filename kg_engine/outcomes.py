"""Read outcomes off the closure: for a case, a service or a request, and never compute one.

Which class yields which outcome stands in the ontology (``nec:yields``). A subject that belongs
to neither class, or to both, is indeterminate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kg_engine.inference import DOCUMENTATION, Inference
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC, TYPE
from kg_engine.terms import IRI, Term, Triple

NECESSARY, NOT_NECESSARY, INDETERMINATE = "necessary", "not_necessary", "indeterminate"
OUTCOMES = (NECESSARY, NOT_NECESSARY, INDETERMINATE)


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """What is concluded of a subject: the outcome, what else is possible, what is presumed.

    ``fact`` is the class membership that yields a definite outcome.
    """

    outcome: str
    possible: tuple[str, ...]
    presumptive: str | None
    fact: Triple | None


@dataclass(frozen=True)
class OutcomeReader:
    """Read outcomes of one inference."""

    inference: Inference
    knowledge: Knowledge

    def masks(self, subject: Term) -> dict[str, tuple[int, Triple]]:
        """Return, for each outcome but indeterminate, the consistent worlds that yield it."""
        found: dict[str, tuple[int, Triple]] = {}
        universe = self.inference.consistent
        for yields in self.knowledge.graph.about(NEC.yields):
            fact = Triple(subject, TYPE, IRI(str(yields.s)))
            mask = self.inference.closure.mask(fact) & universe
            if mask:
                found[self.knowledge.notation(yields.o)] = (mask, fact)
        both = -1
        for mask, _ in found.values():
            both &= mask
        if len(found) > 1 and both:
            return {o: (mask & ~both, fact) for o, (mask, fact) in found.items()}
        return found

    def read(self, subject: Term, *, unbounded: bool) -> OutcomeView:
        """Read a subject's outcome; ``unbounded`` says that nothing can be excluded."""
        inference = self.inference
        completions = inference.completions
        as_recorded = inference.worlds.as_recorded & inference.consistent
        masks = self.masks(subject)
        if inference.limited or not as_recorded or not completions:
            return OutcomeView(INDETERMINATE, OUTCOMES, None, None)
        for outcome, (mask, fact) in masks.items():
            if not completions & ~mask:
                return OutcomeView(outcome, (outcome,), outcome, fact)
        if unbounded:
            return OutcomeView(INDETERMINATE, OUTCOMES, None, None)
        reached = completions
        possible = []
        for outcome in (NECESSARY, NOT_NECESSARY):
            mask = masks[outcome][0] if outcome in masks else 0
            if mask & completions:
                possible.append(outcome)
            reached &= ~mask
        if reached:
            possible.append(INDETERMINATE)
        return OutcomeView(INDETERMINATE, tuple(possible), self._presumed(masks), None)

    def _presumed(self, masks: dict[str, tuple[int, Triple]]) -> str | None:
        presumed = self.inference.presumed
        if not presumed & self.inference.consistent:
            return None
        return next((o for o, (mask, _) in masks.items() if mask & presumed), INDETERMINATE)

    def is_open(self, requests: Iterable[Term]) -> bool:
        """Say whether some undecided request is one of which no outcome can be excluded."""
        world = self.inference.worlds.as_recorded
        for request in requests:
            fact = Triple(request, TYPE, NEC.UnboundedRequest)
            undecided = self.read(request, unbounded=False).outcome == INDETERMINATE
            if undecided and self.inference.closure.mask(fact) & world:
                return True
        return False

    def decisive(self, subject: Term, k: int) -> bool:
        """Say whether open fact k alone can change a subject's outcome in some completion."""
        worlds, universe = self.inference.worlds, self.inference.completions
        return any(worlds.flips(mask, k, universe) for mask, _ in self.masks(subject).values())


def documentation_open(inference: Inference) -> int | None:
    """Return the number of the open fact that stands for the documentation, if there is one."""
    for k, fact in enumerate(inference.open_facts):
        if fact.kind == DOCUMENTATION:
            return k
    return None
