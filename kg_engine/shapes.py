"""Check SHACL Core shapes over a closure, in all worlds at once.

Only the components that decision-bearing and asking shapes use are known here; any other is
refused when the shapes are read. ``sh:disjoint`` and ``sh:equals`` compare with a predicate.
Source: https://www.w3.org/TR/shacl/ sections 2 to 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kg_engine.closure import Closure
from kg_engine.derivation import ATTESTS, Derivation
from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.graphs import Graph
from kg_engine.namespaces import NEC, SH, TYPE
from kg_engine.terms import IRI, BNode, Literal, Term, Triple, local_name

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


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """A value, or the lack of one, for which a property shape of an asking shape fails."""

    focus: str
    property_shape: str
    value: str


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
        return tuple(
            tuple(_read(s, graph, faults, inner) for s in graph.items(h)) for h in heads
        )

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


class Checker:
    """Check shapes over one closure, noting which triples they saw."""

    def __init__(self, closure: Closure) -> None:
        self.closure = closure
        self.seen: dict[Triple, None] = {}

    def conforms(self, shape: Shape, focus: Term) -> int:
        """Return the worlds in which a focus node conforms to a shape."""
        everywhere = self.closure.worlds
        values = self.values(shape.path, focus) if shape.path else {focus: everywhere}
        found = self._counts(shape, values) & self._pairs(shape, focus, values)
        for value in shape.has_value:
            found &= values.get(value, 0)
        for value, mask in values.items():
            if not found:
                break
            found &= self._value(shape, value) | ~mask
        return found & everywhere

    def values(self, path: Path, focus: Term) -> dict[Term, int]:
        """Return the value nodes of a path, each with the worlds in which it is one."""
        if path.kind == "predicate":
            return {o: self._mask(Triple(focus, path.predicate, o))
                    for o in self.closure.facts.objects(focus, path.predicate)}  # fmt: skip
        if path.kind == "inverse":
            return {s: self._mask(Triple(s, path.predicate, focus))
                    for s in self.closure.facts.subjects(path.predicate, focus)}  # fmt: skip
        if path.kind == "choice":
            return _union(self.values(part, focus) for part in path.parts)
        reached = {focus: self.closure.worlds}
        for part in path.parts:
            onward = [
                {v: m & mask for v, m in self.values(part, node).items()}
                for node, mask in reached.items()
            ]
            reached = _union(iter(onward))
        return reached

    def _mask(self, triple: Triple) -> int:
        self.seen[triple] = None
        return self.closure.mask(triple)

    def _counts(self, shape: Shape, values: dict[Term, int]) -> int:
        everywhere = self.closure.worlds
        if not shape.min_count and shape.max_count is None:
            return everywhere
        bound = max(shape.min_count, (shape.max_count or 0) + 1)
        at_least = [everywhere] + [0] * bound
        for mask in values.values():
            for k in range(bound, 0, -1):
                at_least[k] |= at_least[k - 1] & mask
        found = at_least[shape.min_count]
        if shape.max_count is not None:
            found &= ~at_least[shape.max_count + 1]
        return found

    def _pairs(self, shape: Shape, focus: Term, values: dict[Term, int]) -> int:
        found = self.closure.worlds
        for p in shape.disjoint:
            for value, mask in self.values(Path("predicate", p), focus).items():
                found &= ~(values.get(value, 0) & mask)
        for p in shape.equals:
            others = self.values(Path("predicate", p), focus)
            for value in values.keys() | others.keys():
                found &= ~(values.get(value, 0) ^ others.get(value, 0))
        return found

    def _value(self, shape: Shape, value: Term) -> int:
        found = self.closure.worlds
        for c in shape.classes:
            found &= self._mask(Triple(value, TYPE, c))
        for allowed in shape.in_:
            found &= self.closure.worlds if value in allowed else 0
        for part in shape.all_of:
            found &= self.conforms(part, value)
        for part in shape.none_of:
            found &= ~self.conforms(part, value)
        for parts in shape.any_of:
            one = 0
            for part in parts:
                one |= self.conforms(part, value)
            found &= one
        return found & self.closure.worlds


def _union(maps: Iterator[dict[Term, int]]) -> dict[Term, int]:
    found: dict[Term, int] = {}
    for values in maps:
        for value, mask in values.items():
            found[value] = found.get(value, 0) | mask
    return found


def attest(closure: Closure, shapes: tuple[TargetShape, ...]) -> None:
    """Check the shapes of one stratum and add what they attest, then close again."""
    attested = []
    for target in shapes:
        for focus in closure.facts.subjects(TYPE, target.target):
            checker = Checker(closure)
            membership = Triple(focus, TYPE, target.target)
            mask = checker.conforms(target.shape, focus) & closure.mask(membership)
            if mask and target.attests is not None:
                head = Triple(target.name, NEC.attests, target.attests)
                premises = (head, membership, *sorted(checker.seen, key=str))
                conclusion = Triple(focus, TYPE, target.attests)
                attested.append((Derivation(ATTESTS, premises, conclusion), mask))
    for derivation, mask in attested:
        closure.attest(derivation, mask)
    closure.settle()


def violations(closure: Closure, target: TargetShape, world: int) -> tuple[Violation, ...]:
    """Return what an asking shape finds missing in one world, over all its focus nodes."""
    found: list[Violation] = []
    for focus in closure.facts.subjects(TYPE, target.target):
        checker = Checker(closure)
        if checker.conforms(target.shape, focus) & world:
            continue
        for part in _property_shapes(target.shape):
            if not checker.conforms(part, focus) & world:
                found += _missing(checker, part, focus, world)
    return tuple(sorted(set(found)))


def _property_shapes(shape: Shape) -> tuple[Shape, ...]:
    first = [alternatives[0] for alternatives in shape.any_of]
    inner = tuple(p for s in (*shape.all_of, *first) for p in _property_shapes(s))
    return ((shape,) if shape.path else ()) + inner


def _missing(checker: Checker, shape: Shape, focus: Term, world: int) -> list[Violation]:
    place = (str(focus), str(shape.name))
    values = checker.values(shape.path, focus) if shape.path else {}
    unequal = [
        Violation(*place, str(value))
        for p in shape.equals
        for value, mask in values.items()
        if (mask ^ checker.closure.mask(Triple(focus, p, value))) & world
    ]
    return unequal or [Violation(*place, "")]
