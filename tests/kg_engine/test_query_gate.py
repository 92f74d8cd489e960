"""What the gate lets pass, and what it refuses before any engine reads it."""

from __future__ import annotations

import time

import pytest

from kg_engine.errors import InputRefused
from kg_engine.query_gate import MOST_BYTES, MOST_DEPTH, MOST_GROUPS, MOST_OPERATORS, admit


def refusal(text: str) -> str:
    """Return what the gate says of a query; nothing where it lets it pass."""
    try:
        admit(text)
    except InputRefused as refused:
        return refused.faults[0].message
    return ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ASK {}",
        "SELECT * { " + "{" * (MOST_DEPTH - 1) + "}" * (MOST_DEPTH - 1) + "}",
        "SELECT * { VALUES ?x { " + '"a word"@en ' * 4_000 + "} }",
        "SELECT * { VALUES ?x { " + '"2020-01-01"^^xsd:date ' * 2_500 + "} }",
        "SELECT * { ?s ?p '''(((((((' ''' # ((((\n }",
        'SELECT * { ?s ?p "' + "(" * 5_000 + '" }',
        "SELECT * { ?s <http://example.org/a_(b)> ?o }",
        "SELECT * { ?s <http://example.org/o'brien#a> <urn:sha256:0#closure> }",
        "SELECT * { ?s ex:o\\'brien ex:a\\#b ; <p>'a' }",
        "SELECT * { FILTER(?a<?b && ?c<'a') FILTER(?d<?e) ?s <p> <q> }",
    ],
)
def test_it_passes(text: str) -> None:
    assert refusal(text) == ""


DEEP = MOST_DEPTH + 1


@pytest.mark.parametrize("opening", ["(", "{", "[", "<<( ", "NOT EXISTS {", "!(", "OPTIONAL {"])
def test_nesting_is_bounded_at_its_place(opening: str) -> None:
    assert "nested too deeply at line 2, column" in refusal("ASK {\n" + opening * DEEP)


def test_closing_what_was_never_opened_makes_no_room() -> None:
    assert "nested" in refusal(")" * 500 + "(" * DEEP)


@pytest.mark.parametrize(
    "text",
    [
        "ASK { FILTER(?a<" + "(" * DEEP + "1" + ")" * DEEP + ">1) }",
        "ASK { FILTER(?a <" + "(" * DEEP + ">1) }",
        'ASK { "a \n' + "(" * DEEP,
        "ASK { 'a' " + "(" * DEEP + " 'b' }",
        "ASK { '''a'' " + "'''" + "(" * DEEP + "}",
    ],
)
def test_brackets_are_counted_wherever_an_engine_may_read_them(text: str) -> None:
    assert "nested" in refusal(text)


@pytest.mark.parametrize("sign", ["!", "+", "-", "*", "/", "|", "^", "=", "<", "1||", "1&&"])
def test_operators_are_bounded(sign: str) -> None:
    assert "operators" in refusal("SELECT * { " + f"{sign} " * (MOST_OPERATORS + 1) + "}")


@pytest.mark.parametrize("word", ["OPTIONAL", "union", "Minus", "FILTER", "EXISTS", "graph"])
def test_groups_are_bounded(word: str) -> None:
    assert "groups" in refusal("ASK { " + f"{word} {{}} " * (MOST_GROUPS + 1) + "}")


def test_the_text_is_bounded_in_bytes() -> None:
    assert "too long" in refusal("#" + "é" * (MOST_BYTES // 2))
    assert not refusal("#" + "a" * (MOST_BYTES - 1))


@pytest.mark.parametrize(
    "text",
    [
        "ASK { \\u0053ERVICE ?x {} }",
        "ASK { SERV\\U00000049CE ?x {} }",
        'ASK { ?s ?p "a\\u0022" SERVICE ?x {} #"\n }',
        'ASK { ?s ?p "a\\" SERVICE ?x {} #"\n } SERVICE ?x {}',
    ],
)
def test_no_escape_hides_a_service(text: str) -> None:
    assert "SERVICE" in refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "ASK { FILTER(1<2&&''!='>') SERVICE ?x {} FILTER(''='') }",
        "ASK { GRAPH <http://example.org/\u00a0#> {} SERVICE ?x {} }",
        "ASK { FILTER(1<2).SERVICE#>\n?x {} }",
        'ASK { FILTER(1<2)#>"""\n SERVICE ?x {} #"""\n }',
        'PREFIX urn: <p:> ASK { FILTER(1<urn:a)#>"""\n SERVICE ?x {} #"""\n }',
        'ASK { BIND("\\u0022" AS ?a) GRAPH <p:\\u0041#> {} SERVICE ?x {} BIND("" AS ?b) }',
        "ASK { GRAPH ex:a\\'b {} SERVICE ?x {} GRAPH ex:c\\'d {} }",
        "ASK { GRAPH ex:a\\#b {} SERVICE ?x {} }",
        "ASK { ?s ?p ex:.SERVICE ?x {} }",
        'ASK { ?s ?p "a SERVICE ?x {} }',
    ],
)
def test_nothing_that_two_readers_read_otherwise_hides_a_service(text: str) -> None:
    assert refusal(text)


@pytest.mark.parametrize(
    "piece", ["a.", "-", ".", '"\\', "\"\"\"a'''\\", '\\"""x', "<a", "?", "'\""]
)
def test_the_gate_takes_time_in_proportion(piece: str) -> None:
    text = '"""' + piece * (MOST_BYTES // len(piece.encode()) - 2)
    for asked in (text, text[3:]):
        began = time.process_time()
        refusal(asked)
        assert time.process_time() - began < 2
