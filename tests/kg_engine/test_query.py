"""Say what a query sees, and that it can neither write nor leave the process."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from kg_engine.dataset_graphs import file_graphs
from kg_engine.errors import InputRefused
from kg_engine.knowledge import Knowledge, load_knowledge
from kg_engine.query import QueryRoom, open_query_room, run_query

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge([ROOT / "ontology"], [ROOT / "shapes"])


@pytest.fixture(scope="module")
def room(knowledge: Knowledge) -> QueryRoom:
    return open_query_room(knowledge)


def rows(room: QueryRoom, text: str) -> list[dict[str, str]]:
    found = json.loads(run_query(room, text, format="json").text)
    return [{k: v["value"] for k, v in row.items()} for row in found["results"]["bindings"]]


def ask(room: QueryRoom, pattern: str) -> bool:
    return run_query(room, f"ASK {{ {pattern} }}").text == "yes\n"


def test_asserted_and_inferred_stand_apart_and_together(room: QueryRoom) -> None:
    both = "GRAPH nec:graph-asserted { ?s ?p ?o } GRAPH nec:graph-inferred { ?s ?p ?o }"
    assert not ask(room, both)
    assert ask(room, "GRAPH nec:graph-inferred { ?s rdfs:subClassOf nec:Procedure }")
    counted = "SELECT (COUNT(*) AS ?n) { %s }"
    union = int(rows(room, counted % "?s ?p ?o")[0]["n"])
    parts = [
        int(rows(room, counted % f"GRAPH nec:graph-{name} {{ ?s ?p ?o }}")[0]["n"])
        for name in ("asserted", "inferred")
    ]
    assert union == sum(parts)


def test_every_file_is_a_graph(room: QueryRoom, knowledge: Knowledge) -> None:
    graphs = {row["g"] for row in rows(room, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")}
    assert graphs >= set(file_graphs(knowledge).values())


def test_forms_of_an_answer(room: QueryRoom) -> None:
    text = "SELECT ?p ?n { ?p a nec:Policy ; skos:notation ?n } ORDER BY ?n"
    table = run_query(room, text).text.splitlines()
    assert table[0].split() == ["p", "n"]
    assert table[-1].endswith(("rows)", "row)"))
    listed = list(csv.reader(run_query(room, text, format="csv").text.splitlines()))
    assert listed[0] == ["p", "n"]
    assert len(listed) == len(rows(room, text)) + 1
    assert json.loads(run_query(room, "ASK { ?s ?p ?o }", format="json").text)["boolean"] is True
    assert run_query(room, "ASK { ?s ?p ?o }", format="csv").text == "true\n"
    graph = "CONSTRUCT { ?p a nec:Policy } { ?p a nec:Policy }"
    assert "nec:Policy" in run_query(room, graph).text
    assert json.loads(run_query(room, graph, format="json").text)
    with pytest.raises(InputRefused):
        run_query(room, graph, format="csv")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { service silent <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { SERVICE<http://127.0.0.1:1/>{ ?s ?p ?o } }",
        "PREFIX f: <http://127.0.0.1:1/> SELECT * { SERVICEf:x { ?s ?p ?o } }",
        "PREFIX : <http://127.0.0.1:1/> SELECT * { SERVICE:x { ?s ?p ?o } }",
        "SELECT * { ?s ?p 1SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { ?s ?p true.SERVICE ?x { ?s ?p ?o } }",
        "SELECT * { ?s nec:a 'x'SERVICE ?x { ?s ?p ?o } }",
        "SELECT * { \\u0053ERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { { SELECT * { SERVICE ?x { ?s ?p ?o } } } }",
        "# '\nSELECT * { SERVICE ?x { ?s ?p ?o } } # '",
        "SELECT * { FILTER(1<2) SERVICE ?x { ?s ?p ?o } FILTER(3>2) }",
        "LOAD <http://127.0.0.1:1/>",
        "INSERT DATA { <a:b> <a:c> 1 }",
        "DROP ALL",
        "PREFIX ex: <a:b> DELETE WHERE { ?s ?p ?o }",
        "nonsense",
        "",
        "SELECT",
    ],
)
def test_a_query_neither_writes_nor_leaves(
    room: QueryRoom, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    before = len(room.store)
    with pytest.raises(InputRefused) as refused:
        run_query(room, text)
    assert "127.0.0.1" not in str(refused.value)
    assert len(room.store) == before


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service { ?service a nec:Service }",
        'SELECT * { ?s rdfs:label "a SERVICE <x>"@en }',
        "SELECT * { ?s a nec:Service } # SERVICE",
        "SELECT * { ?s a <https://w3id.org/necessity#SERVICE> }",
        "SELECT * { ?s rdfs:label ?l FILTER(?l < 'SERVICE' && 'a' > 'b') }",
    ],
)
def test_the_word_itself_is_free(room: QueryRoom, text: str) -> None:
    assert run_query(room, text).text
