"""Run ionm's reasoner on generated knowledge: compile it once, then answer case by case."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from benchmarks.answers import Found, Question, said_of_cases
from benchmarks.clocks import Spent, timed
from benchmarks.generated import G, generate
from kg_engine.base import close_knowledge, upon
from kg_engine.cache_files import cache_directory
from kg_engine.closure import EVERYWHERE, Closure
from kg_engine.smallest import smallest_derivations
from kg_engine.stored_edition import Compiled, stored
from kg_engine.terms import Triple

ONE_WORLD = 1


class CompiledSize(NamedTuple):
    """What compiling took and left: triples, clauses, facts of the base, bytes in the cache."""

    spent: Spent
    triples: int
    clauses: int
    facts: int
    cached: int


def prepare_compiler(size: int) -> Callable[[None], CompiledSize]:
    """Return what compiles generated knowledge of a size and keeps it in the cache."""
    axioms = generate(size)
    return lambda _: _compile(size, axioms)


def prepare_reasoner(size: int) -> Callable[[Question | None], Found]:
    """Return what closes a case with every derivation and proves what governs it.

    The knowledge comes from the cache; None asks what opening it took.
    """
    compiled, opening = timed(partial(stored, _key(size), (), _absent))

    def answer(question: Question | None) -> Found:
        if question is None:
            return Found(opening, frozenset())
        closure, spent = timed(partial(_prove, compiled.base, question.facts))
        return Found(spent, said_of_cases(closure.facts))

    return answer


def _compile(size: int, axioms: list[Triple]) -> CompiledSize:
    compiled, spent = timed(partial(_closed, axioms))
    before = _cached()
    stored(_key(size), (), lambda: compiled)
    base = compiled.base
    clauses, facts = len(base.program.clauses), len(base.masks)
    return CompiledSize(spent, len(axioms), clauses, facts, _cached() - before)


def _cached() -> int:
    return sum(p.stat().st_size for p in cache_directory().glob("edition-*.cache"))


def _closed(axioms: list[Triple]) -> Compiled:
    base = close_knowledge(axioms)
    given = {base.fact(axiom) for axiom in axioms}
    derivations = smallest_derivations(base, ONE_WORLD, given, base.applications)
    return Compiled(base, derivations, frozenset())


def _prove(base: Closure, facts: list[Triple]) -> Closure:
    closure = upon(base)
    closure.extend((fact, EVERYWHERE) for fact in facts)
    governed_by = closure.number(G.governedBy)
    roots = [fact for fact in closure.masks if fact[1] == governed_by]
    smallest_derivations(closure, ONE_WORLD, {closure.fact(fact) for fact in facts}, roots)
    return closure


def _key(size: int) -> str:
    return f"generated {size}"


def _absent() -> Compiled:
    raise FileNotFoundError("the compiled knowledge is not in the cache")
