"""Class expressions read as in the Manchester syntax, and names lead to terms."""

from __future__ import annotations

import pytest

from kg_engine.graphs import Graph
from kg_engine.manchester import expression, expression_text
from kg_engine.namespaces import OWL, RDFS
from kg_engine.prefixed import Prefixes
from kg_engine.terms import IRI
from kg_engine.turtle import parse_turtle

HEAD = """
PREFIX ex: <urn:ex#> PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX sh: <http://www.w3.org/ns/shacl#>
ex:A rdfs:subClassOf """
PREFIXES = Prefixes({"ex": "urn:ex#", "sh": "http://www.w3.org/ns/shacl#", "owl": OWL.base})
P = "owl:onProperty ex:p"


@pytest.mark.parametrize(
    ("turtle", "expected"),
    [
        ("ex:B", "ex:B"),
        ("<urn:other>", "<urn:other>"),
        ('"a \\"b\\""@en', '"a \\"b\\""@en'),
        ("12", "12"),
        ('"x"^^ex:d', '"x"^^ex:d'),
        (f"[ {P} ; owl:someValuesFrom ex:B ]", "ex:p some ex:B"),
        (f"[ {P} ; owl:hasValue 1.5 ]", "ex:p value 1.5"),
        (f"[ {P} ; owl:maxQualifiedCardinality 1 ; owl:onClass ex:B ]", "ex:p max 1 ex:B"),
        ("[ owl:intersectionOf ( ex:B ex:C ) ]", "ex:B and ex:C"),
        (
            f"[ {P} ; owl:allValuesFrom [ owl:unionOf ( ex:B [ owl:complementOf ex:C ] ) ] ]",
            "ex:p only (ex:B or (not ex:C))",
        ),
        (f"[ {P} ; owl:someValuesFrom [ owl:oneOf ( ex:b ex:c ) ] ]", "ex:p some {ex:b, ex:c}"),
        ("[ owl:onProperty [ owl:inverseOf ex:p ] ; owl:hasValue ex:b ]", "(inverse ex:p) value ex:b"),
        ("( ex:p ex:q )", "(ex:p ex:q)"),
        ("[ sh:path ex:p ; sh:minCount 1 ]", "[ sh:minCount 1 ; sh:path ex:p ]"),
        ("[ a owl:Class ]", "[ a owl:Class ]"),
        (f"[ {P} ; owl:hasSelf true ]", "[ owl:hasSelf true ; owl:onProperty ex:p ]"),
        ("[]", "[ ]"),
    ],
)  # fmt: skip
def test_an_expression_reads_so(turtle: str, expected: str) -> None:
    graph = Graph(parse_turtle(f"{HEAD}{turtle} .".encode(), place="test"))
    (triple,) = graph.outgoing(IRI("urn:ex#A"))
    assert triple.p == RDFS.subClassOf
    assert expression_text(triple.o, graph, PREFIXES) == expected
    for token in expression(triple.o, graph, PREFIXES):
        assert token.term is None or PREFIXES.shorten(token.term) == token.text


def test_the_longest_namespace_names_a_term() -> None:
    table = Prefixes({"a": "urn:a", "ab": "urn:a/b/", "a1": "urn:a/"})
    assert table.split("urn:a/b/c") == ("ab", "c")
    assert table.split("urn:a/b/") == ("a1", "b/")
    assert table.split("urn:b") is None
    assert table.join("ab", "c") == IRI("urn:a/b/c")
    assert table.join("no", "c") is None
    assert table.join("ab", "") is None
    assert [table.expand(t) for t in ("ab:c", "<urn:x>", "urn:x", "x", "urn: x", "<urn:x")] == [
        IRI("urn:a/b/c"), IRI("urn:x"), IRI("urn:x"), None, None, None
    ]  # fmt: skip
