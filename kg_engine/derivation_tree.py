"""Tell why a statement of the knowledge holds: as a tree in plain JSON, and as RDF."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from kg_engine.dataset_derivations import derivation_triples, statement_name
from kg_engine.dataset_graphs import file_graphs
from kg_engine.entailments import Entailments
from kg_engine.knowledge import Knowledge
from kg_engine.proof import as_written, axiom_leaf
from kg_engine.render import render
from kg_engine.term_rdf import anonymous_triples
from kg_engine.terms import Triple, n3

Json: TypeAlias = dict[str, object]
ASSERTED, INFERRED = "asserted", "inferred"


def holds(knowledge: Knowledge, entailments: Entailments, triple: Triple) -> bool:
    """Say whether some file states a triple, or all of them together entail it."""
    return triple in entailments.derivations or triple in knowledge.everything


def derivation_tree(knowledge: Knowledge, entailments: Entailments, triple: Triple) -> Json:
    """Return why a statement that holds does, down to axioms, each with its files and sources.

    What stands in the tree before is not unfolded again, only named.
    """
    seen: set[Triple] = set()

    def node(statement: Triple) -> Json:
        derivation = entailments.derivations.get(statement)
        if derivation is None:
            statement = as_written(statement, knowledge) or statement
        found: Json = {
            "id": str(statement_name(statement)),
            "status": INFERRED if derivation else ASSERTED,
            "statement": list(map(n3, statement)),
            "text": render(statement, knowledge),
        }
        if derivation is None:
            return found | _leaf(knowledge, statement)
        found["rule"] = derivation.rule
        if statement in seen:
            return found | {"repeated": True}
        seen.add(statement)
        return found | {"premises": [node(premise) for premise in derivation.premises]}

    return node(triple)


def tree_triples(
    knowledge: Knowledge, entailments: Entailments, triple: Triple
) -> Iterator[Triple]:
    """Yield why a statement holds as RDF, with what its anonymous classes say."""
    found = list(derivation_triples(knowledge, entailments, file_graphs(knowledge), [triple]))
    yield from found
    yield from anonymous_triples(knowledge, (t.o for t in found))


def _leaf(knowledge: Knowledge, statement: Triple) -> Json:
    leaf = axiom_leaf(knowledge, statement, knowledge.places[statement])
    found: Json = {"files": sorted(knowledge.places[statement]), "sources": list(leaf.sources)}
    return found | ({"verification": leaf.verification} if leaf.verification else {})
