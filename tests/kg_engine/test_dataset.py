"""Say what stands in each named graph, where it comes from, and what an editor finds."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg_engine import Engine, determine
from kg_engine.dataset import Dataset, build_dataset, open_store
from kg_engine.dataset_examples import read_examples
from kg_engine.knowledge import Knowledge, load_knowledge
from kg_engine.namespaces import RDF, SH
from kg_engine.stored_knowledge import open_knowledge
from kg_engine.terms import IRI, Literal

ENDPOINT = "http://127.0.0.1:8080/sparql"
VOID = f"{ENDPOINT}/.well-known/void"
EXAMPLES = f"{ENDPOINT}/.well-known/sparql-examples"
PREFIXES = """
PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX nec: <https://w3id.org/necessity#>
PREFIX owl: <http://www.w3.org/2002/07/owl#> PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX void: <http://rdfs.org/ns/void#> PREFIX void-ext: <http://ldf.fi/void-ext#>
PREFIX schema: <https://schema.org/> PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>
"""


@pytest.fixture(scope="module")
def knowledge(engine: Engine) -> Knowledge:
    return engine.knowledge


@pytest.fixture(scope="module")
def dataset(knowledge: Knowledge) -> Dataset:
    return build_dataset(knowledge)


@pytest.fixture(scope="module")
def store(dataset: Dataset) -> ox.Store:
    return open_store(dataset, ENDPOINT)


@pytest.fixture(scope="module")
def lines(dataset: Dataset) -> Mapping[str, list[str]]:
    """Return the lines of each graph in N-Triples, as they stand in the dataset."""
    found: dict[str, list[str]] = {}
    for line in dataset.quads.decode().splitlines():
        quad = next(iter(ox.parse(line, format=ox.RdfFormat.N_QUADS)))
        named = isinstance(quad.graph_name, ox.NamedNode)
        name = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""
        triple = line.removesuffix(f"<{name}> .") + "." if named else line
        found.setdefault(name, []).append(triple)
    return found


def rows(store: ox.Store, text: str) -> list[tuple[str, ...]]:
    found = store.query(PREFIXES + text)
    assert isinstance(found, ox.QuerySolutions)
    return [tuple("" if v is None else v.value for v in row) for row in found]


def ask(store: ox.Store, pattern: str) -> bool:
    return bool(store.query(f"{PREFIXES} ASK {{ {pattern} }}"))


def count(store: ox.Store, pattern: str) -> int:
    return int(rows(store, f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}")[0][0])


# -- the graphs ----------------------------------------------------------------------------


def test_each_file_has_a_graph_with_what_it_states(store: ox.Store, knowledge: Knowledge) -> None:
    files = {**knowledge.ontology, **knowledge.shape_files}
    told = "GRAPH nec:graph-provenance { ?g a nec:FileGraph ; nec:knowledgeFile ?f }"
    names = rows(store, f"SELECT ?f ?g {{ {told} }}")
    assert sorted(file for file, _ in names) == sorted(files)
    for file, name in names:
        assert count(store, f"GRAPH <{name}> {{ ?s ?p ?o }}") == len(files[file])


def test_a_file_names_its_graph_in_its_header(store: ox.Store) -> None:
    assert ask(store, "GRAPH <https://w3id.org/necessity/core> { nec:Case a owl:Class }")
    assert not ask(store, "GRAPH <https://w3id.org/ionm/anatomy> { nec:Case a owl:Class }")


def test_the_parts_make_the_whole(store: ox.Store, knowledge: Knowledge) -> None:
    asserted = count(store, "GRAPH nec:graph-asserted { ?s ?p ?o }")
    inferred = count(store, "GRAPH nec:graph-inferred { ?s ?p ?o }")
    assert asserted == len(knowledge.everything)
    assert inferred > 1000
    assert not ask(
        store, "GRAPH nec:graph-asserted { ?s ?p ?o } GRAPH nec:graph-inferred { ?s ?p ?o }"
    )
    added = sum(count(store, f"GRAPH <{g}> {{ ?s ?p ?o }}") for g in (VOID, EXAMPLES))
    assert count(store, "?s ?p ?o") == asserted + inferred + added
    assert count(store, "GRAPH nec:graph-shapes { ?s ?p ?o }") == len(knowledge.shapes_graph)


def test_an_anonymous_class_is_one_node_in_all_graphs(store: ox.Store) -> None:
    pattern = """
        GRAPH nec:graph-inferred { ?kind rdfs:subClassOf ?class FILTER isBlank(?class) }
        GRAPH nec:graph-asserted { ?class owl:onProperty ?property }
        GRAPH ?file { ?class owl:onProperty ?property } FILTER ( ?file != nec:graph-asserted )
        ?class owl:onProperty ?property"""
    assert ask(store, pattern)


def test_the_default_graph_tells_of_no_derivation(store: ox.Store) -> None:
    assert not ask(store, "?node a nec:InferenceNode")
    assert not ask(store, "?graph nec:contentDigest ?digest")


def test_without_an_endpoint_nothing_is_added(dataset: Dataset) -> None:
    bare = open_store(dataset)
    assert len(bare) == len(dataset.quads.splitlines())
    assert not ask(bare, "?query a sh:SPARQLExecutable")


# -- where they come from ------------------------------------------------------------------


def test_every_graph_is_described(store: ox.Store) -> None:
    graphs = {name for (name,) in rows(store, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")}
    told = rows(
        store, "SELECT DISTINCT ?g { GRAPH nec:graph-provenance { ?g a nec:KnowledgeGraph } }"
    )
    assert {name for (name,) in told} == graphs - {VOID, EXAMPLES}


def test_the_digest_of_a_graph_is_that_of_its_triples(
    store: ox.Store, lines: Mapping[str, list[str]]
) -> None:
    told = rows(store, "SELECT ?g ?d { GRAPH nec:graph-provenance { ?g nec:contentDigest ?d } }")
    assert {name for name, _ in told} == lines.keys() - {"", str(provenance())}
    for name, digest in told:
        found = hashlib.sha256("\n".join(sorted(lines[name])).encode()).hexdigest()
        assert digest == f"sha256:{found}", name


def provenance() -> IRI:
    return IRI("https://w3id.org/necessity#graph-provenance")


def test_the_knowledge_is_named_by_version_and_digest(
    store: ox.Store, knowledge: Knowledge
) -> None:
    told = rows(
        store,
        """SELECT ?digest ?version ?horizon { GRAPH nec:graph-provenance {
            nec:graph-inferred dcterms:isPartOf ?whole .
            ?whole nec:knowledgeDigest ?digest ; owl:versionIRI ?version ; nec:horizon ?horizon
        } }""",
    )
    assert told == [(knowledge.digest, knowledge.version_iri, str(knowledge.horizon))]


def test_the_inferred_is_derived_from_the_ontology_by_a_closure(
    store: ox.Store, knowledge: Knowledge
) -> None:
    pattern = """GRAPH nec:graph-provenance {
        nec:graph-inferred prov:wasGeneratedBy ?closure ; prov:wasDerivedFrom ?file .
        ?closure a prov:Activity ; prov:used ?file ; prov:wasAssociatedWith/rdfs:label ?engine }"""
    assert count(store, pattern) == len(knowledge.ontology)


def test_a_file_that_asserts_from_a_source_has_its_dates(
    store: ox.Store, knowledge: Knowledge
) -> None:
    told = rows(
        store,
        """SELECT ?file ?source { GRAPH nec:graph-provenance {
            ?g nec:knowledgeFile ?file ; prov:hadPrimarySource ?source .
            { ?g nec:inForceFrom ?day } UNION { ?g nec:withoutLowerBound true } } }""",
    )
    expected = {(f, str(s)) for f, found in knowledge.asserted_sources.items() for s in found}
    assert set(told) == expected
    assert expected


def test_an_edition_holds_the_axioms_of_its_files(store: ox.Store, knowledge: Knowledge) -> None:
    told = rows(
        store,
        """SELECT ?edition ?policy { GRAPH nec:graph-provenance {
            ?edition a nec:EditionGraph ; nec:editionOf ?policy } }""",
    )
    policies = {policy for _, policy in told}
    assert policies == {str(knowledge.policy(name)) for name in knowledge.policies}
    for edition, _ in told:
        files = rows(
            store,
            f"""SELECT ?file {{ GRAPH nec:graph-provenance {{
                <{edition}> prov:hadMember/nec:knowledgeFile ?file }} }}""",
        )
        axioms = knowledge.axioms([file for (file,) in files])
        assert count(store, f"GRAPH <{edition}> {{ ?s ?p ?o }}") == len(axioms)


# -- what the editor of the SIB asks for ----------------------------------------------------


def test_the_editor_finds_the_prefixes(store: ox.Store, root: Path) -> None:
    found = rows(store, "SELECT DISTINCT ?p ?n { [] sh:namespace ?n ; sh:prefix ?p } ORDER BY ?p")
    assert ("ionm", "https://w3id.org/ionm#") in found
    table = (root / "ontology" / "prefixes.ttl").read_text(encoding="utf-8")
    assert len(found) == table.count("a sh:PrefixDeclaration")


def test_the_editor_finds_every_example(store: ox.Store, root: Path) -> None:
    found = rows(
        store,
        """SELECT DISTINCT ?sq ?comment ?query { ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ;
            sh:select|sh:ask|sh:construct|sh:describe ?query } ORDER BY ?sq""",
    )
    files = sorted((root / "docs" / "sparql").glob("*.rq"))
    assert [sq for sq, _, _ in found] == [f"{EXAMPLES}/{path.stem}" for path in files]
    for path, (_, comment, query) in zip(files, found, strict=True):
        assert query == path.read_text(encoding="utf-8")
        assert comment == query.splitlines()[0].removeprefix("# ")


def test_an_example_is_complete(store: ox.Store, dataset: Dataset) -> None:
    pattern = f"""GRAPH <{EXAMPLES}> {{
        ?sq a sh:SPARQLSelectExecutable ; schema:target <{ENDPOINT}> ; sh:prefixes ?table }}
        ?table sh:declare/sh:prefix "nec" FILTER EXISTS {{ ?sq schema:keywords ?word }}"""
    assert count(store, pattern) == len(dataset.about.examples)


def test_the_form_of_an_example_is_told_by_its_query(tmp_path: Path) -> None:
    texts = {
        "a": "# Is it so?\n# Keywords: one, two\nASK { ?select ?p <urn:SELECT> }",
        "b": "# What follows?\n# CONSTRUCT is not it\nprefix construct: <urn:x#> select * {}",
        "c": "# Which graph?\nconstruct { ?s ?p ?o } { { SELECT * { ?s ?p ?o } } }",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.rq").write_text(text, encoding="utf-8")
    found = read_examples(tmp_path)
    assert [e.keywords for e in found] == [("one", "two"), (), ()]
    about = build_dataset(Knowledge({}, {}), tmp_path)
    bare = open_store(about, ENDPOINT)
    assert ask(
        bare, f'<{EXAMPLES}/a> a sh:SPARQLAskExecutable ; sh:ask ?q ; rdfs:comment "Is it so?"@en'
    )
    assert ask(bare, f"<{EXAMPLES}/b> a sh:SPARQLSelectExecutable ; sh:select ?q")
    assert ask(bare, f"<{EXAMPLES}/c> a sh:SPARQLConstructExecutable ; sh:construct ?q")


PARTITIONS = """
SELECT DISTINCT ?subject ?property ?class ?datatype {
    ?cp void:class ?subject ; void:propertyPartition ?pp . ?pp void:property ?property
    OPTIONAL { { ?pp void:classPartition [ void:class ?class ] }
        UNION { ?pp void-ext:datatypePartition [ void-ext:datatype ?datatype ] } }
}"""


def test_the_editor_finds_classes_properties_and_their_ends(store: ox.Store) -> None:
    found = set(rows(store, PARTITIONS))
    nec = "https://w3id.org/necessity#"
    assert (f"{nec}Modality", f"{nec}modalityAssesses", f"{nec}AnatomicalStructure", "") in found
    assert (f"{nec}RiskFeature", "http://www.w3.org/2000/01/rdf-schema#label", "",
            str(RDF.langString)) in found  # fmt: skip


def test_partitions_are_those_of_the_data(store: ox.Store) -> None:
    known = "{ GRAPH nec:graph-asserted { %s } } UNION { GRAPH nec:graph-inferred { %s } }"
    both = {p: known % (p, p) for p in ("?s ?property ?o", "?s a ?subject", "?o a ?class")}
    asked = f"""SELECT DISTINCT ?subject ?property ?class ?datatype {{
        {both["?s a ?subject"]} {both["?s ?property ?o"]} FILTER isIRI(?subject)
        OPTIONAL {{ {both["?o a ?class"]} FILTER isIRI(?class) }}
        BIND ( datatype(?o) AS ?datatype ) }}"""
    found, expected = set(rows(store, PARTITIONS)), set(rows(store, asked))
    assert found <= expected
    # An object without a kind makes no part of a partition that has others.
    with_parts = {row[:2] for row in expected if row[2] or row[3]}
    assert {r for r in expected if r[2] or r[3] or r[:2] not in with_parts} == found


def test_the_figures_are_right(store: ox.Store) -> None:
    whole = f"<{VOID}#knowledge>"
    figures = rows(store, f"SELECT ?p ?n {{ {whole} ?p ?n FILTER isLiteral(?n) }}")
    told = {p: n for p, n in figures}  # noqa: C416  (a row is a tuple of any length)
    base = "http://rdfs.org/ns/void#"
    union = """{ GRAPH nec:graph-asserted { ?s ?p ?o } } UNION
        { GRAPH nec:graph-inferred { ?s ?p ?o } }"""
    counted = rows(
        store,
        f"""SELECT (COUNT(*) AS ?t) (COUNT(DISTINCT ?s) AS ?ss) (COUNT(DISTINCT ?o) AS ?os)
            (COUNT(DISTINCT ?p) AS ?ps) {{ {union} }}""",
    )[0]
    keys = ("triples", "distinctSubjects", "distinctObjects", "properties")
    assert tuple(told[base + key] for key in keys) == counted
    pattern = f"{whole} void:classPartition ?cp . ?cp void:class ?class ; void:entities ?n"
    entities = Counter({c: int(n) for c, n in rows(store, f"SELECT ?class ?n {{ {pattern} }}")})
    assert len(entities) == int(told[base + "classes"])
    for kind, number in entities.items():
        instances = union.replace("?p ?o", f"a <{kind}>")
        found = rows(store, f"SELECT (COUNT(DISTINCT ?s) AS ?n) {{ {instances} }}")
        assert found == [(str(number),)], kind


# -- the same again ------------------------------------------------------------------------


def test_the_same_knowledge_gives_the_same_bytes(dataset: Dataset, root: Path) -> None:
    fresh = load_knowledge([root / "ontology"], [root / "shapes"])
    assert not fresh.cache_key
    again = build_dataset(fresh)
    assert again.quads == dataset.quads
    assert again.about == dataset.about


def test_the_cache_changes_nothing(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IONM_CACHE", str(tmp_path))
    few = [root / "ontology" / f"{name}.ttl" for name in ("dataset", "prefixes", "proof")]
    knowledge, _ = open_knowledge(few, [root / "shapes"])
    first = build_dataset(knowledge)
    (kept,) = tmp_path.glob("dataset-*.cache")
    assert build_dataset(knowledge) == first
    kept.write_bytes(kept.read_bytes()[:-7])
    assert build_dataset(knowledge) == first
    assert build_dataset(knowledge, None).about.examples == ()


def test_an_answered_case_leaves_no_trace(engine: Engine, dataset: Dataset) -> None:
    record = {"procedures": [{"text": "an operation by Untraceable"}], "diagnoses": []}
    determine(record, engine)
    assert build_dataset(engine.knowledge) == dataset
    assert b"Untraceable" not in dataset.quads
    assert b"urn:case:" not in dataset.quads


def test_literals_of_every_kind_come_through(tmp_path: Path) -> None:
    text = '<urn:a> <urn:p> "tab\\t \\"quoted\\" line\\nend \\\\ \\u0007"@en , "1"^^<urn:d> , 1.5 .'
    path = tmp_path / "odd name.ttl"
    path.write_text(text, encoding="utf-8")
    knowledge = load_knowledge([path], [])
    store = open_store(build_dataset(knowledge, None), ENDPOINT)
    found = {t.object for t in store.quads_for_pattern(None, ox.NamedNode("urn:p"), None)}
    assert {o.value for o in found if isinstance(o, ox.Literal)} == {
        'tab\t "quoted" line\nend \\ \a', "1", "1.5"
    }  # fmt: skip
    assert Literal("1.5", IRI("http://www.w3.org/2001/XMLSchema#decimal")) in {
        t.o for t in knowledge.everything
    }
    assert SH.declare not in {t.p for t in knowledge.everything}
