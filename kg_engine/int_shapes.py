"""Compile SHACL Core shapes into the numbers of a program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from kg_engine.derivation import ATTESTS
from kg_engine.namespaces import NEC
from kg_engine.program import IntClause, Program
from kg_engine.shapes import Path, Shape, TargetShape
from kg_engine.terms import IRI, Term

Number: TypeAlias = Callable[[Term], int]


@dataclass(frozen=True, slots=True)
class IntPath:
    """A property path over numbers: a predicate, its inverse, or a sequence or choice."""

    kind: str
    predicate: int
    parts: tuple[IntPath, ...]


@dataclass(frozen=True, slots=True)
class IntShape:
    """A shape over numbers; see ``shapes.Shape`` for its members.

    ``counts`` and ``per_value`` say whether the shape has constraints of these kinds at all.
    """

    name: Term
    path: IntPath | None
    min_count: int
    max_count: int | None
    classes: tuple[int, ...]
    disjoint: tuple[int, ...]
    equals: tuple[int, ...]
    has_value: tuple[int, ...]
    in_: tuple[frozenset[int], ...]
    all_of: tuple[IntShape, ...]
    none_of: tuple[IntShape, ...]
    any_of: tuple[tuple[IntShape, ...], ...]
    counts: bool
    per_value: bool


@dataclass(frozen=True, slots=True)
class IntTarget:
    """A compiled shape, its target class, and the clause by which it attests a class."""

    shape: IntShape
    name: IRI
    target: int
    attests: int
    stratum: int
    asks: bool
    clause: IntClause | None


def shape_terms(targets: Iterable[TargetShape]) -> Iterator[Term]:
    """Yield every term that some shape compares with."""
    yield NEC.attests
    for target in targets:
        yield from (target.name, target.target)
        if target.attests is not None:
            yield target.attests
        yield from _terms(target.shape)


def _terms(shape: Shape) -> Iterator[Term]:
    if shape.path is not None:
        yield from _predicates(shape.path)
    yield from (*shape.classes, *shape.disjoint, *shape.equals, *shape.has_value)
    for allowed in shape.in_:
        yield from allowed
    for inner in _inner(shape):
        yield from _terms(inner)


def _inner(shape: Shape) -> tuple[Shape, ...]:
    return (*shape.all_of, *shape.none_of, *(s for group in shape.any_of for s in group))


def _predicates(path: Path) -> Iterator[Term]:
    if path.predicate:
        yield path.predicate
    for part in path.parts:
        yield from _predicates(part)


def compile_targets(targets: Iterable[TargetShape], program: Program) -> tuple[IntTarget, ...]:
    """Compile shapes whose terms the program numbers."""
    return tuple(_target(target, program) for target in targets)


def _target(target: TargetShape, program: Program) -> IntTarget:
    number, clause, attests = program.terms.number, None, 0
    if target.attests is not None:
        attests = number(target.attests)
        axiom = number(target.name), number(NEC.attests), attests
        clause = IntClause(ATTESTS, (axiom,), (), None)
    return IntTarget(
        _shape(target.shape, number), target.name, number(target.target), attests,
        target.stratum, target.asks, clause,
    )  # fmt: skip


def _shape(shape: Shape, number: Number) -> IntShape:
    def many(terms: Iterable[Term]) -> tuple[int, ...]:
        return tuple(map(number, terms))

    def shapes(inner: Iterable[Shape]) -> tuple[IntShape, ...]:
        return tuple(_shape(s, number) for s in inner)

    return IntShape(
        name=shape.name,
        path=_path(shape.path, number) if shape.path is not None else None,
        min_count=shape.min_count,
        max_count=shape.max_count,
        classes=many(shape.classes),
        disjoint=many(shape.disjoint),
        equals=many(shape.equals),
        has_value=many(shape.has_value),
        in_=tuple(frozenset(many(allowed)) for allowed in shape.in_),
        all_of=shapes(shape.all_of),
        none_of=shapes(shape.none_of),
        any_of=tuple(shapes(group) for group in shape.any_of),
        counts=bool(shape.min_count) or shape.max_count is not None,
        per_value=bool(shape.classes or shape.in_ or _inner(shape)),
    )


def _path(path: Path, number: Number) -> IntPath:
    predicate = number(path.predicate) if path.predicate else 0
    return IntPath(path.kind, predicate, tuple(_path(part, number) for part in path.parts))
