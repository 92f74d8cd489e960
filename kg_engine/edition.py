"""Cut the edition that a case needs: the knowledge in force on a date under a policy.

An edition is closed once, before any case, and every case of it grows from that closure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from kg_engine.closure import Application, Closure, close_knowledge
from kg_engine.graphs import Graph
from kg_engine.int_shapes import IntTarget, compile_targets, shape_terms
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC, OWL, RDF, RDFS
from kg_engine.program import Fact
from kg_engine.shapes import TargetShape, read_shapes
from kg_engine.smallest import smallest_derivations
from kg_engine.terms import IRI, Term, Triple, ntriple


@dataclass(frozen=True)
class Edition:
    """The knowledge in force on a date under a policy, closed and ready for cases."""

    policy: IRI
    files: frozenset[str]
    axioms: frozenset[Triple]
    shapes: tuple[TargetShape, ...]

    @cached_property
    def base(self) -> Closure:
        """Return the closure of the axioms, without any case."""
        axioms = sorted(self.axioms, key=ntriple)
        return close_knowledge(axioms, terms=shape_terms(self.shapes))

    @cached_property
    def base_derivations(self) -> dict[Fact, Application]:
        """Return the smallest derivation of each entailment of the axioms alone."""
        base = self.base
        given = {base.fact(axiom) for axiom in self.axioms}
        return smallest_derivations(base, 1, given, base.applications)

    @cached_property
    def targets(self) -> tuple[IntTarget, ...]:
        """Return the shapes, compiled into the numbers of the base."""
        return compile_targets(self.shapes, self.base.program)

    @cached_property
    def strata(self) -> tuple[tuple[IntTarget, ...], ...]:
        """Return the attesting shapes, one tuple a stratum, in order."""
        attesting = [t for t in self.targets if t.clause is not None]
        numbers = sorted({t.stratum for t in attesting})
        return tuple(tuple(t for t in attesting if t.stratum == n) for n in numbers)

    @cached_property
    def asking(self) -> tuple[IntTarget, ...]:
        """Return the shapes that ask for what a record lacks."""
        return tuple(t for t in self.targets if t.asks)

    @cached_property
    def features_read(self) -> frozenset[Term]:
        """Return the features that some axiom has as a condition: each needs its own worlds."""
        concluded = {t.o for t in self.axioms if t.p == RDFS.subClassOf}
        conditions = {t.o for t in self.axioms if t.p in (RDF.first, OWL.someValuesFrom)}
        conditions |= {t.s for t in self.axioms if t.p == RDFS.subClassOf}
        links = (NEC.presentFeature, NEC.absentFeature)
        restrictions = {t.s for t in self.axioms if t.p == OWL.onProperty and t.o in links}
        read = {r for r in restrictions if r in conditions or r not in concluded}
        named = {t.o for t in self.axioms if t.p == OWL.hasValue and t.s in read}
        listed = {t.o for t in self.axioms if t.p == OWL.someValuesFrom and t.s in read}
        heads = {t.o for t in self.axioms if t.p == OWL.oneOf and t.s in listed}
        graph = Graph(self.axioms)
        return frozenset(named | {m for head in heads for m in graph.items(head)})


@dataclass
class Editions:
    """Cut editions of one knowledge and keep them."""

    knowledge: Knowledge
    _kept: dict[tuple[IRI, frozenset[str]], Edition] = field(default_factory=dict)

    def cut(self, policy: IRI, day: date | None) -> Edition:
        """Return the edition of a policy on a day; without a day, the latest."""
        files = self.knowledge.files_in_force(policy, day)
        key = (policy, files)
        if key not in self._kept:
            axioms = self.knowledge.axioms(files)
            shapes = read_shapes(self.knowledge.shapes_graph)
            self._kept[key] = Edition(policy, files, axioms, shapes)
        return self._kept[key]
