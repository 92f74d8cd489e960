"""Render facts and class expressions in words, by the labels of the knowledge."""

from __future__ import annotations

from functools import lru_cache

from kg_engine.graphs import Graph
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import CASE, NEC, OWL, RDF, RDFS, TYPE
from kg_engine.terms import IRI, BNode, Literal, Term, Triple

WORDS = {
    TYPE: "is a",
    RDFS.subClassOf: "is always a",
    OWL.propertyChainAxiom: "follows from the chain",
    OWL.propertyDisjointWith: "excludes",
    OWL.inverseOf: "is the inverse of",
    RDFS.subPropertyOf: "is a kind of",
    OWL.onProperty: "restricts",
    OWL.hasValue: "demands the value",
    OWL.someValuesFrom: "demands some",
    OWL.intersectionOf: "is what belongs to all of",
    NEC.attests: "attests",
}
_VOWELS = tuple("aeiouAEIOU")


def render(fact: Triple, knowledge: Knowledge) -> str:
    """Render one triple as a short sentence."""
    s, p, o = fact
    said, predicate = name(o, knowledge), knowledge.remember(_predicate, p)
    if predicate.endswith(" a") and said.startswith(_VOWELS):
        predicate += "n"
    return f"{name(s, knowledge)} {predicate} {said}"


def name(term: Term, knowledge: Knowledge) -> str:
    """Render a term: a label, a node of the case, or a class expression."""
    if isinstance(term, IRI):
        return _case_node(term) if term.startswith(CASE.base) else knowledge.label(term)
    return term.lexical if isinstance(term, Literal) else knowledge.remember(_expression, term)


def _predicate(knowledge: Knowledge, p: IRI) -> str:
    return WORDS.get(p) or knowledge.label(p)


@lru_cache(maxsize=1024)
def _case_node(term: str) -> str:
    """Name a node of the case by its kind and its place, counted from 1."""
    kind, _, place = term[len(CASE.base) :].partition("/")
    if not place:
        return "the case" if kind == "case" else f"the {kind}"
    numbers = [str(int(n) + 1) if n.isdigit() else n for n in place.split("-")]
    singular = {"diagnoses": "diagnosis"}.get(kind, kind.removesuffix("s"))
    return f"{singular} {'.'.join(numbers)}"


def _expression(knowledge: Knowledge, node: BNode) -> str:
    graph = knowledge.graph
    on = graph.value(node, OWL.onProperty)
    if on is not None:
        for filler in (OWL.hasValue, OWL.someValuesFrom, OWL.allValuesFrom):
            value = graph.value(node, filler)
            if value is not None:
                return f"[{name(on, knowledge)} {name(value, knowledge)}]"
    for connective, word in ((OWL.intersectionOf, " and "), (OWL.unionOf, " or "),
                             (OWL.oneOf, " or ")):  # fmt: skip
        head = graph.value(node, connective)
        if head is not None:
            return "[" + _members(head, graph, knowledge, word) + "]"
    if graph.objects(node, RDF.first):
        return "(" + _members(node, graph, knowledge, " then ") + ")"
    return "[anonymous]"


def _members(head: Term, graph: Graph, knowledge: Knowledge, word: str) -> str:
    return word.join(name(member, knowledge) for member in graph.items(head))
