"""Cut the edition that a case needs: the knowledge in force on a date under a policy.

An edition is compiled and closed once, before any case, and every case of it grows from that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from kg_engine.base import close_knowledge
from kg_engine.closure import Application, Closure
from kg_engine.graphs import Graph
from kg_engine.int_shapes import IntTarget, compile_targets, shape_terms
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC, OWL, RDF, RDFS, TYPE
from kg_engine.program import Fact
from kg_engine.shapes import TargetShape, read_shapes
from kg_engine.smallest import smallest_derivations
from kg_engine.stored_edition import Compiled, stored
from kg_engine.terms import IRI, Term, Triple, ntriple

_KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty)


@dataclass(frozen=True)
class Edition:
    """The knowledge in force on a date under a policy, closed and ready for cases."""

    policy: IRI
    files: frozenset[str]
    knowledge: Knowledge
    shapes: tuple[TargetShape, ...]

    @cached_property
    def axioms(self) -> frozenset[Triple]:
        """Return the triples that take part in reasoning."""
        return self.knowledge.axioms(self.files)

    @cached_property
    def compiled(self) -> Compiled:
        """Return the edition compiled, from the cache where it is there."""
        return stored(self.knowledge.cache_key, self.files, self._compile)

    @property
    def base(self) -> Closure:
        """Return the closure of the axioms, without any case."""
        return self.compiled.base

    @property
    def base_derivations(self) -> dict[Fact, Application]:
        """Return the smallest derivation of each entailment of the axioms alone."""
        return self.compiled.derivations

    @property
    def features_read(self) -> frozenset[Term]:
        """Return the features that some axiom has as a condition: each needs its own worlds."""
        return self.compiled.features_read

    @cached_property
    def leaves(self) -> dict[Fact, Any]:
        """Return where proofs keep the leaves that they made of axioms, by number."""
        return {}

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

    def _compile(self) -> Compiled:
        axioms = sorted(self.axioms, key=ntriple)
        properties = [p for kind in _KINDS for p in self.knowledge.graph.subjects(TYPE, kind)]
        base = close_knowledge(axioms, terms=[*properties, *shape_terms(self.shapes)])
        given = {base.fact(axiom) for axiom in axioms}
        derivations = smallest_derivations(base, 1, given, base.applications)
        return Compiled(base, derivations, _features_read(self.axioms))


def _features_read(axioms: frozenset[Triple]) -> frozenset[Term]:
    concluded = {t.o for t in axioms if t.p == RDFS.subClassOf}
    conditions = {t.o for t in axioms if t.p in (RDF.first, OWL.someValuesFrom)}
    conditions |= {t.s for t in axioms if t.p == RDFS.subClassOf}
    links = (NEC.presentFeature, NEC.absentFeature)
    restrictions = {t.s for t in axioms if t.p == OWL.onProperty and t.o in links}
    read = {r for r in restrictions if r in conditions or r not in concluded}
    named = {t.o for t in axioms if t.p == OWL.hasValue and t.s in read}
    listed = {t.o for t in axioms if t.p == OWL.someValuesFrom and t.s in read}
    heads = {t.o for t in axioms if t.p == OWL.oneOf and t.s in listed}
    graph = Graph(axioms)
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
            shapes = read_shapes(self.knowledge.shapes_graph)
            self._kept[key] = Edition(policy, files, self.knowledge, shapes)
        return self._kept[key]
