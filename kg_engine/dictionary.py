"""Hold what the door needs of the knowledge: codes, words, and ids by kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kg_engine.codes import CodeIndex, index_codes, with_lists, without_lists
from kg_engine.graphs import Graph
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC, OWL, RDFS, SKOS, TYPE
from kg_engine.terms import IRI, Literal, Term
from kg_engine.text import Lexicon, build_lexicon

_RISK_LINKS = (NEC.profileStructure, NEC.contains, NEC.hasNeuralPart, NEC.codeAssesses)


@dataclass(frozen=True)
class Dictionary:
    """Hold what the door needs of the knowledge: codes, words, and ids by kind."""

    codes: CodeIndex
    procedure_words: Lexicon
    finding_words: Lexicon
    site_words: Lexicon
    disorder_words: Lexicon
    ids: Mapping[tuple[IRI, str], IRI]
    record_keys: Mapping[str, IRI]
    risk_structures: frozenset[Term]
    code_roles: Mapping[Term, frozenset[Term]]
    idle_words: frozenset[str]


def build_dictionary(knowledge: Knowledge) -> Dictionary:
    """Build the dictionary of a knowledge once; it serves every case."""
    graph = knowledge.graph
    kinds = (NEC.RiskFeature, NEC.DocumentationItem, NEC.Laterality)
    ids = {
        (kind, plain_id(graph.text(term, SKOS.notation))): IRI(str(term))
        for kind in kinds
        for term in graph.subjects(TYPE, kind)
    }
    keys = {graph.text(t.s, NEC.recordKey): IRI(str(t.s)) for t in graph.about(NEC.recordKey)}
    return Dictionary(
        codes=index_codes(graph),
        procedure_words=build_lexicon(
            graph,
            instances_of=(NEC.Level, NEC.Approach, NEC.RiskFeature),
            subclasses_of=(NEC.Procedure,),
        ),
        finding_words=build_lexicon(
            graph, instances_of=(NEC.AnatomicalStructure, NEC.Pathology, NEC.RiskFeature)
        ),
        site_words=build_lexicon(graph, instances_of=(NEC.AnatomicalStructure,)),
        disorder_words=build_lexicon(graph, instances_of=(NEC.Pathology, NEC.RiskFeature)),
        ids=ids,
        record_keys=keys,
        risk_structures=frozenset(t.o for p in _RISK_LINKS for t in graph.about(p)),
        code_roles=_code_roles(graph),
        idle_words=frozenset(_idle_words(graph)),
    )


def stripped(words: Dictionary) -> Dictionary:
    """Return a dictionary without the full code lists, which are files of their own."""
    return replace(words, codes=without_lists(words.codes))


def reopened(words: Dictionary, knowledge: Knowledge) -> Dictionary:
    """Return a dictionary with the full code lists open again."""
    return replace(words, codes=with_lists(words.codes, knowledge.graph))


def _code_roles(graph: Graph) -> Mapping[Term, frozenset[Term]]:
    """Return in which parts of a record the codes of a system, and each linked code, may stand."""
    found: dict[Term, set[Term]] = {}
    for triple in graph.about(NEC.codesFor):
        found.setdefault(triple.s, set()).add(triple.o)
    for restriction in graph.subjects(OWL.onProperty, NEC.hasCode):
        for code in graph.objects(restriction, OWL.hasValue):
            for class_ in graph.objects(restriction, RDFS.subClassOf):
                found.setdefault(code, set()).update(_kinds(graph, class_))
    for p in (NEC.codeAssesses, NEC.codeUsesModality):
        for triple in graph.about(p):
            found.setdefault(triple.s, set()).add(NEC.Service)
    return {code: frozenset(roles) for code, roles in found.items() if roles}


def _kinds(graph: Graph, class_: Term) -> set[Term]:
    above, waiting = {class_}, [class_]
    while waiting:
        for wider in graph.objects(waiting.pop(), RDFS.subClassOf):
            if wider not in above:
                above.add(wider)
                waiting.append(wider)
    return above & {NEC.Procedure, NEC.Diagnosis, NEC.Service}


def _idle_words(graph: Graph) -> Iterable[str]:
    for term in graph.subjects(TYPE, NEC.IdleWord):
        for p in (RDFS.label, SKOS.altLabel):
            yield from (o.lexical for o in graph.objects(term, p) if isinstance(o, Literal))


def plain_id(text: str) -> str:
    """Return the id that a text spells, whatever its case, spaces or underscores."""
    return text.strip().lower().replace("_", "-").replace(" ", "-")
