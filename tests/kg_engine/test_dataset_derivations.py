"""Every inferred triple can be explained by a query, down to the axioms and their files."""

from __future__ import annotations

from graphlib import TopologicalSorter
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg_engine import Engine, open_engine, verify
from kg_engine.dataset import build_dataset, open_store
from kg_engine.dataset_derivations import derivation_triples
from kg_engine.dataset_graphs import file_graphs
from kg_engine.entailments import Entailments, read_entailments
from kg_engine.knowledge import Knowledge, load_knowledge
from kg_engine.namespaces import RDF
from kg_engine.terms import Literal, Triple, n3

PREFIXES = """
PREFIX ionm: <https://w3id.org/ionm#> PREFIX nec: <https://w3id.org/necessity#>
PREFIX owl: <http://www.w3.org/2002/07/owl#> PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
# OWL 2 RL, Table 9, in the form of the checker's own table, which leaves it out.
SCHEMA_RULES = """
scm-sco ?a rdfs:subClassOf ?b, ?b rdfs:subClassOf ?c -> ?a rdfs:subClassOf ?c
scm-spo ?a rdfs:subPropertyOf ?b, ?b rdfs:subPropertyOf ?c -> ?a rdfs:subPropertyOf ?c
scm-int ?c owl:intersectionOf [?m] -> ?c rdfs:subClassOf ?m
scm-uni ?c owl:unionOf [?m] -> ?m rdfs:subClassOf ?c
scm-hv ?a owl:hasValue ?i, ?a owl:onProperty ?p, ?b owl:hasValue ?i, ?b owl:onProperty ?q, \
?p rdfs:subPropertyOf ?q -> ?a rdfs:subClassOf ?b
scm-svf1 ?a owl:someValuesFrom ?x, ?a owl:onProperty ?p, ?b owl:someValuesFrom ?y, \
?b owl:onProperty ?p, ?x rdfs:subClassOf ?y -> ?a rdfs:subClassOf ?b
scm-svf2 ?a owl:someValuesFrom ?x, ?a owl:onProperty ?p, ?b owl:someValuesFrom ?x, \
?b owl:onProperty ?q, ?p rdfs:subPropertyOf ?q -> ?a rdfs:subClassOf ?b
scm-dom1 ?p rdfs:domain ?c, ?c rdfs:subClassOf ?d -> ?p rdfs:domain ?d
scm-dom2 ?q rdfs:domain ?c, ?p rdfs:subPropertyOf ?q -> ?p rdfs:domain ?c
scm-rng1 ?p rdfs:range ?c, ?c rdfs:subClassOf ?d -> ?p rdfs:range ?d
scm-rng2 ?q rdfs:range ?c, ?p rdfs:subPropertyOf ?q -> ?p rdfs:range ?c
"""
NODE = "GRAPH nec:graph-derivations {{ {} }}"


@pytest.fixture(scope="module")
def knowledge(engine: Engine) -> Knowledge:
    return engine.knowledge


@pytest.fixture(scope="module")
def entailments(knowledge: Knowledge) -> Entailments:
    return read_entailments(knowledge)


@pytest.fixture(scope="module")
def store(knowledge: Knowledge) -> ox.Store:
    return open_store(build_dataset(knowledge))


def rows(store: ox.Store, text: str) -> list[tuple[str, ...]]:
    found = store.query(PREFIXES + text)
    assert isinstance(found, ox.QuerySolutions)
    return [tuple("" if v is None else v.value for v in row) for row in found]


def count(store: ox.Store, pattern: str) -> int:
    return int(rows(store, f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}")[0][0])


def test_each_inferred_triple_has_one_node(store: ox.Store, entailments: Entailments) -> None:
    inferred = "GRAPH nec:graph-inferred { ?s ?p ?o }"
    told = NODE.format("?n a nec:InferenceNode ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o")
    assert count(store, inferred) == count(store, inferred + told) == len(entailments.graph)
    assert count(store, NODE.format("?n a nec:InferenceNode")) == len(entailments.derivations)


def test_every_axiom_names_its_file_and_stands_in_it(store: ox.Store) -> None:
    axioms = count(store, NODE.format("?n a nec:AxiomNode"))
    stated = NODE.format("""?n a nec:AxiomNode ; prov:wasQuotedFrom ?g ; nec:knowledgeFile ?file ;
        rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o""")
    stands = "GRAPH ?g { ?s ?p ?o } GRAPH nec:graph-provenance { ?g nec:knowledgeFile ?file }"
    found = rows(store, f"SELECT DISTINCT ?n {{ {stated} {stands} }}")
    assert len(found) == axioms > 500


def test_nothing_rests_on_itself_and_all_rests_on_axioms(store: ox.Store) -> None:
    edges: dict[str, set[str]] = {}
    for node, premise in rows(
        store, f"SELECT ?n ?m {{ {NODE.format('?n prov:wasDerivedFrom ?m')} }}"
    ):
        edges.setdefault(node, set()).add(premise)
    axioms = {n for (n,) in rows(store, f"SELECT ?n {{ {NODE.format('?n a nec:AxiomNode')} }}")}
    assert not axioms & edges.keys()
    order = TopologicalSorter(edges)
    order.prepare()  # raises CycleError where a node rests on itself
    assert {m for premises in edges.values() for m in premises} <= axioms | edges.keys()


def test_a_chain_is_followed_down_to_its_files(store: ox.Store) -> None:
    chain = NODE.format("""?n a nec:InferenceNode ; rdf:subject ionm:CompletionThyroidectomy ;
        rdf:predicate rdfs:subClassOf ; rdf:object nec:Procedure ; prov:wasDerivedFrom+ ?m .
        ?m a nec:AxiomNode ; nec:knowledgeFile ?file""")
    files = {file for (file,) in rows(store, f"SELECT DISTINCT ?file {{ {chain} }}")}
    assert files == {"ontology/procedures/thyroid.ttl"}


def test_the_list_of_premises_is_whole_and_in_the_order_of_the_rule(
    store: ox.Store, entailments: Entailments
) -> None:
    listed = rows(
        store,
        f"""SELECT ?n (COUNT(?cell) AS ?size) {{ {
            NODE.format(
                "?n nec:premises/rdf:rest* ?cell . ?cell rdf:first ?m . ?n prov:wasDerivedFrom ?m"
            )
        } }} GROUP BY ?n""",
    )
    assert sorted(int(size) for _, size in listed) == sorted(
        len(d.premises) for d in entailments.derivations.values()
    )
    transitive = NODE.format("""?n nec:rule "scm-sco" ; rdf:subject ?a ; rdf:object ?c ;
        nec:premises [ rdf:first ?one ; rdf:rest [ rdf:first ?two ; rdf:rest rdf:nil ] ] .
        ?one rdf:subject ?a ; rdf:object ?b . ?two rdf:subject ?b ; rdf:object ?c""")
    assert count(store, transitive) == count(store, NODE.format('?n nec:rule "scm-sco"')) > 0


def test_each_step_is_one_that_the_checker_accepts(
    knowledge: Knowledge, entailments: Entailments
) -> None:
    table = {**verify.TABLE, **verify.read_rules(SCHEMA_RULES)}
    lists = verify.Facts(map(spelled, knowledge.graph.triples))
    for triple, derivation in entailments.derivations.items():
        premises = frozenset(map(spelled, derivation.premises))
        rule = table[derivation.rule]
        assert verify.is_instance(rule, spelled(triple), premises, lists), derivation
        for lost in premises:
            assert not verify.is_instance(rule, spelled(triple), premises - {lost}, lists)


def spelled(triple: Triple) -> verify.Triple:
    s, p, o = (n3(term) for term in triple)
    return s, p, o


def test_no_file_states_what_is_inferred(knowledge: Knowledge, entailments: Entailments) -> None:
    assert not [t for t in entailments.derivations if t in knowledge.everything]


def test_a_premise_is_quoted_as_its_file_writes_it(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text(
        f"""{PREFIXES}
        <urn:p> a owl:DatatypeProperty ; rdfs:subPropertyOf <urn:q> .
        <urn:q> a owl:DatatypeProperty .
        <urn:s> <urn:p> "01"^^<http://www.w3.org/2001/XMLSchema#integer> .""",
        encoding="utf-8",
    )
    knowledge = load_knowledge([tmp_path], [])
    found = derivation_triples(knowledge, read_entailments(knowledge), file_graphs(knowledge))
    literals = {t.o for t in found if t.p == RDF.object and isinstance(t.o, Literal)}
    assert {literal.lexical for literal in literals} == {"1", "01"}


def test_the_cache_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONM_CACHE", str(tmp_path))
    knowledge = open_engine().knowledge
    first = read_entailments(knowledge)
    (kept,) = tmp_path.glob("entailments-*.cache")
    again = read_entailments(knowledge)
    assert list(again.derivations.items()) == list(first.derivations.items())
    kept.write_bytes(b"")
    assert read_entailments(knowledge) == first
