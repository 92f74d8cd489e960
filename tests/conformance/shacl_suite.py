"""Read the W3C SHACL Core suite whole, and say how far two reports agree.

Our checker tells which focus nodes do not conform, and no constraint component for each. So a
report is compared at ``sh:conforms`` and at the set of its focus nodes: the finest that it tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kg_engine.graphs import Graph
from kg_engine.namespaces import OWL, RDFS, SH, TYPE, Namespace
from kg_engine.terms import IRI, Literal, Term, Triple
from tests.conformance.owl_suites import turtle

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
FOCUS = "urn:test:FocusOf"
Triples = frozenset[Triple]


@dataclass(frozen=True, slots=True)
class Report:
    """Tell whether the data conform, and the focus nodes that do not."""

    conforms: bool
    failing: frozenset[Term]


@dataclass(frozen=True, slots=True)
class ShaclTest:
    """A test: data, shapes, and the report they should give."""

    name: str
    data: Triples
    shapes: Triples
    expected: Report


def every_test(folder: Path) -> tuple[ShaclTest, ...]:
    """Return every test of the core suite, in the order of its manifests."""
    return tuple(_tests(folder / "core" / "manifest.ttl", folder / "core"))


def _tests(manifest: Path, core: Path) -> Iterator[ShaclTest]:
    graph = Graph(turtle(manifest))
    for include in sorted(graph.about(MF.include)):
        yield from _tests(Path(str(include.o).removeprefix("file://")), core)
    for entry in (e for head in graph.about(MF.entries) for e in graph.items(head.o)):
        action, result = graph.value(entry, MF.action), graph.value(entry, MF.result)
        assert action is not None and result is not None
        files = (graph.text(action, p) for p in (SHT.dataGraph, SHT.shapesGraph))
        parsed = {file: turtle(Path(file.removeprefix("file://"))) for file in dict.fromkeys(files)}
        data, shapes = next(iter(parsed.values())), list(parsed.values())[-1]
        place = manifest.parent.relative_to(core).as_posix()
        name = f"{place}/{str(entry).rsplit('/', 1)[-1]}"
        yield ShaclTest(name, data, shapes, _report(graph, result))


def _report(graph: Graph, result: Term) -> Report:
    focused = (graph.value(r, SH.focusNode) for r in graph.objects(result, SH.result))
    failing = frozenset(focus for focus in focused if focus is not None)
    return Report(graph.text(result, SH.conforms) in {"true", "1"}, failing)


def targeted(shapes: Graph) -> tuple[Term, ...]:
    """Return the shapes that have a target of any kind, an implicit class target included."""
    told = {t.s for p in TARGETS for t in shapes.about(p)}
    kinds = {s for kind in (SH.NodeShape, SH.PropertyShape) for s in shapes.subjects(TYPE, kind)}
    return tuple(sorted(told | {s for s in kinds if _is_class(s, shapes)}, key=str))


@dataclass(frozen=True, slots=True)
class Restated:
    """Data and shapes in which every target is one sh:targetClass, and the focus nodes left out."""

    data: Triples
    shapes: Triples
    literals: frozenset[Literal]


def restated(data: Triples, shapes: Triples) -> Restated:
    """Say every target as one sh:targetClass, so that the shapes behind it can be checked.

    A literal can be of no class, and is left out.
    """
    graph, told = Graph(data), Graph(shapes)
    members, heads, literals = set[Triple](), set[Triple](), set[Literal]()
    for number, shape in enumerate(targeted(told)):
        class_ = IRI(f"{FOCUS}{number}")
        heads.add(Triple(shape, SH.targetClass, class_))
        for focus in _focus_nodes(shape, told, graph):
            if isinstance(focus, Literal):
                literals.add(focus)
            else:
                members.add(Triple(focus, TYPE, class_))
    plain = {
        t for t in shapes
        if t.p not in TARGETS and not (t.p == TYPE and t.o in {RDFS.Class, OWL.Class})
    }  # fmt: skip
    return Restated(data | members, frozenset(plain | heads), frozenset(literals))


def _focus_nodes(shape: Term, shapes: Graph, data: Graph) -> Iterator[Term]:
    yield from shapes.objects(shape, SH.targetNode)
    for p in shapes.objects(shape, SH.targetSubjectsOf):
        yield from (t.s for t in data.about(IRI(str(p))))
    for p in shapes.objects(shape, SH.targetObjectsOf):
        yield from (t.o for t in data.about(IRI(str(p))))
    below = {*shapes.objects(shape, SH.targetClass)} | (
        {shape} if _is_class(shape, shapes) else set()
    )
    while more := {s for c in below for s in data.subjects(RDFS.subClassOf, c)} - below:
        below |= more
    for c in below:
        yield from data.subjects(TYPE, c)


def _is_class(term: Term, shapes: Graph) -> bool:
    return any(Triple(term, TYPE, kind) in shapes for kind in (RDFS.Class, OWL.Class))
