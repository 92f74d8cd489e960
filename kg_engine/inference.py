"""Run a case through the strata: closure, attestations, closure, … in every world at once.

What the record leaves open is assumed both ways: each feature that some axiom names opens a fact
of its own; the others, which only the routine conjunction reads, share one; and so does the
documentation that could still be supplied.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from kg_engine.abox import CASE_NODE, ABox
from kg_engine.base import upon
from kg_engine.closure import EVERYWHERE, Closure, WorkLimitExceeded
from kg_engine.conformance import attest
from kg_engine.edition import Edition
from kg_engine.namespaces import NEC, TYPE
from kg_engine.terms import IRI, Term, Triple
from kg_engine.worlds import Worlds

DOCUMENTATION = "documentation"
OPEN_FACT_LIMIT = 16


@dataclass(frozen=True, slots=True)
class OpenFact:
    """A fact that the record leaves open: the documentation, a feature, or features together."""

    kind: str
    features: tuple[IRI, ...] = ()


@dataclass(frozen=True)
class Inference:
    """Hold what follows from a case in every completion of its record.

    ``limited`` says that the case needed more work than allowed, so nothing may be concluded;
    ``assumed`` are the facts that some completion adds to the record.
    """

    edition: Edition
    abox: ABox
    closure: Closure
    worlds: Worlds
    open_facts: tuple[OpenFact, ...]
    limited: bool = False
    assumed: frozenset[Triple] = frozenset()

    @cached_property
    def consistent(self) -> int:
        """Return the worlds that no contradiction rules out."""
        return self.worlds.all & ~self.closure.inconsistent()

    @property
    def completions(self) -> int:
        """Return the consistent completions."""
        return self.worlds.completions & self.consistent

    @property
    def presumed(self) -> int:
        """Return the completion with nothing more present and the documentation supplied."""
        return 1 << (1 << len(self.open_facts) - 1)

    def certain(self, triple: Triple) -> bool:
        """Say whether a triple holds in every consistent world."""
        universe = self.consistent
        return bool(universe) and not universe & ~self.closure.mask(triple)

    def instance(self, subject: Term, classes: Iterable[Term]) -> bool:
        """Say whether a subject is of one of some classes by the record as it stands."""
        held = self._kinds.get(subject)
        if held is None:
            held = self._kinds[subject] = self._kinds_of(subject)
        return not held.isdisjoint(classes)

    @cached_property
    def _kinds(self) -> dict[Term, frozenset[Term]]:
        return {}

    def _kinds_of(self, subject: Term) -> frozenset[Term]:
        closure, s, world = self.closure, self.closure.number(subject), self.worlds.as_recorded
        type_ = closure.program.type
        held = (c for c in closure.objects_of(s, type_) if closure.worlds_of((s, type_, c)) & world)
        return frozenset(map(closure.term, held))


def infer(edition: Edition, abox: ABox) -> Inference:
    """Infer what follows from a case under an edition; a result, whatever the case says."""
    closure = upon(edition.base)
    if abox.too_large:
        return _unfinished(edition, abox)
    try:
        closure.extend((fact, EVERYWHERE) for fact in abox.facts)
        undocumented = undocumented_features(closure, abox)
        features = [f for fs in undocumented.values() for f in fs]
        open_facts = _open_facts(edition, features)
        limited = len(open_facts) > OPEN_FACT_LIMIT
        worlds = Worlds(1 if limited else len(open_facts))
        closure.open_worlds(worlds.all)
        kept = open_facts[-1:] if limited else open_facts
        assumptions = _assumptions(kept, undocumented, worlds)
        closure.extend(assumptions)
        for stratum in edition.strata:
            attest(closure, stratum)
    except WorkLimitExceeded:
        return _unfinished(edition, abox)
    assumed = frozenset(triple for triple, _ in assumptions)
    return Inference(edition, abox, closure, worlds, kept, limited, assumed)


def _unfinished(edition: Edition, abox: ABox) -> Inference:
    """Return what stands of a case that needs more work than allowed: its record alone."""
    closure = upon(edition.base)
    closure.state(abox.facts)
    return Inference(edition, abox, closure, Worlds(0), (), limited=True)


def undocumented_features(closure: Closure, abox: ABox) -> dict[IRI, tuple[IRI, ...]]:
    """Return, for each procedure, the asked features documented neither present nor absent."""
    if Triple(CASE_NODE, TYPE, NEC.FullyAssessedCase) in closure:
        return {}
    found = {}
    for procedure in abox.procedures:
        assessed = set(closure.objects(procedure, NEC.assessedFeature))
        asked = closure.objects(procedure, NEC.askedFeature)
        found[procedure] = tuple(sorted(IRI(str(f)) for f in asked if f not in assessed))
    return found


def _open_facts(edition: Edition, features: Iterable[IRI]) -> tuple[OpenFact, ...]:
    distinct = sorted(set(features))
    read = [f for f in distinct if f in edition.features_read]
    shared = tuple(f for f in distinct if f not in edition.features_read)
    found = [OpenFact("feature", (f,)) for f in read]
    if shared:
        found.append(OpenFact("features", shared))
    return (*found, OpenFact(DOCUMENTATION))


def _assumptions(
    open_facts: tuple[OpenFact, ...],
    undocumented: dict[IRI, tuple[IRI, ...]],
    worlds: Worlds,
) -> list[tuple[Triple, int]]:
    found = []
    for k, fact in enumerate(open_facts):
        holds, fails = worlds.holds(k), worlds.fails(k)
        if fact.kind == DOCUMENTATION:
            found.append((Triple(CASE_NODE, TYPE, NEC.AssumedDocumentedCase), holds))
        for procedure, features in undocumented.items():
            for feature in fact.features:
                if feature in features:
                    found.append((Triple(procedure, NEC.presentFeature, feature), holds))
                    found.append((Triple(procedure, NEC.absentFeature, feature), fails))
    return found
