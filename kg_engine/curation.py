"""Hold the ontology to its own rules: the curation shapes, and what no shape can say.

The shapes are SHACL Core (https://www.w3.org/TR/shacl/) and say what each kind of term must have.
What needs the whole ontology, such as labels that are unique and names that are defined, is here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

import pyshacl
import rdflib
from pyshacl.errors import ConstraintLoadError, ReportableRuntimeError, ShapeLoadError

from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.graphs import Graph
from kg_engine.namespaces import NEC, OWL, RDFS, SH, TYPE
from kg_engine.terms import IRI, BNode, Literal, Term, Triple, local_name

PROPERTY_KINDS = frozenset({OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty})
Place = Callable[[Term], str]


def check_curation(
    files: Mapping[str, frozenset[Triple]],
    shapes: frozenset[Triple],
    *,
    texts: Mapping[str, bytes] = MappingProxyType({}),
) -> tuple[Fault, ...]:
    """Return what curators have to mend in the files of an ontology, each with its place.

    ``files`` maps a name to its triples, ``texts`` a name to its Turtle, for line numbers.
    Raises KnowledgeRefused when the shapes cannot be run. Source: https://www.w3.org/TR/shacl/
    """
    graph = Graph(triple for triples in files.values() for triple in triples)
    place = _places(files, texts)
    own = _own_namespaces(graph)
    found = [*_shape_faults(graph, shapes, place), *_homeless(graph, own, place)]
    found += [*_shared_labels(graph, own, place), *_undefined(graph, own, place)]
    found += [*_undeclared(graph, own, place), *_misplaced(files, place)]
    return tuple(sorted(set(found)))


def _places(files: Mapping[str, frozenset[Triple]], texts: Mapping[str, bytes]) -> Place:
    """Return what names the file, and the line where its text is known, of a subject."""
    homes: dict[Term, str] = {}
    for name in sorted(files, reverse=True):
        homes.update(dict.fromkeys((t.s for t in files[name]), name))
    for name in sorted(files):
        homes.update((t.s, name) for t in files[name] if t.p == RDFS.isDefinedBy)

    def place(term: Term) -> str:
        name = homes.get(term, "ontology")
        local = re.escape(local_name(str(term)))
        subject = rf"^(?:[\w.-]*:{local}|<{re.escape(str(term))}>)(?=\s|$)"
        text = texts.get(name, b"").decode(errors="replace")
        found = re.search(subject, text, re.MULTILINE) if isinstance(term, IRI) else None
        return f"{name}:{text.count(chr(10), 0, found.start()) + 1}" if found else name

    return place


def _own_namespaces(graph: Graph) -> tuple[str, ...]:
    """Return the namespaces of terms that the ontology's own documents define."""
    documents = graph.subjects(TYPE, OWL.Ontology)
    parents = tuple({str(document).rsplit("/", 1)[0] for document in documents})
    defined = {t.s for t in graph.about(RDFS.isDefinedBy)} - set(documents)
    spaces = {str(term)[: -len(local_name(str(term)))] for term in defined}
    return tuple(sorted(space for space in spaces if space.startswith(parents)))


def _shape_faults(graph: Graph, shapes: frozenset[Triple], place: Place) -> Iterator[Fault]:
    report = Graph(_triples(_validate(graph.triples, shapes)))
    for result in report.subjects(TYPE, SH.ValidationResult):
        focus = report.value(result, SH.focusNode) or IRI("")
        value = report.text(result, SH.value)
        shown = f" ({local_name(value)[:60]})" if value and value != focus else ""
        component = report.text(result, SH.sourceConstraintComponent)
        rule = local_name(component).removesuffix("ConstraintComponent")
        shape = local_name(report.text(result, SH.sourceShape))
        message = f"{_show(focus)} breaks {shape}, {rule}{shown}."
        yield Fault(place(focus), message, report.text(result, SH.resultMessage))


def _validate(data: Iterable[Triple], shapes: Iterable[Triple]) -> rdflib.Graph:
    try:
        _, report, _ = pyshacl.validate(
            _rdflib(data), shacl_graph=_rdflib(shapes), inference="none", advanced=False, js=False
        )
    except (ShapeLoadError, ConstraintLoadError, ReportableRuntimeError) as error:
        fault = Fault("curation shapes", f"cannot be run: {error}", "Mend the shape named.")
        raise KnowledgeRefused([fault]) from error
    if not isinstance(report, rdflib.Graph):
        raise KnowledgeRefused([Fault("curation shapes", f"cannot be run: {report}")])
    return report


def _homeless(graph: Graph, own: tuple[str, ...], place: Place) -> Iterator[Fault]:
    for term in {t.s for t in graph.triples if _is_own(t.s, own)}:
        if not graph.objects(term, RDFS.isDefinedBy):
            remedy = "Give it a label, a definition, a source and one rdfs:isDefinedBy."
            yield Fault(place(term), f"{_show(term)} has statements and no home.", remedy)


def _shared_labels(graph: Graph, own: tuple[str, ...], place: Place) -> Iterator[Fault]:
    holders: dict[str, set[Term]] = {}
    for term, _, label in graph.about(RDFS.label):
        if _is_own(term, own) and isinstance(label, Literal) and not _is_code(graph, term):
            holders.setdefault(label.lexical.casefold(), set()).add(term)
    for words, terms in holders.items():
        if len(terms) > 1:
            for term in terms:
                others = ", ".join(sorted(f"<{other}>" for other in terms - {term}))
                message = f"{_show(term)} shares its label {words!r} with {others}."
                yield Fault(place(term), message, "Make each label unique.")


def _undefined(graph: Graph, own: tuple[str, ...], place: Place) -> Iterator[Fault]:
    defined = {t.s for t in graph.triples}
    users: dict[Term, list[Term]] = {}
    for triple in graph:
        if _is_own(triple.o, own) and triple.o not in defined:
            users.setdefault(triple.o, []).append(triple.s)
    parents = _parents(graph) if users else {}
    for term, subjects in users.items():
        user = min(subjects, key=lambda s: isinstance(s, BNode))
        by = _named(user, parents)
        message = f"{_show(by)} uses {_show(term)}, which is defined nowhere."
        yield Fault(place(by), message, "Define the term, or mend the name.")


def _undeclared(graph: Graph, own: tuple[str, ...], place: Place) -> Iterator[Fault]:
    for predicate in {t.p for t in graph.triples if _is_own(t.p, own)}:
        if not PROPERTY_KINDS.intersection(graph.objects(predicate, TYPE)):
            user = _named(graph.about(predicate)[0].s, _parents(graph))
            message = f"{_show(user)} uses {_show(predicate)}, which is declared no property."
            yield Fault(place(user), message, "Declare an object, datatype or annotation property.")


def _misplaced(files: Mapping[str, frozenset[Triple]], place: Place) -> Iterator[Fault]:
    for name, triples in files.items():
        headers = {t.s for t in triples if t.p == TYPE and t.o == OWL.Ontology}
        if len(headers) != 1:
            message = f"has {len(headers)} ontology headers."
            yield Fault(name, message, "Begin the file with exactly one owl:Ontology.")
        for t in triples:
            if t.p == RDFS.isDefinedBy and headers and t.o not in headers:
                message = f"{_show(t.s)} is said to be defined in {_show(t.o)}, and is not."
                yield Fault(place(t.s), message, "Name the header of its own file.")


def _parents(graph: Graph) -> dict[Term, Term]:
    """Return a node that leads to each anonymous node, the least one; axioms lead outward."""
    found: dict[Term, Term] = {}
    for triple in graph:
        if isinstance(triple.o, BNode):
            found.setdefault(triple.o, triple.s)
    for triple in graph.about(RDFS.subClassOf):
        if isinstance(triple.s, BNode) and isinstance(triple.o, IRI):
            found.setdefault(triple.s, triple.o)
    return found


def _named(term: Term, parents: Mapping[Term, Term]) -> Term:
    """Return the first named term that an anonymous node belongs to."""
    seen: set[Term] = set()
    while isinstance(term, BNode) and term in parents and term not in seen:
        seen.add(term)
        term = parents[term]
    return term


def _is_own(term: Term, own: tuple[str, ...]) -> bool:
    return isinstance(term, IRI) and term.startswith(own)


def _is_code(graph: Graph, term: Term) -> bool:
    return NEC.Code in graph.objects(term, TYPE)


def _show(term: Term) -> str:
    return "an anonymous node" if isinstance(term, BNode) else local_name(str(term))


def _rdflib(triples: Iterable[Triple]) -> rdflib.Graph:
    graph = rdflib.Graph()
    for s, p, o in triples:
        graph.add((_out(s), _out(p), _out(o)))
    return graph


def _out(term: Term) -> rdflib.term.Node:
    if isinstance(term, Literal):
        if term.language:
            return rdflib.Literal(term.lexical, lang=term.language)
        return rdflib.Literal(term.lexical, datatype=rdflib.URIRef(term.datatype), normalize=False)
    return rdflib.BNode(term[2:]) if isinstance(term, BNode) else rdflib.URIRef(term)


def _triples(graph: rdflib.Graph) -> Iterator[Triple]:
    for s, p, o in graph:
        yield Triple(_in(s), IRI(str(p)), _in(o))


def _in(term: rdflib.term.Node) -> Term:
    if isinstance(term, rdflib.Literal):
        return Literal(str(term), str(term.datatype or Literal("").datatype), term.language or "")
    return BNode(f"_:{term}") if isinstance(term, rdflib.BNode) else IRI(str(term))
