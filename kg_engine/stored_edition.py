"""Keep compiled editions in the cache, as numbers: clauses, the base and its derivations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kg_engine.cache_files import read_sections, write_sections
from kg_engine.closure import EVERYWHERE, Application, Closure
from kg_engine.packed import from_bytes, to_bytes
from kg_engine.program import Fact, IntClause, Pattern, Program
from kg_engine.term_table import TermTable
from kg_engine.terms import IRI, Term

_KIND = "edition"
_SIGN = 1 << 31


@dataclass(frozen=True)
class Compiled:
    """An edition, compiled: its closed base, why each entailment holds, the features it reads."""

    base: Closure
    derivations: dict[Fact, Application]
    features_read: frozenset[Term]


def stored(knowledge_key: str, files: Iterable[str], make: Callable[[], Compiled]) -> Compiled:
    """Return a compiled edition by the cache if it can; ``knowledge_key`` is empty for none."""
    key = hashlib.sha256("\x00".join((knowledge_key, *sorted(files))).encode()).hexdigest()
    sections = read_sections(_KIND, key) if knowledge_key else None
    if sections is not None:
        return _unpacked(sections)
    compiled = make()
    if knowledge_key and not compiled.base.contradictions:
        write_sections(_KIND, key, _packed(compiled))
    return compiled


def _packed(compiled: Compiled) -> dict[str, bytes]:
    program = compiled.base.program
    rules = sorted({clause.rule for clause in program.clauses})
    numbers = {clause: number for number, clause in enumerate(program.clauses)}
    return {
        "terms": program.terms.to_bytes(),
        "rules": json.dumps(rules).encode(),
        "features": json.dumps(sorted(str(f) for f in compiled.features_read)).encode(),
        "clauses": to_bytes(n for c in program.clauses for n in _written(c, rules)),
        "facts": to_bytes(n for fact in compiled.base.masks for n in fact),
        "derivations": to_bytes(
            n
            for fact, (clause, premises, *_) in compiled.derivations.items()
            for n in (*fact, numbers[clause], len(premises), *(m for p in premises for m in p))
        ),
    }


def _written(clause: IntClause, rules: list[str]) -> Iterator[int]:
    """Yield a clause as numbers; a variable is written with the highest bit set."""
    head = (clause.head,) if clause.head is not None else ()
    yield from (rules.index(clause.rule), len(clause.axioms), len(clause.body), len(head))
    for pattern in (*clause.axioms, *clause.body, *head):
        yield from (n if n >= 0 else _SIGN - n for n in pattern)


def _unpacked(sections: dict[str, bytes]) -> Compiled:
    terms, rules = TermTable.read(sections["terms"]), json.loads(sections["rules"])
    clauses = tuple(_clauses(iter(from_bytes(sections["clauses"])), rules))
    base = Closure(Program(terms, clauses))
    for fact in _triples(iter(from_bytes(sections["facts"]))):
        base.hold(fact, EVERYWHERE)
    features = frozenset(map(IRI, json.loads(sections["features"])))
    derivations = dict(_derivations(iter(from_bytes(sections["derivations"])), clauses))
    return Compiled(base, derivations, features)


def _clauses(numbers: Iterator[int], rules: list[str]) -> Iterator[IntClause]:
    for rule, axioms, body, head in zip(numbers, numbers, numbers, numbers, strict=False):
        patterns = [_pattern(numbers) for _ in range(axioms + body + head)]
        open_atoms = tuple(patterns[axioms : axioms + body])
        last = patterns[-1] if head else None
        yield IntClause(rules[rule], tuple(patterns[:axioms]), open_atoms, last)


def _pattern(numbers: Iterator[int]) -> Pattern:
    s, p, o = next(numbers), next(numbers), next(numbers)
    return (s if s < _SIGN else _SIGN - s), p, (o if o < _SIGN else _SIGN - o)


def _triples(numbers: Iterator[int]) -> Iterator[Fact]:
    return zip(numbers, numbers, numbers, strict=False)


def _derivations(
    numbers: Iterator[int], clauses: tuple[IntClause, ...]
) -> Iterator[tuple[Fact, Application]]:
    for fact in _triples(numbers):
        clause, size = clauses[next(numbers)], next(numbers)
        premises = tuple(_pattern(numbers) for _ in range(size))
        yield fact, Application(clause, premises)
