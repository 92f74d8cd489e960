"""Divide what the knowledge says into named graphs, each a set of triples."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from kg_engine.dataset_derivations import derivation_triples
from kg_engine.dataset_editions import edition_name, read_stretches
from kg_engine.entailments import Entailments
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC, OWL, TYPE
from kg_engine.terms import IRI, Triple

ASSERTED = NEC("graph-asserted")
INFERRED = NEC("graph-inferred")
SHAPES = NEC("graph-shapes")
DERIVATIONS = NEC("graph-derivations")
PROVENANCE = NEC("graph-provenance")


def file_graphs(knowledge: Knowledge) -> dict[str, IRI]:
    """Return the name of each file's graph: its header, else a name made from the file's."""
    headers: dict[str, str] = {}
    for header in knowledge.everything.subjects(TYPE, OWL.Ontology):
        for file in knowledge.places[Triple(header, TYPE, OWL.Ontology)]:
            headers[file] = min(headers.get(file, str(header)), str(header))
    files = (*knowledge.ontology, *knowledge.shape_files)
    return {file: IRI(headers.get(file) or f"{ASSERTED}/{quote(file)}") for file in files}


def named_graphs(
    knowledge: Knowledge, entailments: Entailments, names: Mapping[str, IRI]
) -> dict[IRI, frozenset[Triple]]:
    """Return the triples of every named graph but that of provenance.

    ``names`` gives the graph of each file. The graphs are the asserted and the inferred, all
    shapes, why each inferred triple holds, each file, and the axioms of each edition.
    """
    files: dict[IRI, frozenset[Triple]] = {}
    for file, triples in (*knowledge.ontology.items(), *knowledge.shape_files.items()):
        files[names[file]] = files.get(names[file], frozenset()) | triples
    return {
        ASSERTED: knowledge.everything.triples,
        INFERRED: entailments.graph.triples,
        SHAPES: knowledge.shapes_graph.triples,
        DERIVATIONS: frozenset(derivation_triples(knowledge, entailments, names)),
        **{edition_name(knowledge, s): knowledge.axioms(s.files)
           for s in read_stretches(knowledge)},
        **files,
    }  # fmt: skip
