"""Describe one term as RDF: what is stated and inferred of it, and who says so or why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox

from kg_engine.dataset_derivations import derivation_triples
from kg_engine.dataset_graphs import file_graphs
from kg_engine.entailments import Entailments
from kg_engine.knowledge import Knowledge
from kg_engine.store_terms import to_store_triple
from kg_engine.terms import IRI, BNode, Term, Triple

TURTLE, JSON_LD = "text/turtle", "application/ld+json"
_FORMS = {TURTLE: ox.RdfFormat.TURTLE, JSON_LD: ox.RdfFormat.JSON_LD}


def term_triples(knowledge: Knowledge, entailments: Entailments, term: IRI) -> Iterator[Triple]:
    """Yield each statement about a term, and for each a node with its files or its derivation."""
    about = [*knowledge.everything.outgoing(term), *entailments.graph.outgoing(term)]
    yield from about
    found = list(derivation_triples(knowledge, entailments, file_graphs(knowledge), about))
    yield from found
    yield from anonymous_triples(knowledge, (t.o for t in (*about, *found)))


def anonymous_triples(knowledge: Knowledge, terms: Iterable[Term]) -> Iterator[Triple]:
    """Yield what is said of the anonymous nodes among some terms, and of those within them."""
    waiting, seen = list(terms), set()
    while waiting:
        term = waiting.pop()
        if not isinstance(term, BNode) or term in seen:
            continue
        seen.add(term)
        for triple in knowledge.everything.outgoing(term):
            yield triple
            waiting.append(triple.o)


def written(triples: Iterable[Triple], form: str, prefixes: Mapping[str, str]) -> str:
    """Return triples in Turtle or in expanded JSON-LD, each once, in one order."""
    once = sorted(map(to_store_triple, set(triples)), key=str)
    used = {k: v for k, v in prefixes.items() if any(v in str(triple) for triple in once)}
    given = used if form == TURTLE else None
    return (ox.serialize(once, format=_FORMS[form], prefixes=given) or b"").decode()
