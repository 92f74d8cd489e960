"""Close the knowledge by itself: the base on which every case is closed."""

from __future__ import annotations

from collections.abc import Iterable

from kg_engine.clauses import Rule
from kg_engine.closure import EVERYWHERE, Closure
from kg_engine.graphs import Graph
from kg_engine.namespaces import OWL, RDF, RDFS
from kg_engine.program import CASE_TABLES, compile_axioms
from kg_engine.terms import Literal, Term, Triple

_BASE_WORK_LIMIT = 50_000_000


def upon(base: Closure, worlds: int = 1) -> Closure:
    """Return an empty closure upon a base that is closed already."""
    return Closure(base.program, base, worlds)


def close_knowledge(
    axioms: Iterable[Triple], tables: Iterable[Rule] = CASE_TABLES, terms: Iterable[Term] = ()
) -> Closure:
    """Return the closure of axioms and of the facts that stand among them.

    The rules are those of some tables; ``terms`` are numbered beside those of the axioms. What
    is inferred of the schema is compiled in its turn, until nothing new about it appears.
    """
    terms = tuple(terms)
    axioms, tables = tuple(axioms), tuple(tables)
    known = frozenset(axioms)
    while True:
        closure = Closure(compile_axioms(Graph(known), tables, terms), work_limit=_BASE_WORK_LIMIT)
        closure.assert_heads()
        closure.extend((axiom, EVERYWHERE) for axiom in axioms)
        schema = {t for t in closure.facts if _is_schema(t)}
        if schema <= known:
            return closure
        known |= schema


def _is_schema(t: Triple) -> bool:
    about = t.o if t.p == RDF.type else t.p
    return not isinstance(about, Literal) and about.startswith((OWL.base, RDFS.base))
