"""Compile axioms into a rule program over integers.

Terms are numbered in one total order, so that comparing numbers compares terms. A variable is a
negative number. Atoms keep their predicates, so a program can be run fact by fact, or column by
column with one relation a predicate.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

from kg_engine.clauses import Clause, Rule, Var
from kg_engine.datatypes import canonical
from kg_engine.graphs import Graph, order
from kg_engine.namespaces import OWL, TYPE
from kg_engine.rules.class_axioms import TABLE_7
from kg_engine.rules.classes import TABLE_6, cls_thing
from kg_engine.rules.datatypes import TABLE_8
from kg_engine.rules.equality import TABLE_4, eq_diff_sym, eq_ref, replacements
from kg_engine.rules.properties import TABLE_5, prp_ap
from kg_engine.rules.schema import TABLE_9
from kg_engine.term_table import TermTable
from kg_engine.terms import Literal, Term, Triple

Fact: TypeAlias = tuple[int, int, int]
Pattern: TypeAlias = tuple[int, int, int]
Key: TypeAlias = int | tuple[int, int]

CASE_TABLES: tuple[Rule, ...] = TABLE_4 + TABLE_5 + TABLE_6 + TABLE_7
SCHEMA_TABLES: tuple[Rule, ...] = CASE_TABLES + TABLE_9
ALL_TABLES: tuple[Rule, ...] = (*SCHEMA_TABLES, eq_ref, eq_diff_sym, prp_ap, cls_thing, *TABLE_8)
CHECK, OBJECTS, SUBJECTS, _APART = range(4)


class IntClause(NamedTuple):
    """A clause over numbers: rule name, axioms, body and head; None is ``false``."""

    rule: str
    axioms: tuple[Fact, ...]
    body: tuple[Pattern, ...]
    head: Pattern | None


class Step(NamedTuple):
    """Match one more atom of a body: test it, or look up its objects or subjects."""

    place: int
    mode: int
    pattern: Pattern


class Plan(NamedTuple):
    """Match a clause, given a fact for the atom at ``place``.

    Variables are numbered anew: -1 is the subject of that fact, -2 its object, and the others
    follow in the order of the steps. ``narrow`` is what the subject has to be: a term, or -2
    where it has to equal the object.
    """

    clause: IntClause
    place: int
    narrow: int | None
    steps: tuple[Step, ...]
    head: Pattern | None
    size: int


@dataclass(frozen=True)
class Program:
    """Numbered terms, and clauses with the facts that set each of them off."""

    terms: TermTable
    clauses: tuple[IntClause, ...]

    @cached_property
    def type(self) -> int:
        """Return the number of rdf:type."""
        return self.terms.number(TYPE)

    @cached_property
    def same_as(self) -> int:
        """Return the number of owl:sameAs."""
        return self.terms.number(OWL.sameAs)

    @cached_property
    def literals(self) -> frozenset[int]:
        """Return the numbers of the literals."""
        return self.terms.literals

    @cached_property
    def _places(self) -> dict[Key, list[tuple[int, int]]]:
        found: dict[Key, list[tuple[int, int]]] = {}
        for number, clause in enumerate(self.clauses):
            for place, (_, p, o) in enumerate(clause.body):
                found.setdefault((p, o) if o >= 0 else p, []).append((number, place))
        return found

    @cached_property
    def _plans(self) -> dict[Key, tuple[Plan, ...]]:
        return {}

    @cached_property
    def _pairs(self) -> dict[tuple[int, int], tuple[Plan, ...]]:
        return {}

    def plans(self, p: int, o: int) -> tuple[Plan, ...]:
        """Return the plans that a fact sets off, by its predicate and its object."""
        found = self._pairs.get((p, o))
        if found is None:
            found = self._pairs[p, o] = self._by_key((p, o)) + self._by_key(p)
        return found

    def _by_key(self, key: Key) -> tuple[Plan, ...]:
        found = self._plans.get(key)
        if found is None:
            places = self._places.get(key, ())
            found = tuple(_plan(self.clauses[number], place) for number, place in places)
            self._plans[key] = found
        return found


def compile_axioms(
    axioms: Graph, tables: Iterable[Rule] = CASE_TABLES, terms: Iterable[Term] = ()
) -> Program:
    """Compile axioms under the rules of some tables; Tables 4 to 8 by default.

    Number ``terms`` too. Equality is compiled only where some axiom states it or some clause
    concludes it; it then replaces names in what any predicate of the axioms or of ``terms`` says.
    """
    terms = tuple(terms)
    clauses = [c for rule in tables for c in rule(axioms)]
    predicates = {t.p for t in axioms}
    concluded = {c.head.p for c in clauses if c.head is not None and c.rule not in _ABOUT_SAME}
    if OWL.sameAs in predicates | concluded:
        clauses += replacements(sorted({*predicates, *concluded, *terms}, key=order))
    return number(axioms, clauses, terms)


_ABOUT_SAME = ("eq-sym", "eq-trans")


def number(
    axioms: Iterable[Triple], clauses: Sequence[Clause], others: Iterable[Term] = ()
) -> Program:
    """Give numbers to the terms of axioms and clauses, and to others."""
    terms: set[Term] = {TYPE, OWL.sameAs, OWL.differentFrom, *others}
    for triple in axioms:
        terms.update(normal(triple))
    for clause in clauses:
        for axiom in clause.axioms:
            terms.update(normal(axiom))
        for atom in (*clause.body, clause.head):
            terms.update(t for t in normal_atom(atom) if not isinstance(t, Var))
    table = TermTable.of(terms)
    return Program(table, tuple(_numbered(c, table) for c in dict.fromkeys(clauses)))


def normal(triple: Triple) -> Triple:
    """Return a triple with the one literal of its value (dt-eq)."""
    if isinstance(triple.o, Literal):
        return Triple(triple.s, triple.p, canonical(triple.o) or triple.o)
    return triple


def normal_atom(atom: Iterable[Term | Var] | None) -> tuple[Term | Var, ...]:
    """Return the terms of an atom, each literal as the one literal of its value."""
    return tuple((canonical(t) or t) if isinstance(t, Literal) else t for t in atom or ())


def _numbered(clause: Clause, terms: TermTable) -> IntClause:
    variables: dict[Var, int] = {}

    def number_of(term: Term | Var) -> int:
        if isinstance(term, Var):
            return variables.setdefault(term, -1 - len(variables))
        return terms.number(term)

    def pattern(atom: Iterable[Term | Var]) -> Pattern:
        s, p, o = map(number_of, normal_atom(atom))
        return s, p, o

    axioms = tuple(pattern(normal(axiom)) for axiom in clause.axioms)
    body = tuple(pattern(atom) for atom in clause.body)
    return IntClause(clause.rule, axioms, body, pattern(clause.head) if clause.head else None)


def _plan(clause: IntClause, place: int) -> Plan:
    """Order the other atoms of a body: what is bound on both sides is tested first.

    Raises ValueError for a body whose atoms share no variable.
    """
    s, _, o = clause.body[place]
    slots = {n: slot for n, slot in ((o, -2), (s, -1)) if n < 0}
    left = [(k, atom) for k, atom in enumerate(clause.body) if k != place]
    steps = []
    while left:
        modes = [(_mode(atom, slots), atom[2] >= 0, k, atom) for k, atom in left]
        mode, _, k, atom = min(modes)
        if mode == _APART:
            raise ValueError(f"the atoms of {clause.rule} do not hang together")
        for n in atom:
            if n < 0 and n not in slots:
                slots[n] = -3 - len(slots.keys() - {s, o})
        steps.append(Step(k, mode, _in_slots(atom, slots)))
        left = [(other, a) for other, a in left if other != k]
    head = _in_slots(clause.head, slots) if clause.head is not None else None
    narrow = s if s >= 0 else -2 if s == o else None
    return Plan(clause, place, narrow, tuple(steps), head, 2 + len(slots.keys() - {s, o}))


def _in_slots(atom: Pattern, slots: Mapping[int, int]) -> Pattern:
    s, p, o = atom
    return slots.get(s, s), p, slots.get(o, o)


def _mode(atom: Pattern, known: Container[int]) -> int:
    s, _, o = atom
    from_s, from_o = s >= 0 or s in known, o >= 0 or o in known
    if from_s:
        return CHECK if from_o else OBJECTS
    return SUBJECTS if from_o else _APART
