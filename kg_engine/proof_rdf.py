"""Write the proof of a determination as RDF: PROV-O, RDF reification, and words of our own.

A node is a ``prov:Entity`` that states a triple; it is derived from its premises, or quoted from
the record or a file of the knowledge. An anonymous class keeps the name that it has in the proof,
as an IRI under ``urn:ionm:node:``. Source: https://www.w3.org/TR/prov-o/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC, PROV, RDF, RDFS, TYPE, XSD
from kg_engine.turtle_format import read_prefixes

Json = dict[str, Any]
ANONYMOUS = "urn:ionm:node:"
KINDS = {
    "record": NEC.RecordNode, "axiom": NEC.AxiomNode, "assumption": NEC.AssumptionNode,
    "inference": NEC.InferenceNode, "attestation": NEC.AttestationNode,
    "contradiction": NEC.ContradictionNode,
}  # fmt: skip
_TEXTS = {"rule": NEC.rule, "path": NEC.recordPath, "file": NEC.knowledgeFile, "text": RDFS.label}
_STATED = (RDF.subject, RDF.predicate, RDF.object)


def proof_turtle(document: Json, knowledge: Knowledge) -> str:
    """Return the proof of a determination's document in Turtle."""
    triples = proof_triples(document)
    prefixes = read_prefixes(knowledge.everything.triples)
    used = {k: v for k, v in prefixes.items() if any(v in str(triple) for triple in triples)}
    return (ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=used) or b"").decode()


def proof_jsonld(document: Json) -> str:
    """Return the proof of a determination's document in JSON-LD, expanded: no context to fetch."""
    triples = proof_triples(document)
    return (ox.serialize(triples, format=ox.RdfFormat.JSON_LD) or b"").decode()


def proof_triples(document: Json) -> list[ox.Triple]:
    """Return the triples of a determination's document and its proof, each once, in one order."""
    return list(dict.fromkeys(_determination(document)))


def _determination(document: Json) -> Iterator[ox.Triple]:
    home = f"urn:{document['digest']}"
    whole = ox.NamedNode(home)
    yield _link(whole, TYPE, NEC.Determination)
    yield _link(whole, TYPE, PROV.Entity)
    yield _text(whole, NEC.outcomeOf, document["outcome"])
    yield _text(whole, NEC.caseDigest, document["case_digest"])
    yield _text(whole, NEC.knowledgeDigest, document["knowledge"]["digest"])
    yield _link(whole, PROV.wasDerivedFrom, document["knowledge"]["version_iri"])
    for root in document["proof"]["roots"]:
        yield _link(whole, NEC.proves, f"{home}#{root}")
    for node in document["proof"]["nodes"]:
        yield from _node(home, node)


def _node(home: str, node: Json) -> Iterator[ox.Triple]:
    name = ox.NamedNode(f"{home}#{node['id']}")
    yield _link(name, TYPE, KINDS[node["kind"]])
    yield _link(name, TYPE, PROV.Entity)
    number = ox.Literal(node["id"], datatype=ox.NamedNode(XSD.integer))
    yield ox.Triple(name, ox.NamedNode(NEC.nodeNumber), number)
    for key, p in _TEXTS.items():
        if key in node:
            yield _text(name, p, node[key])
    for p, written in zip(_STATED, node.get("triple", ()), strict=False):
        yield ox.Triple(name, ox.NamedNode(p), _term(written))
    for source in node.get("sources", ()):
        yield _link(name, PROV.hadPrimarySource, source)
    if "verification" in node:
        yield _link(name, NEC.verification, NEC(node["verification"]))
    premises = [f"{home}#{premise}" for premise in node.get("premises", ())]
    for premise in premises:
        yield _link(name, PROV.wasDerivedFrom, premise)
    yield from _premises(name, premises)


def _premises(name: ox.NamedNode, premises: list[str]) -> Iterator[ox.Triple]:
    """Yield the premises as a list, since their order is that of the rule."""
    cells = [ox.NamedNode(f"{name.value}-premise-{n}") for n in range(1, len(premises) + 1)]
    if cells:
        yield ox.Triple(name, ox.NamedNode(NEC.premises), cells[0])
    for place, (cell, premise) in enumerate(zip(cells, premises, strict=True), 1):
        rest = cells[place] if place < len(cells) else ox.NamedNode(RDF.nil)
        yield _link(cell, RDF.first, premise)
        yield ox.Triple(cell, ox.NamedNode(RDF.rest), rest)


def _term(written: str) -> ox.NamedNode | ox.Literal:
    """Read a term from N-Triples, as proofs write it."""
    if written.startswith("_:"):
        return ox.NamedNode(ANONYMOUS + written[2:])
    (quad,) = ox.parse(f"<urn:s> <urn:p> {written} .", format=ox.RdfFormat.N_TRIPLES)
    if isinstance(quad.object, (ox.NamedNode, ox.Literal)):
        return quad.object
    raise TypeError(f"{written} is neither an IRI nor a literal")


def _link(s: ox.NamedNode, p: str, o: str) -> ox.Triple:
    return ox.Triple(s, ox.NamedNode(p), ox.NamedNode(o))


def _text(s: ox.NamedNode, p: str, text: str) -> ox.Triple:
    return ox.Triple(s, ox.NamedNode(p), ox.Literal(text))
