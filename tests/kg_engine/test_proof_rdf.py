"""The proof in RDF says what the proof in JSON says, and can be read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import rdflib
from rdflib.collection import Collection

from kg_engine import Engine, determine
from kg_engine.namespaces import NEC, PROV
from kg_engine.proof_rdf import ANONYMOUS, KINDS, proof_turtle

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.json"))
TEXTS = {
    "rule": NEC.rule,
    "path": NEC.recordPath,
    "file": NEC.knowledgeFile,
    "text": rdflib.RDFS.label,
}


def written(term: rdflib.term.Node) -> str:
    """Return a term as proofs write it."""
    if str(term).startswith(ANONYMOUS):
        return "_:" + str(term).removeprefix(ANONYMOUS)
    return term.n3()


def back(graph: rdflib.Graph, node: rdflib.term.Node) -> dict[str, Any]:
    """Return a node of a proof as its JSON has it."""
    kinds = {rdflib.URIRef(iri): kind for kind, iri in KINDS.items()}
    found: dict[str, Any] = {
        "id": str(graph.value(node, rdflib.URIRef(NEC.nodeNumber))),
        "kind": next(kinds[t] for t in graph.objects(node, rdflib.RDF.type) if t in kinds),  # type: ignore[index]
    }
    stated = (rdflib.RDF.subject, rdflib.RDF.predicate, rdflib.RDF.object)
    terms = [term for term in (graph.value(node, p) for p in stated) if term is not None]
    if terms:
        found["triple"] = [written(term) for term in terms]
    for key, p in TEXTS.items():
        value = graph.value(node, rdflib.URIRef(p))
        if value is not None:
            found[key] = str(value)
    sources = graph.objects(node, rdflib.URIRef(PROV.hadPrimarySource))
    found["sources"] = sorted(map(str, sources))
    head = graph.value(node, rdflib.URIRef(NEC.premises))
    numbers = [str(m).rpartition("#")[2] for m in Collection(graph, head)] if head else []
    found["premises"] = numbers
    return found


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_the_proof_can_be_read_back(path: Path, engine: Engine) -> None:
    document = determine(json.loads(path.read_bytes()), engine).document
    graph = rdflib.Graph().parse(data=proof_turtle(document, engine.knowledge), format="turtle")
    proof: Any = document["proof"]
    nodes = {
        found["id"]: found
        for kind in KINDS.values()
        for found in (back(graph, n) for n in graph.subjects(rdflib.RDF.type, rdflib.URIRef(kind)))
    }
    assert len(nodes) == len(proof["nodes"])
    for node in proof["nodes"]:
        told = {"sources": [], "premises": []} | {
            k: v for k, v in node.items() if k != "verification"
        }
        assert nodes[node["id"]] == told
    roots = {str(o).rpartition("#")[2] for o in graph.objects(None, rdflib.URIRef(NEC.proves))}
    assert roots == set(proof["roots"])
