"""OWL 2 RL, Table 8: the semantics of datatypes.

dt-eq is held by canonical literals: equal values have one literal, so that ``"1"^^xsd:int`` and
``"1"^^xsd:integer`` are the same term before any rule runs. What the rules say of literals is
derived where a literal stands; dt-type1, dt-type2 and dt-diff by themselves are for those who
query everything.
"""

from __future__ import annotations

from itertools import combinations, permutations

from kg_engine.clauses import Clauses, Rule, clause
from kg_engine.datatypes import DATATYPES, belongs, canonical, contains, same_value
from kg_engine.graphs import Graph
from kg_engine.namespaces import OWL, RDFS, TYPE
from kg_engine.terms import IRI, Literal, Term


def one_or_zero(term: Term) -> int | None:
    """Read a cardinality that OWL 2 RL admits: 0 or 1, else None."""
    found = canonical(term) if isinstance(term, Literal) else None
    return int(found.lexical) if found and found.lexical in {"0", "1"} else None


def dt_type1(_: Graph) -> Clauses:
    """Every datatype of the profile is a datatype."""
    for datatype in sorted(DATATYPES):
        yield clause("dt-type1", (), (IRI(datatype), TYPE, RDFS.Datatype))


def dt_type2(g: Graph) -> Clauses:
    """If the value of a literal lies in the space of a datatype, the literal is of that datatype."""
    for literal in _literals(g):
        for datatype in sorted(DATATYPES):
            if belongs(literal, datatype):
                yield clause("dt-type2", (), (literal, TYPE, IRI(datatype)))


def dt_diff(g: Graph) -> Clauses:
    """Two literals of different values are different."""
    for one, other in combinations(_literals(g), 2):
        if same_value(one, other) is False:
            yield clause("dt-diff", (), (one, OWL.differentFrom, other))
            yield clause("dt-diff", (), (other, OWL.differentFrom, one))


def dt_contains(_: Graph) -> Clauses:
    """If every value of one datatype is of another, it is below it; sound, and in no table."""
    for wider, narrower in permutations(sorted(DATATYPES), 2):
        if contains(wider, narrower):
            yield clause("dt-contains", (), (IRI(narrower), RDFS.subClassOf, IRI(wider)))


def _literals(g: Graph) -> list[Literal]:
    found = {canonical(t.o) for t in g if isinstance(t.o, Literal)}
    return sorted(literal for literal in found if literal is not None)


TABLE_8: tuple[Rule, ...] = (dt_type1, dt_type2, dt_diff, dt_contains)
