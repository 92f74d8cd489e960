"""An answer is of its form and within its bounds, or is none."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from kg_engine.query_results import (
    GRAPHS,
    SOLUTIONS,
    Bounds,
    QueryFailed,
    Question,
    answer,
)
from kg_engine.terms import IRI, Literal

WIDE = Bounds(rows=1_000, size=1_000_000)


@pytest.fixture(scope="module")
def store() -> ox.Store:
    found = ox.Store()
    for number in range(100):
        for graph in (ox.DefaultGraph(), ox.NamedNode(f"urn:g{number % 2}")):
            found.add(ox.Quad(ox.NamedNode(f"urn:s{number}"), ox.NamedNode("urn:p"),
                              ox.Literal(f"v{number}"), graph))  # fmt: skip
    return found


def told(store: ox.Store, question: Question, bounds: Bounds = WIDE) -> tuple[str, bytes]:
    """Return the media type and the bytes of an answer."""
    forms: list[str] = []
    pieces: list[bytes] = []
    answer(store, question, forms.append, pieces.append, bounds=bounds, prefixes={"u": "urn:"})
    (form,) = forms
    return form, b"".join(pieces)


def why(store: ox.Store, question: Question, bounds: Bounds = WIDE) -> str:
    with pytest.raises(QueryFailed) as failed:
        told(store, question, bounds)
    return failed.value.why


@pytest.mark.parametrize("form", SOLUTIONS)
def test_rows_up_to_the_bound_and_no_further(store: ox.Store, form: str) -> None:
    question = Question("SELECT * { ?s u:p ?o }", solutions=form)
    assert told(store, question, Bounds(100, 1_000_000))[0] == form
    assert why(store, question, Bounds(99, 1_000_000)) == "rows"
    assert why(store, question, Bounds(100, 500)) == "bytes"
    assert told(store, Question("ASK { ?s ?p ?o }", solutions=form), Bounds(0, 1_000))


@pytest.mark.parametrize("form", GRAPHS)
def test_triples_up_to_the_bound_and_no_further(store: ox.Store, form: str) -> None:
    question = Question("CONSTRUCT { ?s u:q ?o } { ?s u:p ?o }", graph=form)
    assert told(store, question, Bounds(100, 1_000_000))[0] == form
    assert why(store, question, Bounds(99, 1_000_000)) == "rows"
    assert why(store, question, Bounds(100, 500)) == "bytes"


@pytest.mark.parametrize(
    ("given", "default", "named"),
    [
        ({}, 100, 100),
        ({"default_graphs": ("urn:g0",)}, 50, 0),
        ({"default_graphs": ("urn:g0", "urn:g1")}, 100, 0),
        ({"named_graphs": ("urn:g1",)}, 0, 50),
        ({"default_graphs": ("urn:g0",), "named_graphs": ("urn:g1",)}, 50, 50),
        ({"default_graphs": ("urn:unknown",)}, 0, 0),
    ],
)
@pytest.mark.parametrize("text", ["", "FROM <urn:g1> FROM NAMED <urn:g0>"])
def test_the_dataset_of_the_protocol_rules(
    store: ox.Store, given: dict[str, tuple[str, ...]], default: int, named: int, text: str
) -> None:
    counts = []
    for pattern in ("?s ?p ?o", "GRAPH ?g { ?s ?p ?o }"):
        query = f"SELECT (COUNT(*) AS ?n) {text} {{ {pattern} }}"
        dataset = given.get("default_graphs"), given.get("named_graphs")
        found = told(store, Question(query, *dataset, solutions="text/csv"))[1]
        counts.append(int(found.split()[1]))
    if given or not text:
        assert counts == [default, named]
    else:
        assert counts == [50, 50]


def test_bound_values_are_values_and_never_text(store: ox.Store) -> None:
    text = "SELECT ?o ?s { ?s ?p ?o }"
    found = told(store, Question(text, bindings={"s": IRI("urn:s7")}, solutions="text/csv"))[1]
    assert found.split() == [b"o,s", b"v7,urn:s7"]
    trick = Literal('v7" } UNION { ?s ?p ?o } #')
    text = "SELECT ?s ?v { ?s ?p ?v }"
    assert told(store, Question(text, bindings={"v": trick}, solutions="text/csv"))[1] == b"s,v\r\n"


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        (Question("SELECT"), "syntax"),
        (Question("ASK {} ASK {}"), "syntax"),
        (Question("CLEAR ALL"), "syntax"),
        (Question("SELECT (<urn:f>(1) AS ?x) {}"), "evaluation"),
        (Question("ASK {}", solutions=""), "form"),
        (Question("CONSTRUCT WHERE { ?s ?p ?o }", graph=""), "form"),
        (Question("ASK {}", bindings={"x": IRI("no iri")}), "evaluation"),
    ],
)
def test_why_there_is_no_answer(store: ox.Store, question: Question, kind: str) -> None:
    assert why(store, question) == kind


def test_a_relative_iri_begins_with_the_base(store: ox.Store) -> None:
    pieces: list[bytes] = []
    forms: list[str] = []
    question = Question("CONSTRUCT { <x> <y> 1 } {}", graph="application/n-triples")
    base = "http://example.org/sparql"
    answer(store, question, forms.append, pieces.append, bounds=WIDE, prefixes={}, base=base)
    assert b"<http://example.org/x>" in b"".join(pieces)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "ASK { ?x a no:Such }",
            "error at 1:19: the name before it has a prefix that is not declared",
        ),
        ("SELECT ?x { ?x ", 'error at 1:16: expected one of "!", "$", '),
        ("SELECT ?x (SUM(?y) AS ?z) { ?x ?p ?y }", "error at 1:39: The SELECT contains a variable"),
    ],
)
def test_a_query_that_breaks_is_told_in_a_line(store: ox.Store, text: str, said: str) -> None:
    with pytest.raises(QueryFailed) as failed:
        told(store, Question(text))
    assert failed.value.why == "syntax"
    assert failed.value.about.startswith(said)
    assert "\\u{" not in failed.value.about and "\n" not in failed.value.about
