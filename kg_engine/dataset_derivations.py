"""Write why each entailment holds as RDF, so that a plain query can ask for it.

A node is named by a digest of what it states; it is derived from the nodes of its premises, or
quoted from the graphs of the files that state it. The words are those of proofs: PROV-O and RDF
reification. Source: https://www.w3.org/TR/prov-o/
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from kg_engine.derivation import Derivation
from kg_engine.entailments import Entailments
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC, PROV, RDF, RDFS, TYPE
from kg_engine.proof import as_written, axiom_leaf
from kg_engine.render import render
from kg_engine.terms import IRI, Literal, Term, Triple, ntriple

_STATEMENT = "urn:ionm:statement:"


def statement_name(triple: Triple) -> IRI:
    """Return the name of the node that states a triple; the same triple has the same name."""
    return IRI(_STATEMENT + hashlib.sha256(ntriple(triple).encode()).hexdigest()[:40])


def derivation_triples(
    knowledge: Knowledge,
    entailments: Entailments,
    names: Mapping[str, IRI],
    roots: Iterable[Triple] | None = None,
) -> Iterator[Triple]:
    """Yield the nodes of some entailments and of all that they rest on, down to the axioms.

    ``names`` gives the graph of each file; without roots every entailment is told of.
    """
    waiting = list(entailments.derivations if roots is None else roots)
    seen: set[Triple] = set()
    while waiting:
        triple = waiting.pop()
        if triple in seen:
            continue
        seen.add(triple)
        derivation = entailments.derivations.get(triple)
        if derivation is None:
            yield from _axiom(knowledge, triple, names)
        else:
            yield from _inference(knowledge, triple, derivation)
            waiting += derivation.premises


def _inference(knowledge: Knowledge, triple: Triple, derivation: Derivation) -> Iterator[Triple]:
    node = statement_name(triple)
    yield from _statement(node, triple, NEC.InferenceNode, render(triple, knowledge))
    yield Triple(node, NEC.rule, Literal(derivation.rule))
    premises = [statement_name(_stated(knowledge, premise)) for premise in derivation.premises]
    for premise in dict.fromkeys(premises):
        yield Triple(node, PROV.wasDerivedFrom, premise)
    cells: list[Term] = [IRI(f"{node}-premise-{n}") for n in range(1, len(premises) + 1)]
    yield Triple(node, NEC.premises, cells[0] if cells else RDF.nil)
    for cell, rest, premise in zip(cells, [*cells[1:], RDF.nil], premises, strict=True):
        yield Triple(cell, RDF.first, premise)
        yield Triple(cell, RDF.rest, rest)


def _axiom(knowledge: Knowledge, triple: Triple, names: Mapping[str, IRI]) -> Iterator[Triple]:
    stated = _stated(knowledge, triple)
    files, node = knowledge.places[stated], statement_name(stated)
    leaf = axiom_leaf(knowledge, stated, files)
    yield from _statement(node, stated, NEC.AxiomNode, leaf.text)
    for file in sorted(files):
        yield Triple(node, NEC.knowledgeFile, Literal(file))
        yield Triple(node, PROV.wasQuotedFrom, names[file])
    for source in leaf.sources:
        yield Triple(node, PROV.hadPrimarySource, IRI(source))
    if leaf.verification:
        yield Triple(node, NEC.verification, NEC(leaf.verification))


def _statement(node: IRI, triple: Triple, kind: IRI, text: str) -> Iterator[Triple]:
    yield Triple(node, TYPE, kind)
    yield Triple(node, TYPE, PROV.Entity)
    yield Triple(node, RDFS.label, Literal(text, RDF.langString, "en"))
    yield Triple(node, RDF.subject, triple.s)
    yield Triple(node, RDF.predicate, triple.p)
    yield Triple(node, RDF.object, triple.o)


def _stated(knowledge: Knowledge, triple: Triple) -> Triple:
    return as_written(triple, knowledge) or triple
