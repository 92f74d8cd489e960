"""Shapes mean what SHACL says: equal to pyshacl in one world, and world by world in many."""

from __future__ import annotations

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from pyshacl import validate

from kg_engine.base import close_knowledge, upon
from kg_engine.closure import Closure
from kg_engine.conformance import Checker, attest, violations
from kg_engine.errors import KnowledgeRefused
from kg_engine.graphs import Graph
from kg_engine.int_shapes import IntTarget, compile_targets, shape_terms
from kg_engine.shapes import TargetShape, read_shapes
from kg_engine.terms import IRI, Triple, ntriple
from kg_engine.turtle import parse_turtle

PREFIXES = """
PREFIX : <urn:t#>
PREFIX nec: <https://w3id.org/necessity#>
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
HEAD = ":S a sh:NodeShape ; sh:targetClass :T ; nec:attests :Attested ; nec:stratum 1 ; "
BODIES = {
    "minCount": "sh:property [ sh:path :p ; sh:minCount 2 ]",
    "maxCount": "sh:property [ sh:path :p ; sh:maxCount 1 ]",
    "class": "sh:property [ sh:path :p ; sh:class :C ]",
    "class of the focus": "sh:class :C",
    "disjoint": "sh:property [ sh:path :p ; sh:disjoint :q ]",
    "equals": "sh:property [ sh:path :p ; sh:equals :q ]",
    "subset": "sh:property [ sh:path [ sh:alternativePath ( :p :q ) ] ; sh:equals :q ]",
    "meets": "sh:not [ sh:path :p ; sh:disjoint :q ]",
    "hasValue": "sh:property [ sh:path :p ; sh:hasValue :a ]",
    "in": "sh:property [ sh:path :p ; sh:in ( :a :b ) ]",
    "sequence": "sh:property [ sh:path ( :p :q ) ; sh:minCount 1 ]",
    "inverse": "sh:property [ sh:path [ sh:inversePath :p ] ; sh:minCount 1 ]",
    "or": "sh:or ( [ sh:class :C ] [ sh:property [ sh:path :p ; sh:minCount 1 ] ] )",
    "and": "sh:and ( [ sh:class :C ] [ sh:property [ sh:path :p ; sh:minCount 1 ] ] )",
    "node": "sh:property [ sh:path :p ; sh:node :N ]",
    "not node": "sh:not :N",
    "or on values": "sh:property [ sh:path :p ; sh:or ( [ sh:class :C ] [ sh:class :D ] ) ]",
}
MORE = " . :N a sh:NodeShape ; sh:property [ sh:path :q ; sh:minCount 1 ; sh:class :D ] ."
NODES = [IRI(f"urn:t#{n}") for n in "abc"]
TYPE = IRI("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
LINKS = [Triple(s, IRI(f"urn:t#{p}"), o) for s in NODES for p in "pq" for o in NODES]
TYPES = [Triple(s, TYPE, IRI(f"urn:t#{c}")) for s in NODES for c in "CD"]
TARGETS = [Triple(s, TYPE, IRI("urn:t#T")) for s in NODES]
WORLDS = 8


def turtle(body: str) -> str:
    return PREFIXES + HEAD + body + MORE


def read(body: str) -> TargetShape:
    (shape,) = read_shapes(Graph(parse_turtle(turtle(body).encode(), place="shapes")))
    return shape


def closure_of(facts: dict[Triple, int], worlds: int) -> Closure:
    closure = upon(close_knowledge([], terms=TERMS), worlds)
    closure.extend(list(facts.items()))
    return closure


def compiled(shape: TargetShape, closure: Closure) -> IntTarget:
    (target,) = compile_targets([shape], closure.program)
    return target


def conforms(checker: Checker, name: str, node: IRI) -> int:
    shape = compiled(SHAPES[name], checker.closure).shape
    return checker.conforms(shape, checker.closure.number(node))


SHAPES = {name: read(body) for name, body in BODIES.items()}
TERMS = tuple(shape_terms(SHAPES.values()))
GRAPHS = {
    name: rdflib.Graph().parse(data=turtle(body), format="turtle") for name, body in BODIES.items()
}


@pytest.mark.parametrize("name", BODIES)
@settings(max_examples=8)
@given(facts=st.sets(st.sampled_from(LINKS + TYPES), max_size=12))
def test_conformance_equals_pyshacl(name: str, facts: set[Triple]) -> None:
    closure = closure_of(dict.fromkeys((*facts, *TARGETS), 1), 1)
    data = rdflib.Graph().parse(data="\n".join(map(ntriple, closure.facts)), format="nt")
    _, report, _ = validate(data, shacl_graph=GRAPHS[name])
    assert isinstance(report, rdflib.Graph)
    results = report.objects(None, rdflib.SH.result)
    failing = {str(o) for r in results for o in report.objects(r, rdflib.SH.focusNode)}
    checker = Checker(closure)
    ours = {n for n in NODES if not conforms(checker, name, n)}
    assert ours == failing & set(map(str, NODES))


@pytest.mark.parametrize("name", BODIES)
@settings(max_examples=30)
@given(
    masks=st.dictionaries(
        st.sampled_from(LINKS + TYPES), st.integers(1, (1 << WORLDS) - 1), max_size=12
    )
)
def test_many_worlds_are_each_world_by_itself(name: str, masks: dict[Triple, int]) -> None:
    everywhere = (1 << WORLDS) - 1
    together = Checker(closure_of(masks, everywhere))
    for world in range(WORLDS):
        alone = Checker(closure_of({t: 1 for t, m in masks.items() if m >> world & 1}, 1))
        for node in NODES:
            assert conforms(together, name, node) >> world & 1 == conforms(alone, name, node)


def test_an_attestation_names_the_shape_and_what_it_saw() -> None:
    facts = [Triple(NODES[0], IRI("urn:t#p"), NODES[1]), Triple(NODES[0], IRI("urn:t#p"), NODES[2])]
    closure = closure_of(dict.fromkeys((*facts, TARGETS[0]), 1), 1)
    attest(closure, (compiled(SHAPES["minCount"], closure),))
    conclusion = Triple(NODES[0], TYPE, IRI("urn:t#Attested"))
    (derivation,) = (d for d in closure.derivations if d.conclusion == conclusion)
    assert derivation.premises[0].s == IRI("urn:t#S")
    assert derivation.premises[1] == TARGETS[0]
    assert set(facts) <= set(derivation.premises)


def test_an_asking_shape_names_each_value_that_is_missing() -> None:
    body = BODIES["subset"].replace("sh:equals :q", 'sh:equals :q ; sh:message "say"@en')
    shape = read(body + " ; nec:asks true")
    facts = [Triple(NODES[0], IRI("urn:t#p"), NODES[1]), Triple(NODES[0], IRI("urn:t#q"), NODES[2])]
    closure = closure_of(dict.fromkeys((*facts, TARGETS[0]), 1), 1)
    assert [v.value for v in violations(closure, compiled(shape, closure), 1)] == ["urn:t#b"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("sh:property [ sh:path :p ; sh:pattern 'x' ]", "sh:pattern is not supported"),
        ("sh:property [ sh:path :p ; sh:disjoint [ sh:inversePath :q ] ]", "compares with a path"),
        ("sh:property [ sh:path [ sh:zeroOrMorePath :p ] ]", "path is not supported"),
        ("sh:closed true", "sh:closed is not supported"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(body: str, message: str) -> None:
    with pytest.raises(KnowledgeRefused, match=message):
        read(body)


def test_a_shape_without_stratum_is_refused() -> None:
    text = turtle(BODIES["class"]).replace("nec:stratum 1 ; ", "")
    with pytest.raises(KnowledgeRefused, match="stratum"):
        read_shapes(Graph(parse_turtle(text.encode(), place="shapes")))
