"""Read the SHACL Core shapes that attest or ask.

Only the components that decision-bearing and asking shapes use are known here; any other is
refused when the shapes are read. ``sh:disjoint`` and ``sh:equals`` compare with a predicate.
Source: https://www.w3.org/TR/shacl/ sections 2 to 4.
"""

from __future__ import annotations

from dataclasses import dataclass

from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.graphs import Graph
from kg_engine.namespaces import NEC, RDF, SH
from kg_engine.terms import IRI, BNode, Literal, Term, local_name

_COMPONENTS = {
    SH("class"), SH.disjoint, SH.equals, SH.minCount, SH.maxCount, SH.hasValue,
    SH("in"), SH.node, SH.property, SH("not"), SH("or"), SH("and"),
}  # fmt: skip
_OTHER = {SH.path, SH.targetClass, SH.message, SH.severity, SH.name, SH.description, SH.order}


@dataclass(frozen=True, slots=True)
class Path:
    """A property path: a predicate, its inverse, or a sequence or choice of paths."""

    kind: str
    predicate: IRI = IRI("")
    parts: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """A node shape (no path) or a property shape, with the constraints on its value nodes."""

    name: Term
    path: Path | None
    min_count: int = 0
    max_count: int | None = None
    classes: tuple[IRI, ...] = ()
    disjoint: tuple[IRI, ...] = ()
    equals: tuple[IRI, ...] = ()
    has_value: tuple[Term, ...] = ()
    in_: tuple[tuple[Term, ...], ...] = ()
    all_of: tuple[Shape, ...] = ()
    none_of: tuple[Shape, ...] = ()
    any_of: tuple[tuple[Shape, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class TargetShape:
    """A shape with its target class, what it attests and in which stratum, and whether it asks."""

    shape: Shape
    name: IRI
    target: IRI
    attests: IRI | None
    stratum: int
    asks: bool


def read_shapes(graph: Graph) -> tuple[TargetShape, ...]:
    """Read every shape that attests or asks, in order of stratum and name.

    Raises KnowledgeRefused naming each component or path that is not supported.
    """
    faults: list[Fault] = []
    found = []
    names = {t.s for p in (NEC.attests, NEC.asks) for t in graph.about(p)}
    for name in sorted(names, key=str):
        targets = graph.objects(name, SH.targetClass)
        attests = graph.value(name, NEC.attests)
        if len(targets) != 1:
            faults.append(Fault(str(name), "needs exactly one sh:targetClass.", "Add it."))
            continue
        shape = _read(name, graph, faults, ())
        stratum = graph.text(name, NEC.stratum)
        if attests is not None and not stratum.isdigit():
            faults.append(Fault(str(name), "attests a class without nec:stratum.", "Add it."))
            continue
        asks = bool(graph.objects(name, NEC.asks))
        attested = IRI(str(attests)) if attests is not None else None
        found.append(
            TargetShape(shape, IRI(str(name)), IRI(str(targets[0])), attested,
                        int(stratum or 0), asks)
        )  # fmt: skip
    if faults:
        raise KnowledgeRefused(faults)
    return tuple(sorted(found, key=lambda s: (s.stratum, s.name)))


def _read(name: Term, graph: Graph, faults: list[Fault], above: tuple[Term, ...]) -> Shape:
    if name in above:
        faults.append(Fault(str(name), "the shape refers to itself.", "Remove the recursion."))
        return Shape(name, None)
    _refuse_unknown(name, graph, faults)
    inner = (*above, name)

    def many(p: IRI) -> tuple[Shape, ...]:
        return tuple(_read(s, graph, faults, inner) for s in graph.objects(name, p))

    def lists(p: IRI) -> tuple[tuple[Shape, ...], ...]:
        heads = graph.objects(name, p)
        return tuple(tuple(_read(s, graph, faults, inner) for s in graph.items(h)) for h in heads)

    path = graph.value(name, SH.path)
    conjunctions = tuple(shape for group in lists(SH("and")) for shape in group)
    return Shape(
        name=name,
        path=_path(path, graph, faults) if path is not None else None,
        min_count=_number(graph.value(name, SH.minCount)) or 0,
        max_count=_number(graph.value(name, SH.maxCount)),
        classes=_iris(graph.objects(name, SH("class"))),
        disjoint=_iris(graph.objects(name, SH.disjoint)),
        equals=_iris(graph.objects(name, SH.equals)),
        has_value=graph.objects(name, SH.hasValue),
        in_=tuple(graph.items(h) for h in graph.objects(name, SH("in"))),
        all_of=many(SH.property) + many(SH.node) + conjunctions,
        none_of=many(SH("not")),
        any_of=lists(SH("or")),
    )


def _refuse_unknown(name: Term, graph: Graph, faults: list[Fault]) -> None:
    for p in sorted({t.p for t in graph.outgoing(name)}):
        if p.startswith(SH.base) and p not in _COMPONENTS | _OTHER:
            message = f"sh:{local_name(p)} is not supported in a decision-bearing shape."
            faults.append(Fault(str(name), message, "Say it with the supported components."))
    for p in (SH.disjoint, SH.equals):
        for o in graph.objects(name, p):
            if not isinstance(o, IRI):
                message = f"sh:{local_name(p)} compares with a path."
                faults.append(Fault(str(name), message, "Compare with a predicate."))


def _path(node: Term, graph: Graph, faults: list[Fault]) -> Path:
    if isinstance(node, IRI):
        return Path("predicate", node)
    if not isinstance(node, BNode):
        faults.append(Fault(str(node), "a literal is no path.", "Name a predicate."))
        return Path("choice")
    written = {t.p for t in graph.outgoing(node)} - {RDF.rest}
    if len(written) > 1:
        faults.append(Fault(str(node), "this path is written in two ways.", "Keep one of them."))
    inverse = graph.value(node, SH.inversePath)
    if isinstance(inverse, IRI):
        return Path("inverse", inverse)
    alternatives = graph.value(node, SH.alternativePath)
    if alternatives is not None:
        return Path("choice", parts=_parts(alternatives, graph, faults))
    parts = _parts(node, graph, faults)
    if not parts:
        faults.append(Fault(str(node), "this kind of path is not supported.", "Use a chain."))
    return Path("sequence", parts=parts)


def _parts(head: Term, graph: Graph, faults: list[Fault]) -> tuple[Path, ...]:
    return tuple(_path(part, graph, faults) for part in graph.items(head))


def _number(term: Term | None) -> int | None:
    return int(term.lexical) if isinstance(term, Literal) and term.lexical.isdigit() else None


def _iris(terms: tuple[Term, ...]) -> tuple[IRI, ...]:
    return tuple(IRI(str(t)) for t in terms)
