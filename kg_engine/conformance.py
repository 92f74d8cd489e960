"""Check SHACL Core shapes over a closure, in all worlds at once.

Each constraint yields the set of worlds in which it holds, so one pass answers for every
completion of a record; in one world this is SHACL's own meaning.
Source: https://www.w3.org/TR/shacl/ sections 3 and 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kg_engine.closure import Closure
from kg_engine.derivation import ATTESTS, Derivation
from kg_engine.namespaces import NEC, TYPE
from kg_engine.shapes import Path, Shape, TargetShape
from kg_engine.terms import Term, Triple


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """A value, or the lack of one, for which a property shape of an asking shape fails."""

    focus: str
    property_shape: str
    value: str


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
