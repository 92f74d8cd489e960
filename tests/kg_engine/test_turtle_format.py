"""Say what canonical Turtle is: a fixpoint, the same graph, and small differences."""

from __future__ import annotations

from random import Random

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg_engine.errors import KnowledgeRefused
from kg_engine.turtle import parse_turtle
from kg_engine.turtle_format import format_turtle, is_canonical, read_prefixes

PREFIXES = {
    "ex": "https://example.org/ns#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
HEAD = "".join(f"PREFIX {prefix}: <{space}>\n" for prefix, space in PREFIXES.items())


def written(body: str) -> str:
    return format_turtle((HEAD + body).encode(), place="t.ttl", prefixes=PREFIXES)


def body_of(text: str) -> str:
    return text.split("\n\n", 1)[1]


def graph_of(text: str | bytes) -> ox.Dataset:
    graph = ox.Dataset(ox.parse(text, format=ox.RdfFormat.TURTLE))
    graph.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return graph


def test_only_used_prefixes_stand_and_in_order() -> None:
    head = written('ex:b skos:notation "b" . ex:a a ex:C .').split("\n\n")[0]
    assert [line.split()[1] for line in head.splitlines()] == ["ex:", "skos:"]


def test_a_term_is_a_block_and_predicates_have_an_order() -> None:
    text = written('ex:A rdfs:subClassOf ex:B ; ex:z 1 ; rdfs:label "a"@en ; a owl:Class .')
    assert body_of(text) == (
        'ex:A\n    a owl:Class ;\n    rdfs:label "a"@en ;\n    rdfs:subClassOf ex:B ;\n'
        "    ex:z 1 ;\n.\n"
    )


def test_kinds_have_an_order() -> None:
    text = written(
        "ex:s a sh:NodeShape . [] a owl:Restriction ; owl:onProperty ex:p ; owl:hasValue ex:i ;"
        " rdfs:subClassOf ex:B . ex:i a ex:B . ex:n a owl:AnnotationProperty . ex:d a"
        " owl:DatatypeProperty . ex:p a owl:ObjectProperty . ex:B a owl:Class . ex:A a owl:Class ."
        " <https://example.org/o> a owl:Ontology ."
    )
    heads = [block.splitlines()[0] for block in body_of(text).split("\n\n")]
    wanted = "<https://example.org/o> ex:A ex:B ex:p ex:d ex:n ex:i [] ex:s"
    assert heads == wanted.split()


def test_few_objects_share_a_line_and_many_do_not() -> None:
    assert "    ex:p ex:a , ex:b ;\n" in written("ex:s ex:p ex:b , ex:a .")
    text = written("ex:s ex:p ex:d , ex:c , ex:b , ex:a .")
    assert "    ex:p\n        ex:a ,\n        ex:b ,\n        ex:c ,\n        ex:d ;\n" in text


def test_an_anonymous_node_is_indented_and_its_list_opens() -> None:
    text = written(
        "[] a owl:Class ; owl:intersectionOf ( ex:A [ a owl:Restriction ; owl:onProperty ex:p ;"
        " owl:someValuesFrom ex:B ] ) ; rdfs:subClassOf ex:C ."
    )
    assert body_of(text) == (
        "[]\n    a owl:Class ;\n    owl:intersectionOf (\n        ex:A\n"
        "        [ a owl:Restriction ; owl:onProperty ex:p ; owl:someValuesFrom ex:B ]\n    ) ;\n"
        "    rdfs:subClassOf ex:C ;\n.\n"
    )


def test_literals_take_their_short_and_long_forms() -> None:
    text = written(
        'ex:s ex:a "01"^^xsd:integer ; ex:b 1.50 ; ex:c true ; ex:d "x"^^xsd:integer ;'
        ' ex:e "one\\ntwo \\"\\"\\" \\\\ \\"" ; ex:f "7."^^xsd:decimal ; ex:g "a"^^xsd:string .'
    )
    assert "ex:a 01 ;" in text
    assert "ex:b 1.50 ;" in text
    assert "ex:c true ;" in text
    assert 'ex:d "x"^^xsd:integer ;' in text
    assert '"""one\ntwo \\"\\"" \\\\ \\"""" ;' in text
    assert 'ex:f "7."^^xsd:decimal ;' in text
    assert 'ex:g "a" ;' in text


def test_a_name_that_no_prefix_spells_is_written_in_full() -> None:
    text = written("<https://example.org/ns#a/b> ex:p <https://example.org/ns#> , ex:a .")
    assert "<https://example.org/ns#a/b>" in text
    assert "<https://example.org/ns#>" in text


@pytest.mark.parametrize(
    "body", ["ex:s ex:p ex:o . # why", "# why\nex:s ex:p 1 .", "ex:s#x\nex:p 1 ."]
)
def test_a_comment_is_refused_rather_than_eaten(body: str) -> None:
    with pytest.raises(KnowledgeRefused, match=r"t\.ttl:\d+: a comment"):
        written(body)


@pytest.mark.parametrize(
    "value",
    [
        '"a # b"',
        "'a # b'",
        '"""a " # "b\n# c"""',
        "'''# a'''",
        r'"\" # "',
        "<https://e.org/#x>",
        r"o:a\#b",
    ],
)
def test_a_number_sign_in_a_term_is_no_comment(value: str) -> None:
    assert written(f"PREFIX o: <https://o.org/>\nex:s ex:p {value} .")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("ex:s ex:p _:a . ex:t ex:p _:a . _:a ex:q 1 .", "more than one place"),
        ("_:a ex:p _:b . _:b ex:p _:a .", "refers to itself"),
        ("ex:s ex:p", "not Turtle"),
        ("ex:s ex:p <<( ex:a ex:b ex:c )>> .", "RDF 1.2|not Turtle"),
    ],
)
def test_what_no_tree_can_hold_is_refused(body: str, message: str) -> None:
    with pytest.raises(KnowledgeRefused, match=message):
        written(body)


def test_one_changed_value_is_one_changed_line() -> None:
    rows = [
        f'ex:C{n} a owl:Class ; rdfs:label "c{n}"@en ; rdfs:subClassOf ex:B , [ a owl:Restriction ;'
        f" owl:onProperty ex:p ; owl:hasValue ex:v{n} ] ."
        for n in range(50)
    ]
    before = written("\n".join(rows)).splitlines()
    for old, new in (('"c7"', '"see"'), ("ex:v7 ", "ex:w7 ")):
        after = written("\n".join(rows).replace(old, new)).splitlines()
        assert len(before) == len(after)
        assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_is_canonical_tells_a_formatted_file() -> None:
    text = written("ex:s ex:p 1 .")
    assert is_canonical(text.encode(), place="t", prefixes=PREFIXES)
    assert not is_canonical(text.replace("    ", "  ").encode(), place="t", prefixes=PREFIXES)


def test_a_prefix_table_is_read_from_its_declarations() -> None:
    body = (
        'ex:t sh:declare ex:d . ex:d sh:prefix "ex" ; sh:namespace "https://e.org/"^^xsd:anyURI .'
    )
    assert read_prefixes(parse_turtle((HEAD + body).encode(), place="t")) == {
        "ex": "https://e.org/"
    }


NAMES = st.sampled_from(["ex:a", "ex:B", "ex:c-1", "<https://o.org/x#y>", "ex:9", "owl:Class"])
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


def quoted(text: str) -> str:
    return '"' + "".join(f"\\U{ord(c):08X}" for c in text) + '"'


LITERALS = st.one_of(
    TEXT.map(quoted),
    TEXT.map(lambda text: quoted(text) + "@en"),
    st.sampled_from(['"', "\n", '"\n', '\n"""', "\\\n\\", "a\r\nb"]).map(quoted),
    st.sampled_from(["1", "-2.50", "true", "1e9", '"x"^^xsd:date', '"1"^^xsd:decimal', "()"]),
)
NODES = st.recursive(
    NAMES | LITERALS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"( {' '.join(items)} )"),
        st.lists(st.tuples(NAMES, inner), max_size=3).map(
            lambda pairs: f"[ {' ; '.join(f'{p} {o}' for p, o in pairs)} ]"
        ),
    ),
    max_leaves=6,
)
SUBJECTS = st.one_of(NAMES, st.just("[]"))
BODIES = st.lists(st.tuples(SUBJECTS, NAMES, NODES), max_size=8).map(
    lambda rows: "\n".join(f"{s} {p} {o} ." for s, p, o in rows)
)


@settings(max_examples=150, deadline=None)
@given(BODIES)
def test_formatting_twice_is_formatting_once(body: str) -> None:
    once = written(body)
    assert format_turtle(once.encode(), place="t", prefixes=PREFIXES) == once


@settings(max_examples=150, deadline=None)
@given(BODIES)
def test_the_graph_is_kept(body: str) -> None:
    assert graph_of(written(body)) == graph_of(HEAD + body)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SUBJECTS, NAMES, NODES), max_size=6), st.randoms())
def test_the_order_of_statements_says_nothing(
    rows: list[tuple[str, str, str]], random: Random
) -> None:
    def body(some: list[tuple[str, str, str]]) -> str:
        return "\n".join(f"{s} {p} {o} ." for s, p, o in some)

    shuffled = random.sample(rows, len(rows))
    assert written(body(rows)) == written(body(shuffled))
