"""Load ontology and shapes, identify them by digest, and tell what is in force.

A file whose header says
``nec:assertsFrom`` a source takes part only if the policy includes the source and the source is
in force; every other file always takes part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.graphs import Graph, order
from kg_engine.namespaces import DCTERMS, NEC, OWL, PROV, RDFS, REC, SH, SKOS, TYPE
from kg_engine.terms import IRI, Literal, Term, Triple, local_name, ntriple
from kg_engine.turtle import parse_turtle_file

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
_DECLARATIONS = {
    OWL.Class,
    OWL.ObjectProperty,
    OWL.DatatypeProperty,
    OWL.AnnotationProperty,
    OWL.NamedIndividual,
    OWL.Ontology,
    OWL.Restriction,
}
_ANNOTATIONS = (SKOS.base, DCTERMS.base, PROV.base, SH.base)
_HEADER = {RDFS.label, RDFS.comment, RDFS.isDefinedBy, RDFS.seeAlso, OWL.versionIRI,
           OWL.versionInfo, OWL.priorVersion, OWL.deprecated, OWL.imports}  # fmt: skip


@dataclass(frozen=True)
class Knowledge:
    """Ontology and shapes as loaded: triples by file, and what identifies them."""

    ontology: Mapping[str, frozenset[Triple]]
    shape_files: Mapping[str, frozenset[Triple]]

    @cached_property
    def graph(self) -> Graph:
        """Return every triple of the ontology."""
        return Graph(t for triples in self.ontology.values() for t in triples)

    @cached_property
    def shapes_graph(self) -> Graph:
        """Return every triple of the shapes."""
        return Graph(t for triples in self.shape_files.values() for t in triples)

    @cached_property
    def record_shapes_graph(self) -> Graph:
        """Return the shape files that describe the raw record, and they alone."""
        return Graph(t for name in self.record_shape_files for t in self.shape_files[name])

    @cached_property
    def record_shape_files(self) -> tuple[str, ...]:
        """Return the names of the shape files that describe the raw record."""
        return tuple(
            name
            for name, triples in self.shape_files.items()
            if any(t.p == SH.targetClass and str(t.o).startswith(REC.base) for t in triples)
        )

    @cached_property
    def everything(self) -> Graph:
        """Return ontology and shapes together, for labels and sources."""
        return self.graph | self.shapes_graph

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of the sorted triples, independent of file names and order."""
        parts = sorted(
            triples_digest(triples)
            for triples in (*self.ontology.values(), *self.shape_files.values())
        )
        return "sha256:" + hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @cached_property
    def topic(self) -> IRI:
        """Return the one topic of the ontology.

        Raises KnowledgeRefused where there is none or more than one.
        """
        topics = self.graph.subjects(TYPE, NEC.Topic)
        if len(topics) != 1:
            fault = Fault("ontology", f"holds {len(topics)} individuals of nec:Topic.",
                          "State exactly one.")  # fmt: skip
            raise KnowledgeRefused([fault])
        return IRI(str(topics[0]))

    @cached_property
    def version_iri(self) -> str:
        """Return the version IRI of the topic."""
        return self.graph.text(self.topic, OWL.versionIRI)

    @cached_property
    def horizon(self) -> date | None:
        """Return the last day for which the knowledge claims to hold."""
        return _date(self.graph.value(self.topic, NEC.horizon))

    @cached_property
    def annotation_properties(self) -> frozenset[Term]:
        """Return the predicates that carry no semantics."""
        return frozenset(self.graph.subjects(TYPE, OWL.AnnotationProperty)) | _HEADER

    @cached_property
    def places(self) -> Mapping[Triple, frozenset[str]]:
        """Return the files that state each triple."""
        found: dict[Triple, set[str]] = {}
        for name, triples in (*self.ontology.items(), *self.shape_files.items()):
            for triple in triples:
                found.setdefault(triple, set()).add(name)
        shared = {frozenset(names): frozenset(names) for names in found.values()}
        return {triple: shared[frozenset(names)] for triple, names in found.items()}

    @cached_property
    def cache_key(self) -> str:
        """Return what identifies the files, byte by byte; empty where that is not known."""
        return ""

    @cached_property
    def asserted_sources(self) -> Mapping[str, tuple[Term, ...]]:
        """Return, for each file of the ontology, the sources that it asserts from."""
        return {
            name: tuple(sorted((t.o for t in triples if t.p == NEC.assertsFrom), key=order))
            for name, triples in self.ontology.items()
        }

    def policy(self, name: str | None) -> IRI | None:
        """Find a policy by its notation; None names the topic's default."""
        if name is None:
            default = self.graph.value(self.topic, NEC.defaultPolicy)
            return IRI(str(default)) if default is not None else None
        literal = Literal(name)
        for policy in self.graph.subjects(SKOS.notation, literal):
            if Triple(policy, TYPE, NEC.Policy) in self.graph:
                return IRI(str(policy))
        return None

    @property
    def policies(self) -> tuple[str, ...]:
        """Return the notations of all policies."""
        found = self.graph.subjects(TYPE, NEC.Policy)
        return tuple(sorted(self.graph.text(p, SKOS.notation) for p in found))

    def files_in_force(self, policy: IRI, day: date | None) -> frozenset[str]:
        """Return the files that take part under a policy on a day; without a day, the latest."""
        return frozenset(n for n in self.ontology if self._takes_part(n, policy, day))

    def axioms(self, files: Iterable[str]) -> frozenset[Triple]:
        """Return the triples of some files that take part in reasoning."""
        return frozenset(t for name in files for t in self.ontology[name] if self.is_axiom(t))

    def dated_editions(self, policy: IRI) -> bool:
        """Say whether the sources of a policy have dates between which they are in force."""
        return any(
            self.graph.objects(source, p)
            for source in self.graph.objects(policy, NEC.includesSource)
            for p in (NEC.inForceFrom, NEC.inForceUntil)
        )

    def label(self, term: Term) -> str:
        """Return a term's label, else its notation, else its local name."""
        found = self._labels.get(term)
        if found is None:
            graph = self.everything
            text = graph.text(term, RDFS.label) or graph.text(term, SKOS.notation)
            found = term.lexical if isinstance(term, Literal) else text or local_name(term)
            self._labels[term] = found
        return found

    def notation(self, term: Term) -> str:
        """Return a term's notation, else its local name."""
        return self.everything.text(term, SKOS.notation) or local_name(str(term))

    @cached_property
    def _labels(self) -> dict[Term, str]:
        return {}

    @cached_property
    def _memory(self) -> dict[tuple[object, ...], Any]:
        return {}

    def remember(self, make: Callable[[Knowledge, K], V], key: K) -> V:
        """Return what a function makes of this knowledge and a key, made once.

        The value is shared by all who ask for it: treat it as immutable.
        """
        place = (make, key)
        found: V | None = self._memory.get(place)
        if found is None:
            found = self._memory[place] = make(self, key)
        return found

    def _takes_part(self, name: str, policy: IRI, day: date | None) -> bool:
        sources = self.asserted_sources[name]
        included = self.graph.objects(policy, NEC.includesSource)
        return all(s in included and self.in_force(s, day) for s in sources)

    def in_force(self, source: Term, day: date | None) -> bool:
        """Say whether a source is in force on a day; without a day, whether it is not ended."""
        start = _date(self.graph.value(source, NEC.inForceFrom))
        end = _date(self.graph.value(source, NEC.inForceUntil))
        if day is None:
            return end is None
        return (start is None or start <= day) and (end is None or day <= end)

    def is_axiom(self, triple: Triple) -> bool:
        """Say whether a triple takes part in reasoning: no annotation, no bare declaration."""
        if triple.p == TYPE:
            return triple.o not in _DECLARATIONS
        if triple.p in self.annotation_properties:
            return False
        return not triple.p.startswith(_ANNOTATIONS)


def knowledge_files(roots: Iterable[Path]) -> dict[str, Path]:
    """Return every Turtle file below some folders, and the files named, by their names."""
    files: dict[str, Path] = {}
    for root in roots:
        for path in sorted(root.rglob("*.ttl")) if root.is_dir() else [root]:
            name = f"{root.name}/{path.relative_to(root)}" if root.is_dir() else path.name
            files[name if name not in files else str(path)] = path
    return files


def load_knowledge(ontology: Iterable[Path], shapes: Iterable[Path]) -> Knowledge:
    """Load every Turtle file below the given folders, or the given files.

    Raises KnowledgeRefused with the faults of all files at once.
    """
    faults: list[Fault] = []
    loaded = []
    for roots in (ontology, shapes):
        files: dict[str, frozenset[Triple]] = {}
        for name, path in knowledge_files(roots).items():
            try:
                files[name] = parse_turtle_file(path, place=name)
            except (KnowledgeRefused, OSError) as error:
                faults += _faults(error, name)
        loaded.append(files)
    if not loaded[0] and not faults:
        faults.append(Fault("ontology", "no Turtle file found.", "Name the folder that has them."))
    if faults:
        raise KnowledgeRefused(faults)
    return Knowledge(*loaded)


def _faults(error: KnowledgeRefused | OSError, name: str) -> list[Fault]:
    if isinstance(error, KnowledgeRefused):
        return list(error.faults)
    return [Fault(name, f"cannot be read: {error.strerror}.", "Check the path and its rights.")]


def triples_digest(triples: Iterable[Triple]) -> str:
    """Return the SHA-256 of the sorted triples, in hexadecimal digits."""
    return hashlib.sha256("\n".join(sorted(map(ntriple, triples))).encode()).hexdigest()


def _date(term: Term | None) -> date | None:
    return date.fromisoformat(term.lexical) if isinstance(term, Literal) else None
