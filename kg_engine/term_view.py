"""Lay out what is known of one term: what is stated, what follows, and where else it is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kg_engine.entailments import Entailments
from kg_engine.knowledge import Knowledge
from kg_engine.manchester import Token, expression
from kg_engine.namespaces import DCTERMS, NEC, OWL, RDFS, SKOS, TYPE
from kg_engine.prefixed import Prefixes, declared_prefixes
from kg_engine.terms import IRI, BNode, Literal, Term, Triple
from kg_engine.voices import Json, source_views

LINKS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement about a term: its end as tokens, its files, and whether it is inferred."""

    triple: Triple
    predicate: tuple[Token, ...]
    object: tuple[Token, ...]
    files: tuple[str, ...]
    inferred: bool


@dataclass(frozen=True, slots=True)
class Link:
    """Where a term is named: a subject, or an expression that stands alone, and by what."""

    subject: tuple[Token, ...]
    predicate: tuple[Token, ...]
    within: bool
    inferred: bool


@dataclass(frozen=True, slots=True)
class TermView:
    """All that a page about a term shows."""

    term: IRI
    name: str
    label: str
    definition: str
    synonyms: tuple[str, ...]
    kinds: tuple[tuple[Token, ...], ...]
    deprecated: bool
    replaced_by: tuple[tuple[Token, ...], ...]
    verification: str
    files: tuple[str, ...]
    sources: tuple[Json, ...]
    statements: tuple[Statement, ...]
    links: tuple[Link, ...]
    more_links: int


def known_prefixes(knowledge: Knowledge) -> Prefixes:
    """Return the prefixes that some knowledge declares, read once."""
    return knowledge.remember(_prefixes, "prefixes")


def is_known(knowledge: Knowledge, term: IRI) -> bool:
    """Say whether a term stands anywhere in the knowledge."""
    graph = knowledge.everything
    return bool(graph.outgoing(term) or graph.incoming(term) or graph.about(term))


def view_term(knowledge: Knowledge, entailments: Entailments, term: IRI) -> TermView:
    """Return what is known of a term that stands in the knowledge.

    Of the links to it the first are listed and the others counted.
    """
    graph, prefixes = knowledge.everything, known_prefixes(knowledge)

    def told(p: IRI) -> tuple[tuple[Token, ...], ...]:
        return tuple(expression(o, graph, prefixes) for o in graph.objects(term, p))

    verification = graph.value(term, NEC.verification)
    statements = tuple(_statements(knowledge, entailments, term, prefixes))
    into = [*graph.incoming(term), *entailments.graph.incoming(term)]
    return TermView(
        term=term,
        name=prefixes.shorten(term),
        label=knowledge.label(term),
        definition=graph.text(term, SKOS.definition),
        synonyms=tuple(o.lexical for o in graph.objects(term, SKOS.altLabel)
                       if isinstance(o, Literal)),
        kinds=told(TYPE),
        deprecated=graph.text(term, OWL.deprecated) in ("true", "1"),
        replaced_by=told(DCTERMS.isReplacedBy),
        verification=knowledge.label(verification) if verification is not None else "",
        files=tuple(sorted({file for s in statements for file in s.files})),
        sources=tuple(source_views(knowledge, term)),
        statements=statements,
        links=tuple(_link(knowledge, t, prefixes, inferred=t in entailments.derivations)
                    for t in into[:LINKS_SHOWN]),
        more_links=len(into[LINKS_SHOWN:]),
    )  # fmt: skip


def _prefixes(knowledge: Knowledge, _: str) -> Prefixes:
    return declared_prefixes(knowledge.everything)


def _statements(
    knowledge: Knowledge, entailments: Entailments, term: IRI, prefixes: Prefixes
) -> Iterator[Statement]:
    """Yield what is stated about a term, labels first, then what is inferred."""
    graph = knowledge.everything
    stated = sorted(graph.outgoing(term), key=lambda t: t.p != RDFS.label)
    for triple in (*stated, *entailments.graph.outgoing(term)):
        inferred = triple in entailments.derivations
        yield Statement(
            triple,
            expression(triple.p, graph, prefixes),
            expression(triple.o, graph, prefixes),
            () if inferred else tuple(sorted(knowledge.places[triple])),
            inferred,
        )


def _link(knowledge: Knowledge, triple: Triple, prefixes: Prefixes, *, inferred: bool) -> Link:
    graph = knowledge.everything
    owner = _owner(knowledge, triple.s)
    return Link(
        expression(owner, graph, prefixes),
        expression(triple.p, graph, prefixes),
        within=owner != triple.s,
        inferred=inferred,
    )


def _owner(knowledge: Knowledge, term: Term) -> Term:
    """Return the first term that is not anonymous above one, or the whole expression it is in."""
    while isinstance(term, BNode):
        above = knowledge.everything.incoming(term)
        if not above:
            break
        term = above[0].s
    return term
