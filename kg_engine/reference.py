"""Judge a case with owlrl and pyshacl alone: slow, simple, and independent of the engine.

The same ontology and the same shapes are read by the two reference libraries: owlrl closes, the
attesting shapes of a stratum are validated, conforming focus nodes receive the class that the
shape attests, and so on to the last stratum. It shares the door with the engine (the A-Box and
the choice of files) and nothing else. It judges the record as it stands and tries no completion.

>>> from kg_engine import open_engine
>>> from kg_engine.reference import determine_reference
>>> determine_reference({"procedures": [], "diagnoses": []}, open_engine())["outcome"]
'indeterminate'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import owlrl
import pyshacl
from rdflib import DCTERMS, OWL, PROV, RDF, RDFS, SH, SKOS, BNode, Graph, Literal, URIRef
from rdflib import Namespace as RdfNamespace
from rdflib.term import Node

from kg_engine import namespaces as ns
from kg_engine.abox import CASE_NODE
from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.pipeline import Admitted, Engine, admit
from kg_engine.reference_slice import RdfTriple, relevant, sliceable
from kg_engine.terms import BNode as OwnBNode
from kg_engine.terms import Literal as OwnLiteral
from kg_engine.terms import Term, Triple

Source = Path | bytes | frozenset[Triple]
"""A file of knowledge: where it is, its Turtle, or its triples."""

NEC = RdfNamespace(ns.NEC.base)
_ERROR = RdfNamespace("http://www.daml.org/2002/03/agents/agent-ont#")
_INDETERMINATE = "indeterminate"
_DECLARATIONS = {
    OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty,
    OWL.NamedIndividual, OWL.Ontology, OWL.Restriction,
}  # fmt: skip
_HEADER = {
    RDFS.label, RDFS.comment, RDFS.isDefinedBy, RDFS.seeAlso, OWL.versionIRI, OWL.versionInfo,
    OWL.priorVersion, OWL.deprecated, OWL.imports,
}  # fmt: skip
_ANNOTATING = (str(SKOS), str(DCTERMS), str(PROV), str(SH))


@dataclass(frozen=True)
class ReferenceResult:
    """What the reference libraries conclude of the record as it stands.

    ``outcomes`` has an entry for every node of the case. ``contradictions`` are owlrl's messages;
    where there is one, every outcome is indeterminate. ``attested`` holds, stratum by stratum,
    (node, class) as the shapes attest it; ``entailed`` what is entailed of the case's nodes,
    first before any stratum and then after each. ``sliced`` says that the knowledge could be cut
    down to what bears on the case; where it could not, the run was slow and no less sound.
    """

    outcomes: Mapping[str, str]
    contradictions: tuple[str, ...]
    attested: tuple[frozenset[tuple[str, str]], ...]
    entailed: tuple[frozenset[tuple[str, str, str]], ...]
    sliced: bool


def determine_reference(
    case: object, engine: Engine, *, policy: str | None = None
) -> dict[str, object]:
    """Determine a case with the reference libraries, in the outline of the contract.

    Takes what ``determine`` takes. Raises InputRefused.
    """
    admitted = admit(case, engine, policy=policy)
    knowledge = engine.knowledge
    files: dict[str, Source] = {n: knowledge.ontology[n] for n in admitted.edition.files}
    shapes: dict[str, Source] = dict(knowledge.shape_files)
    result = reference_outcomes(admitted.abox.facts, files, shapes)
    requests = _objects(admitted, ns.NEC.hasRequest)
    return {
        "case_id": admitted.record.id,
        "engine": f"reference (owlrl {version('owlrl')}, pyshacl {version('pyshacl')})",
        "outcome": result.outcomes[str(CASE_NODE)],
        "services": [
            {"code": _code(admitted, engine, s), "outcome": result.outcomes[s]}
            for s in _objects(admitted, ns.NEC.hasService)
        ],
        "requests": {r: result.outcomes[r] for r in requests},
        "contradictions": list(result.contradictions),
        "policy": {
            "id": knowledge.notation(admitted.edition.policy),
            "label": knowledge.label(admitted.edition.policy),
        },
        "knowledge": {"version_iri": knowledge.version_iri, "digest": knowledge.digest},
    }


def reference_outcomes(
    facts: Iterable[Triple],
    ontology_files: Mapping[str, Source],
    shapes_files: Mapping[str, Source],
) -> ReferenceResult:
    """Run the strata over the facts of a case and read the outcomes of its nodes."""
    ontology, shapes = _read(ontology_files.values()), _read(shapes_files.values())
    knowledge = _axioms(ontology)
    strata = _strata(shapes)
    sound = sliceable(knowledge) and not _looks_back(strata, shapes)
    case = _Case(knowledge, [_rdf(t) for t in facts], sound)
    contradictions = case.close()
    attested, entailed = [], [case.entailed()]
    for stratum in strata:
        found = {pair for shape in stratum for pair in _attested(shape, shapes, case.closed)}
        attested.append(frozenset((str(s), str(c)) for s, c in found))
        if case.accept(found):
            contradictions |= case.close()
        entailed.append(case.entailed())
    outcomes = {
        str(node): _INDETERMINATE if contradictions else _outcome(node, ontology, case.closed)
        for node in case.nodes
    }
    faults = tuple(sorted(contradictions))
    return ReferenceResult(outcomes, faults, tuple(attested), tuple(entailed), sound)


class _Case:
    """Hold the facts of a case, and their closure under the part of the knowledge that bears."""

    def __init__(self, knowledge: Graph, facts: list[RdfTriple], sound: bool) -> None:
        self.knowledge, self.facts, self.sound = knowledge, set(facts), sound
        self.nodes = sorted({s for s, _, _ in facts}, key=str)
        self.closed = Graph()

    def close(self) -> set[str]:
        """Close the facts anew and return the contradictions that owlrl reports.

        Entailments about the case are carried along, so that the next closure starts from them.
        owlrl works on rdflib's plainest store, the fastest for it; pyshacl needs the usual one.
        """
        graph = Graph(store="SimpleMemory")
        source = relevant(self.knowledge, self.facts) if self.sound else self.knowledge
        for triple in (*source, *self.facts):
            graph.add(triple)
        closure = owlrl.DeductiveClosure(
            owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False
        )
        closure.expand(graph)
        self.closed = Graph()
        for triple in graph:
            self.closed.add(triple)
        for node in self.nodes:
            for p, o in graph.predicate_objects(node):
                if not isinstance(o, BNode) and (o, p) != (node, OWL.sameAs):
                    self.facts.add((node, p, o))
        return {str(o) for o in graph.objects(None, _ERROR.error)}

    def entailed(self) -> frozenset[tuple[str, str, str]]:
        """Return the facts about the case so far, as text."""
        return frozenset((str(s), str(p), str(o)) for s, p, o in self.facts)

    def accept(self, pairs: Iterable[tuple[Node, Node]]) -> bool:
        """Add class memberships; say whether any was new."""
        new = {(s, RDF.type, c) for s, c in pairs} - self.facts
        self.facts |= new
        return bool(new)


def _read(sources: Iterable[Source]) -> Graph:
    graph = Graph()
    for source in sources:
        if isinstance(source, frozenset):
            for triple in source:
                graph.add(_rdf(triple))
        else:
            text = source.read_bytes() if isinstance(source, Path) else source
            graph.parse(data=text, format="turtle")
    return graph


def _rdf(triple: Triple) -> RdfTriple:
    return _node(triple.s), URIRef(triple.p), _node(triple.o)


def _node(term: Term) -> Node:
    if isinstance(term, OwnLiteral):
        if term.language:
            return Literal(term.lexical, lang=term.language)
        datatype = None if term.datatype == ns.XSD.string else URIRef(term.datatype)
        return Literal(term.lexical, datatype=datatype)
    return BNode(term[2:]) if isinstance(term, OwnBNode) else URIRef(term)


def _axioms(ontology: Graph) -> Graph:
    """Return the ontology without annotations and bare declarations."""
    annotating = set(ontology.subjects(RDF.type, OWL.AnnotationProperty)) | _HEADER
    found = Graph()
    for s, p, o in ontology:
        declares = p == RDF.type and o in _DECLARATIONS
        if not declares and p not in annotating and not str(p).startswith(_ANNOTATING):
            found.add((s, p, o))
    return found


def _strata(shapes: Graph) -> list[list[Node]]:
    numbers = {s: int(str(shapes.value(s, NEC.stratum))) for s in set(shapes.subjects(NEC.attests))}
    return [
        sorted((s for s, n in numbers.items() if n == number), key=str)
        for number in sorted(set(numbers.values()))
    ]


def _looks_back(strata: list[list[Node]], shapes: Graph) -> bool:
    """Say whether an attesting shape follows a property backwards."""
    every = (_alone(shape, shapes) for stratum in strata for shape in stratum)
    return any((None, SH.inversePath, None) in alone for alone in every)


def _attested(shape: Node, shapes: Graph, data: Graph) -> Iterator[tuple[Node, Node]]:
    """Yield (focus node, class) for each focus node of an attesting shape that conforms.

    Each shape is validated alone, so that every result of the report is its own; only a result
    that the report itself names counts, not one nested under ``sh:detail``.
    """
    alone = _alone(shape, shapes)
    _, report, text = pyshacl.validate(
        data, shacl_graph=alone, advanced=False, js=False, inference="none",
        do_owl_imports=False, meta_shacl=False, inplace=True,
    )  # fmt: skip
    if not isinstance(report, Graph):
        fault = Fault(str(shape), f"pyshacl cannot validate this shape: {text}", "Mend the shape.")
        raise KnowledgeRefused([fault])
    failed = {
        focus
        for result in report.objects(None, SH.result)
        for focus in report.objects(result, SH.focusNode)
    }
    for target in shapes.objects(shape, SH.targetClass):
        for focus in set(data.subjects(RDF.type, target)) - failed:
            for attested in shapes.objects(shape, NEC.attests):
                yield focus, attested


def _alone(shape: Node, shapes: Graph) -> Graph:
    """Return the description of one shape and what it refers to, where it alone has a target."""
    found, queue, seen = Graph(), [shape], {shape}
    while queue:
        node = queue.pop()
        for p, o in shapes.predicate_objects(node):
            if p == SH.targetClass and node != shape:
                continue
            if str(p).startswith((str(SH), str(RDF))):
                found.add((node, p, o))
                if o not in seen and (o, None, None) in shapes:
                    seen.add(o)
                    queue.append(o)
    return found


def _outcome(node: Node, ontology: Graph, closed: Graph) -> str:
    """Read an outcome off the classes of a node: that of one class, not of none or several."""
    found = {
        str(ontology.value(outcome, SKOS.notation))
        for class_, outcome in ontology.subject_objects(NEC.yields)
        if (node, RDF.type, class_) in closed
    }
    return found.pop() if len(found) == 1 else _INDETERMINATE


def _objects(admitted: Admitted, p: str) -> list[str]:
    return sorted(str(t.o) for t in admitted.abox.facts if t.s == CASE_NODE and t.p == p)


def _code(admitted: Admitted, engine: Engine, service: str) -> str | None:
    for fact in admitted.abox.facts:
        if fact.s == service and fact.p == ns.NEC.hasCode:
            return engine.knowledge.notation(fact.o)
    number = service.rsplit("/", 1)[-1]
    return admitted.record.services[int(number)].code if number.isdigit() else None
