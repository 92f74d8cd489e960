"""Check SHACL Core shapes over a closure, in all worlds at once.

Each constraint yields the set of worlds in which it holds, so one pass answers for every
completion of a record; in one world this is SHACL's own meaning.
Source: https://www.w3.org/TR/shacl/ sections 3 and 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kg_engine.closure import Application, Closure
from kg_engine.int_shapes import IntPath, IntShape, IntTarget
from kg_engine.program import Fact


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """A value, or the lack of one, for which a property shape of an asking shape fails."""

    focus: str
    property_shape: str
    value: str


class Checker:
    """Check shapes over one closure, noting which facts they saw."""

    def __init__(self, closure: Closure) -> None:
        self.closure = closure
        self.type = closure.program.type
        self.everywhere = closure.worlds
        self.seen: dict[Fact, int] = {}

    def conforms(self, shape: IntShape, focus: int) -> int:
        """Return the worlds in which a focus node conforms to a shape."""
        everywhere = self.everywhere
        values = self.values(shape.path, focus) if shape.path else {focus: everywhere}
        found = everywhere
        if shape.counts:
            found = self._counts(shape, values)
        if shape.disjoint or shape.equals:
            found &= self._pairs(shape, focus, values)
        for value in shape.has_value:
            found &= values.get(value, 0)
        if shape.per_value:
            for value, mask in values.items():
                if not found:
                    break
                found &= self._value(shape, value) | ~mask
        return found & everywhere

    def values(self, path: IntPath, focus: int) -> dict[int, int]:
        """Return the value nodes of a path, each with the worlds in which it is one."""
        if path.kind == "predicate":
            return self._objects(focus, path.predicate)
        if path.kind == "inverse":
            p, closure = path.predicate, self.closure
            return {s: self._mask((s, p, focus)) for s in closure.subjects_of(p, focus)}
        if path.kind == "choice":
            return _union(self.values(part, focus) for part in path.parts)
        reached = {focus: self.everywhere}
        for part in path.parts:
            onward = [
                {v: m & mask for v, m in self.values(part, node).items()}
                for node, mask in reached.items()
            ]
            reached = _union(onward)
        return reached

    def _objects(self, focus: int, p: int) -> dict[int, int]:
        return {o: self._mask((focus, p, o)) for o in self.closure.objects_of(focus, p)}

    def _mask(self, fact: Fact) -> int:
        held = self.seen[fact] = self.closure.worlds_of(fact)
        return held

    def _counts(self, shape: IntShape, values: dict[int, int]) -> int:
        everywhere = self.everywhere
        bound = max(shape.min_count, (shape.max_count or 0) + 1)
        at_least = [everywhere] + [0] * bound
        for mask in values.values():
            for k in range(bound, 0, -1):
                at_least[k] |= at_least[k - 1] & mask
        found = at_least[shape.min_count]
        if shape.max_count is not None:
            found &= ~at_least[shape.max_count + 1]
        return found

    def _pairs(self, shape: IntShape, focus: int, values: dict[int, int]) -> int:
        found = self.everywhere
        for p in shape.disjoint:
            for value, mask in self._objects(focus, p).items():
                found &= ~(values.get(value, 0) & mask)
        for p in shape.equals:
            others = self._objects(focus, p)
            for value in values.keys() | others.keys():
                found &= ~(values.get(value, 0) ^ others.get(value, 0))
        return found

    def _value(self, shape: IntShape, value: int) -> int:
        found = self.everywhere
        for c in shape.classes:
            found &= self._mask((value, self.type, c))
        for allowed in shape.in_:
            found &= self.everywhere if value in allowed else 0
        for part in shape.all_of:
            found &= self.conforms(part, value)
        for part in shape.none_of:
            found &= ~self.conforms(part, value)
        for parts in shape.any_of:
            one = 0
            for part in parts:
                one |= self.conforms(part, value)
            found &= one
        return found


def _union(maps: Iterable[dict[int, int]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for values in maps:
        for value, mask in values.items():
            found[value] = found.get(value, 0) | mask
    return found


def attest(closure: Closure, targets: tuple[IntTarget, ...]) -> None:
    """Check the shapes of one stratum and add what they attest, then close again."""
    attested = []
    for target in targets:
        for focus in closure.subjects_of(closure.program.type, target.target):
            membership = (focus, closure.program.type, target.target)
            checker = Checker(closure)
            member = closure.worlds_of(membership)
            mask = checker.conforms(target.shape, focus) & member
            if mask and target.clause is not None:
                checker.seen.pop(membership, None)
                premises = sorted(checker.seen)
                seen = (member, *(checker.seen[fact] for fact in premises))
                found = Application(target.clause, (membership, *premises), mask, seen)
                attested.append((found, (focus, closure.program.type, target.attests)))
    for application, conclusion in attested:
        closure.attest(application, conclusion)
    closure.settle()


def violations(closure: Closure, target: IntTarget, world: int) -> tuple[Violation, ...]:
    """Return what an asking shape finds missing in one world, over all its focus nodes."""
    found: set[Violation] = set()
    for focus in closure.subjects_of(closure.program.type, target.target):
        checker = Checker(closure)
        if checker.conforms(target.shape, focus) & world:
            continue
        for part in _property_shapes(target.shape):
            if not checker.conforms(part, focus) & world:
                found.update(_missing(checker, part, focus, world))
    return tuple(sorted(found))


def _property_shapes(shape: IntShape) -> tuple[IntShape, ...]:
    first = [alternatives[0] for alternatives in shape.any_of]
    inner = tuple(p for s in (*shape.all_of, *first) for p in _property_shapes(s))
    return ((shape,) if shape.path else ()) + inner


def _missing(checker: Checker, shape: IntShape, focus: int, world: int) -> Iterator[Violation]:
    closure = checker.closure
    values = checker.values(shape.path, focus) if shape.path else {}
    unequal = [
        value
        for p in shape.equals
        for value, mask in values.items()
        if (mask ^ closure.worlds_of((focus, p, value))) & world
    ]
    for value in [str(closure.term(n)) for n in unequal] or [""]:
        yield Violation(str(closure.term(focus)), str(shape.name), value)
