"""Hold one clause of a rule program: a rule of OWL 2 RL, specialised to axioms.

A rule of the specification joins triples of the ontology with triples about individuals. What it
says of the ontology is settled once, when the program is compiled; a clause keeps the rest:
axioms, the atoms still to be matched, and the head. The head None is the rule's ``false``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from kg_engine.graphs import Graph
from kg_engine.namespaces import OWL
from kg_engine.terms import Term, Triple


class Var(NamedTuple):
    """A variable of a clause."""

    name: str


class Atom(NamedTuple):
    """A triple pattern; its predicate is never a variable."""

    s: Term | Var
    p: Term
    o: Term | Var


class Clause(NamedTuple):
    """A rule's name, the axioms that it joins, its open atoms, and its head.

    Axioms and then body stand in the order of the rule in the specification.
    """

    rule: str
    axioms: tuple[Triple, ...]
    body: tuple[Atom, ...]
    head: Atom | None


Clauses: TypeAlias = Iterator[Clause]
Rule: TypeAlias = Callable[[Graph], Clauses]

X, Y, Z, U, V = (Var(name) for name in "xyzuv")


def clause(
    rule: str, axioms: Iterable[Triple], *body: tuple[Term | Var, Term, Term | Var]
) -> Clause:
    """Return a clause; the last atom is its head."""
    *open_atoms, head = (Atom(*atom) for atom in body)
    return Clause(rule, tuple(axioms), tuple(open_atoms), head)


def false(
    rule: str, axioms: Iterable[Triple], *body: tuple[Term | Var, Term, Term | Var]
) -> Clause:
    """Return a clause whose head is the specification's ``false``."""
    return Clause(rule, tuple(axioms), tuple(Atom(*atom) for atom in body), None)


def on_property(g: Graph, restriction: Term) -> Iterator[Triple]:
    """Yield each axiom that names the property of a restriction."""
    for p in g.objects(restriction, OWL.onProperty):
        yield Triple(restriction, OWL.onProperty, p)
