"""An edition lasts as long as the same files are in force under its policy."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg_engine.dataset import build_dataset, open_store
from kg_engine.dataset_editions import edition_name, read_stretches
from kg_engine.knowledge import Knowledge, load_knowledge
from kg_engine.namespaces import NEC

HEAD = """
PREFIX nec: <https://w3id.org/necessity#> PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
POLICIES = """
<urn:plan> a nec:Policy ; skos:notation "the plan" ;
    nec:includesSource <urn:first> , <urn:second> , <urn:unasserted> .
<urn:late> a nec:Policy ; skos:notation "late" ; nec:includesSource <urn:second> ;
    nec:inForceFrom "2022-01-01"^^xsd:date ; nec:inForceUntil "2022-12-31"^^xsd:date .
<urn:first> nec:inForceFrom "2020-01-01"^^xsd:date ; nec:inForceUntil "2020-12-31"^^xsd:date .
<urn:second> nec:inForceFrom "2021-01-01"^^xsd:date .
<urn:unasserted> nec:inForceFrom "2019-01-01"^^xsd:date .
"""
FILES = {
    "base": "<urn:A> rdfs:subClassOf <urn:B> .",
    "first": "<urn:f> a owl:Ontology ; nec:assertsFrom <urn:first> . <urn:C> rdfs:subClassOf <urn:A> .",
    "second": "<urn:s> a owl:Ontology ; nec:assertsFrom <urn:second> . <urn:D> rdfs:subClassOf <urn:A> .",
    "policies": POLICIES,
}


@pytest.fixture
def knowledge(tmp_path: Path) -> Knowledge:
    for name, text in FILES.items():
        (tmp_path / f"{name}.ttl").write_text(HEAD + text, encoding="utf-8")
    return load_knowledge(sorted(tmp_path.glob("*.ttl")), [])


def test_an_edition_begins_where_a_file_comes_or_goes(knowledge: Knowledge) -> None:
    found = [
        (str(s.policy), s.start and s.start.isoformat(), s.end and s.end.isoformat(),
         sorted(s.files - {"base.ttl", "policies.ttl"}))
        for s in read_stretches(knowledge)
    ]  # fmt: skip
    assert found == [
        ("urn:late", "2022-01-01", "2022-12-31", ["second.ttl"]),
        ("urn:plan", None, "2019-12-31", []),
        ("urn:plan", "2020-01-01", "2020-12-31", ["first.ttl"]),
        ("urn:plan", "2021-01-01", None, ["second.ttl"]),
    ]


def test_a_day_has_the_edition_that_a_case_of_that_day_has(knowledge: Knowledge) -> None:
    plan = next(s.policy for s in read_stretches(knowledge) if str(s.policy) == "urn:plan")
    stretches = [s for s in read_stretches(knowledge) if s.policy == plan]
    for days in range(0, 1200, 7):
        day = date(2019, 6, 1) + timedelta(days=days)
        (held,) = [s for s in stretches
                   if (s.start or day) <= day <= (s.end or day)]  # fmt: skip
        assert held.files == knowledge.files_in_force(plan, day)


def test_an_edition_is_a_graph_of_its_own(knowledge: Knowledge) -> None:
    names = [edition_name(knowledge, s) for s in read_stretches(knowledge)]
    assert names == [
        NEC("graph-edition-late-2022-01-01"),
        NEC("graph-edition-the%20plan"),
        NEC("graph-edition-the%20plan-2020-01-01"),
        NEC("graph-edition-the%20plan-2021-01-01"),
    ]
    store = open_store(build_dataset(knowledge, None))
    pattern = f"""ASK {{ GRAPH <{names[2]}> {{ <urn:C> ?p ?o }} GRAPH <{names[3]}> {{ <urn:D> ?p ?o }}
        FILTER NOT EXISTS {{ GRAPH <{names[2]}> {{ <urn:D> ?q ?r }} }}
        GRAPH <{NEC("graph-provenance")}> {{ <{names[2]}> <{NEC.editionOf}> <urn:plan> ;
            <{NEC.inForceFrom}> ?from ; <{NEC.inForceUntil}> ?until }}
        FILTER ( str(?from) = "2020-01-01" && str(?until) = "2020-12-31" ) }}"""
    assert bool(store.query(pattern))
    bare = knowledge.axioms(["base.ttl", "policies.ttl"])
    held = list(store.quads_for_pattern(None, None, None, ox.NamedNode(names[1])))
    assert len(held) == len(bare)
