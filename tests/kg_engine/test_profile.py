"""Say what lies inside OWL 2 RL and what does not: each rule fires, and spares its like."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg_engine.errors import Fault
from kg_engine.graphs import Graph
from kg_engine.profile import check_profile
from kg_engine.turtle import parse_turtle, parse_turtle_file

ROOT = Path(__file__).parents[2]
HEAD = """
PREFIX ex: <https://example.org/ns#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
ex:d a owl:DatatypeProperty . ex:n a owl:AnnotationProperty .
"""


def faults(body: str) -> tuple[Fault, ...]:
    graph = Graph(parse_turtle((HEAD + body).encode(), place="t.ttl"))
    return check_profile(graph, place_of=lambda term: "t.ttl")


def some(filler: str) -> str:
    return f"[ a owl:Restriction ; owl:onProperty ex:p ; owl:someValuesFrom {filler} ]"


def restriction(said: str) -> str:
    return f"[ a owl:Restriction ; owl:onProperty ex:p ; {said} ]"


def left(expression: str) -> str:
    return expression[:-1] + "; rdfs:subClassOf ex:A ] ."


def right(expression: str) -> str:
    return f"ex:A rdfs:subClassOf {expression} ."


UNION = "[ a owl:Class ; owl:unionOf ( ex:B ex:C ) ]"
BOTH = "[ a owl:Class ; owl:intersectionOf ( ex:B ex:C ) ]"
ONE_OF = "[ a owl:Class ; owl:oneOf ( ex:i ex:j ) ]"
NOT = "[ a owl:Class ; owl:complementOf ex:B ]"
ALL = restriction("owl:allValuesFrom ex:B")
VALUE = restriction("owl:hasValue ex:i")
SELF = restriction("owl:hasSelf true")
MAX_1 = restriction("owl:maxCardinality 1")
MAX_2 = restriction("owl:maxCardinality 2")
MAX_Q = restriction("owl:maxQualifiedCardinality 1 ; owl:onClass ex:B")
MIN = restriction("owl:minCardinality 1")
EXACT = restriction("owl:cardinality 1")

OUTSIDE = {
    "someValuesFrom on the right": (right(some("ex:B")), "owl:someValuesFrom cannot stand"),
    "unionOf on the right": (right(UNION), "owl:unionOf cannot stand"),
    "oneOf on the right": (right(ONE_OF), "owl:oneOf cannot stand"),
    "minCardinality on the right": (right(MIN), "has no owl:minCardinality"),
    "cardinality on the right": (right(EXACT), "has no owl:cardinality"),
    "maxCardinality 2": (right(MAX_2), "maximum of 0 or 1"),
    "hasSelf on the right": (right(SELF), "has no owl:hasSelf"),
    "someValuesFrom within a list on the right": (
        right(f"[ a owl:Class ; owl:intersectionOf ( ex:B {some('ex:C')} ) ]"),
        "owl:someValuesFrom cannot stand",
    ),
    "allValuesFrom on the left": (left(ALL), "owl:allValuesFrom cannot stand"),
    "complementOf on the left": (left(NOT), "owl:complementOf cannot stand"),
    "maxCardinality on the left": (left(MAX_1), "owl:maxCardinality cannot stand"),
    "minCardinality on the left": (left(MIN), "has no owl:minCardinality"),
    "hasSelf on the left": (left(SELF), "has no owl:hasSelf"),
    "complementOf within someValuesFrom": (left(some(NOT)), "owl:complementOf cannot stand"),
    "owl:Thing on the left": ("owl:Thing rdfs:subClassOf ex:A .", "owl:Thing cannot stand"),
    "owl:Thing on the right": (right("owl:Thing"), "owl:Thing cannot stand"),
    "equivalentClass to an existential": (
        f"ex:A owl:equivalentClass {some('ex:B')} .",
        "in owl:equivalentClass",
    ),
    "equivalentClass to a union": (f"ex:A owl:equivalentClass {UNION} .", "owl:unionOf"),
    "a named class that is a union": ("ex:A owl:unionOf ( ex:B ex:C ) .", "owl:unionOf"),
    "disjointUnionOf": ("ex:A owl:disjointUnionOf ( ex:B ex:C ) .", "no disjoint unions"),
    "disjointWith a complement": (f"ex:A owl:disjointWith {NOT} .", "owl:complementOf"),
    "AllDisjointClasses of a universal": (
        f"[] a owl:AllDisjointClasses ; owl:members ( ex:A {ALL} ) .",
        "owl:allValuesFrom",
    ),
    "ReflexiveProperty": ("ex:p a owl:ReflexiveProperty .", "no reflexive properties"),
    "a transitive datatype property": ("ex:d a owl:TransitiveProperty .", "cannot be so"),
    "a top property": ("ex:p rdfs:subPropertyOf owl:topObjectProperty .", "top or bottom"),
    "a bottom property in a restriction": (
        left("[ a owl:Restriction ; owl:onProperty owl:bottomObjectProperty ; owl:hasValue ex:i ]"),
        "top or bottom",
    ),
    "domain of an existential": (f"ex:p rdfs:domain {some('ex:B')} .", "owl:someValuesFrom"),
    "range of a union": (f"ex:p rdfs:range {UNION} .", "owl:unionOf"),
    "range of a foreign datatype": ("ex:d rdfs:range xsd:date .", "datatype date"),
    "a value of a foreign datatype": (
        'ex:i ex:d "2025-01-01"^^xsd:date .',
        "datatype date",
    ),
    "range of a restricted datatype": (
        "ex:d rdfs:range [ a rdfs:Datatype ; owl:onDatatype xsd:integer ;"
        " owl:withRestrictions ( [ xsd:minInclusive 1 ] ) ] .",
        "only intersects datatypes",
    ),
    "range of listed literals": (
        "ex:d rdfs:range [ a rdfs:Datatype ; owl:oneOf ( 1 2 ) ] .",
        "only intersects datatypes",
    ),
    "an existential as a type": (f"ex:i a {some('ex:B')} .", "owl:someValuesFrom"),
    "a broken list": (
        right("[ a owl:Class ; owl:intersectionOf [ rdf:first ex:B ] ]"),
        "list is broken off",
    ),
    "an empty list": (right("[ a owl:Class ; owl:intersectionOf () ]"), "fewer than 1"),
    "a chain of one": ("ex:p owl:propertyChainAxiom ( ex:q ) .", "fewer than 2"),
    "a chain to a datatype property": ("ex:d owl:propertyChainAxiom ( ex:p ex:q ) .", "chain ends"),
    "a chain of a literal": ('ex:p owl:propertyChainAxiom ( ex:q "r" ) .', "should be a property"),
    "a missing onProperty": (right("[ a owl:Restriction ; owl:hasValue ex:i ]"), "0 owl:on"),
    "two onProperty": (right(restriction("owl:onProperty ex:q ; owl:hasValue ex:i")), "2 owl:on"),
    "an untyped restriction": (right("[ owl:onProperty ex:p ; owl:hasValue ex:i ]"), "not typed"),
    "an empty restriction": (right("[ a owl:Restriction ; owl:onProperty ex:p ]"), "no class expr"),
    "two restrictions in one": (right(restriction("owl:hasValue ex:i , ex:j")), "no class expr"),
    "a literal as a class": (right('"B"'), "no class expression"),
    "oneOf a literal": (left('[ a owl:Class ; owl:oneOf ( "i" ) ]'), "no individual"),
    "an idle expression": (VALUE + " ex:n 1 .", "no axiom"),
}  # fmt: skip

INSIDE = {
    "named classes": right("ex:B"),
    "owl:Nothing on the right": right("owl:Nothing"),
    "hasValue on the right": right(VALUE),
    "hasValue on the left": left(VALUE),
    "hasValue of a literal": left(restriction("owl:hasValue 1")),
    "intersectionOf on the right": right(BOTH),
    "allValuesFrom on the right": right(ALL),
    "complementOf on the right": right(NOT),
    "maxCardinality 1 on the right": right(MAX_1),
    "maxQualifiedCardinality 1 on the right": right(MAX_Q),
    "someValuesFrom on the left": left(some("ex:B")),
    "someValuesFrom owl:Thing on the left": left(some("owl:Thing")),
    "someValuesFrom a datatype on the left": left(some("xsd:integer")),
    "someValuesFrom a union on the left": left(some(UNION)),
    "unionOf on the left": left(UNION),
    "oneOf on the left": left(ONE_OF),
    "equivalentClass to a value": f"ex:A owl:equivalentClass {VALUE} .",
    "equivalentClass to an intersection": f"ex:A owl:equivalentClass {BOTH} .",
    "a named class that is an intersection": "ex:A owl:intersectionOf ( ex:B ex:C ) .",
    "disjointWith an existential": f"ex:A owl:disjointWith {some('ex:B')} .",
    "AllDisjointClasses": "[] a owl:AllDisjointClasses ; owl:members ( ex:A ex:B ) .",
    "kinds of property": "ex:p a owl:SymmetricProperty , owl:TransitiveProperty .",
    "inverseOf": "ex:p owl:inverseOf ex:q .",
    "an inverse in a restriction": left(
        "[ a owl:Restriction ; owl:onProperty [ owl:inverseOf ex:p ] ; owl:someValuesFrom ex:B ]"
    ),
    "domain and range": "ex:p rdfs:domain ex:A ; rdfs:range ex:B .",
    "domain of a universal": f"ex:p rdfs:domain {ALL} .",
    "range of a datatype": "ex:d rdfs:range xsd:decimal .",
    "range of intersected datatypes": (
        "ex:d rdfs:range [ a rdfs:Datatype ; owl:intersectionOf ( xsd:integer xsd:decimal ) ] ."
    ),
    "range of an annotation property": "ex:n rdfs:range xsd:date .",
    "an annotation of any datatype": 'ex:i ex:n "2025-01-01"^^xsd:date .',
    "hasKey": "ex:A owl:hasKey ( ex:p ) .",
    "a chain": "ex:p owl:propertyChainAxiom ( ex:q [ owl:inverseOf ex:r ] ) .",
    "assertions": f"ex:i a owl:NamedIndividual , ex:A , {VALUE} ; ex:p ex:j ; ex:d 1 .",
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_is_outside_the_profile_is_named(name: str) -> None:
    body, message = OUTSIDE[name]
    found = faults(body)
    assert any(message in fault.message for fault in found), found
    assert all(fault.place == "t.ttl" and fault.remedy for fault in found)


@pytest.mark.parametrize("name", INSIDE)
def test_what_is_inside_the_profile_is_left_alone(name: str) -> None:
    assert faults(INSIDE[name]) == ()


def test_a_fault_shows_the_axiom_in_short() -> None:
    (fault,) = faults(right(some("ex:B")))
    assert fault.message.startswith("A subClassOf [ p someValuesFrom B ]: ")
    assert fault.remedy.startswith("Write the axiom the other way round")


def test_the_faults_have_one_order() -> None:
    body = right(some("ex:B")) + right(UNION) + "ex:p a owl:ReflexiveProperty ."
    assert list(faults(body)) == sorted(faults(body))


def test_the_ontology_is_in_the_profile() -> None:
    triples = {
        triple: path.name
        for path in sorted((ROOT / "ontology").rglob("*.ttl"))
        for triple in parse_turtle_file(path, place=path.name)
    }
    homes = {triple.s: name for triple, name in triples.items()}
    assert check_profile(Graph(triples), place_of=lambda term: homes.get(term, "")) == ()
