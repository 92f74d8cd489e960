"""Put one question to the engine for every suite: the one place that knows which engine runs.

Whatever the engine keeps by one literal for each value, a conclusion is put in the same form by
``canonical``: equal values are one value (dt-eq), whichever literal a test writes.
"""

from __future__ import annotations

from collections.abc import Iterable

from kg_engine import datatypes
from kg_engine.base import close_knowledge, upon
from kg_engine.conformance import Checker
from kg_engine.derivation import Derivation
from kg_engine.graphs import Graph
from kg_engine.int_shapes import compile_targets, shape_terms
from kg_engine.namespaces import NEC, XSD
from kg_engine.program import ALL_TABLES
from kg_engine.shapes import read_shapes
from kg_engine.terms import Literal, Triple
from tests.conformance.shacl_suite import Report, targeted

TRUE = Literal("true", XSD.boolean)


def entailments(triples: Iterable[Triple]) -> tuple[frozenset[Triple], tuple[Derivation, ...]]:
    """Return all that the rules entail, the asserted triples included, and the clashes."""
    closure = close_knowledge(triples, ALL_TABLES)
    clashes = (closure.derivation(found, None) for found in closure.contradictions)
    return frozenset(closure.facts), tuple(clashes)


def canonical(triple: Triple) -> Triple:
    """Return a triple with the literal by which the engine keeps its object."""
    if isinstance(triple.o, Literal):
        return Triple(triple.s, triple.p, datatypes.canonical(triple.o) or triple.o)
    return triple


def shacl_report(data: Iterable[Triple], shapes: Iterable[Triple]) -> Report:
    """Check every shape that has a target, read by the reader of decision-bearing shapes.

    Raises KnowledgeRefused naming each component, path or target that is not supported.
    """
    found = Graph(shapes)
    asking = {Triple(name, NEC.asks, TRUE) for name in targeted(found)}
    targets = read_shapes(found | Graph(asking))
    closure = upon(close_knowledge(data, terms=shape_terms(targets)))
    checker = Checker(closure)
    failing = {
        closure.term(focus)
        for target in compile_targets(targets, closure.program)
        for focus in closure.subjects_of(closure.program.type, target.target)
        if not checker.conforms(target.shape, focus)
    }
    return Report(not failing, frozenset(failing))
