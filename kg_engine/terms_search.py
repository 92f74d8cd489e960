"""Find the terms of the knowledge by id, code, label or synonym, the surest match first.

Words meet as they do in records: NFKC, case folded, hyphens as spaces, a final -s dropped. Only
whole words match, but for the last word of a prefix.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from kg_engine.codes import normalise_code
from kg_engine.errors import Fault, InputRefused
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import DCTERMS, NEC, OWL, RDF, RDFS, SH, SKOS, TYPE
from kg_engine.terms import IRI, Literal, Term, local_name
from kg_engine.tokens import tokenise
from kg_engine.voices import source_views

Json: TypeAlias = dict[str, object]
MATCHES = ("id", "label", "synonym", "prefix", "word")
MAX_QUERY, MAX_TERMS = 200, 100
_KINDS_LEFT_OUT = (OWL.base, RDF.base, RDFS.base, SH.base)
_NAMES = ((RDFS.label, "label"), (SKOS.altLabel, "synonym"))


@dataclass(frozen=True, slots=True)
class _Entry:
    """A term with its ids as codes are compared, and its names as words are."""

    term: IRI
    label: str
    ids: frozenset[str]
    names: tuple[tuple[str, tuple[str, ...]], ...]


def search_terms(
    knowledge: Knowledge, query: str, *, kind: str | None = None, limit: int = 20
) -> Json:
    """Return the terms that a query finds, the surest match first, in one total order.

    Takes some words, a code or an id of at most 200 characters; ``kind`` keeps the terms of one
    kind, by label or local name; ``limit`` bounds what is listed. Returns plain JSON values, with
    the number of all that were found. Raises InputRefused for a kind that no term is of.
    """
    if kind is not None and _id_key(kind) not in knowledge.remember(_kind_ids, "kinds"):
        remedy = "Name a class by its label or local name, as `kinds` of each term does."
        raise InputRefused([Fault("kind", "is no kind of a term.", remedy)])
    wanted = tuple(token.key for token in tokenise(query[:MAX_QUERY]) if token.word)
    code = _id_key(query[:MAX_QUERY])
    found = []
    for entry in knowledge.remember(_index, "terms"):
        match = _match(entry, wanted, code)
        if match and (kind is None or _is_kind(knowledge, entry.term, kind)):
            found.append((MATCHES.index(match), len(entry.label), entry.label, entry.term))
    found.sort()
    listed = found[: max(0, min(limit, MAX_TERMS))]
    return {
        "count": len(found),
        "terms": [_view(knowledge, term, MATCHES[rank]) for rank, _, _, term in listed],
    }


def _match(entry: _Entry, wanted: tuple[str, ...], code: str) -> str | None:
    """Return how surely an entry matches, or None."""
    if code and code in entry.ids:
        return "id"
    if not wanted:
        return None
    best: str | None = None
    for how, words in entry.names:
        if words == wanted:
            return how
        if best != "prefix" and _begins(words, wanted):
            best = "prefix"
        if best is None and set(wanted) <= set(words):
            best = "word"
    return best


def _begins(words: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    *whole, last = wanted
    head = words[: len(wanted)]
    return len(head) == len(wanted) and head[:-1] == tuple(whole) and head[-1].startswith(last)


def _index(knowledge: Knowledge, _: str) -> tuple[_Entry, ...]:
    graph = knowledge.graph
    ignorable = frozenset("".join(
        o.lexical for t in graph.about(NEC.ignorableCharacters)
        if isinstance(o := t.o, Literal)
    ))  # fmt: skip
    named = {t.s for p in (*(p for p, _ in _NAMES), SKOS.notation) for t in graph.about(p)}
    return tuple(
        _entry(knowledge, term, ignorable)
        for term in sorted(t for t in named if isinstance(t, IRI))
    )


def _entry(knowledge: Knowledge, term: IRI, ignorable: frozenset[str]) -> _Entry:
    graph = knowledge.graph
    spelled = [str(term), local_name(term), *_texts(knowledge, term, SKOS.notation)]
    ids = {_id_key(text) for text in spelled}
    if NEC.Code in graph.objects(term, TYPE):
        codes = _texts(knowledge, term, SKOS.notation)
        ids |= {normalise_code(text, ignorable).casefold() for text in codes}
    names = tuple(
        (how, tuple(token.key for token in tokenise(text) if token.word))
        for p, how in _NAMES
        for text in _texts(knowledge, term, p)
    )
    return _Entry(term, knowledge.label(term), frozenset(ids - {""}), names)


def _id_key(text: str) -> str:
    """Return an id as ids are compared: whatever its case, spaces or underscores."""
    return text.strip().casefold().replace("_", "-").replace(" ", "-")


def _texts(knowledge: Knowledge, term: Term, p: IRI) -> Iterator[str]:
    return (o.lexical for o in knowledge.graph.objects(term, p) if isinstance(o, Literal))


def _kinds(knowledge: Knowledge, term: Term) -> list[Term]:
    """Return what a term is: its types, or for a class the classes right above it."""
    graph = knowledge.graph
    types = [k for k in graph.objects(term, TYPE) if not str(k).startswith(_KINDS_LEFT_OUT)]
    above = [k for k in graph.objects(term, RDFS.subClassOf) if isinstance(k, IRI)]
    return types + above or [k for k in graph.objects(term, TYPE) if isinstance(k, IRI)]


def _is_kind(knowledge: Knowledge, term: Term, kind: str) -> bool:
    return _id_key(kind) in _kind_ids_of(knowledge, term)


def _kind_ids(knowledge: Knowledge, _: str) -> frozenset[str]:
    """Return the ids of every kind that some term is of."""
    entries = knowledge.remember(_index, "terms")
    return frozenset(i for entry in entries for i in _kind_ids_of(knowledge, entry.term))


def _kind_ids_of(knowledge: Knowledge, term: Term) -> Iterator[str]:
    for kind in _kinds(knowledge, term):
        yield _id_key(knowledge.label(kind))
        yield _id_key(local_name(str(kind)))


def _meanings(knowledge: Knowledge, code: IRI) -> list[str]:
    """Return the classes of which a thing with this code is an instance."""
    graph = knowledge.graph
    restrictions = (r for r in graph.subjects(OWL.hasValue, code)
                    if graph.value(r, OWL.onProperty) == NEC.hasCode)  # fmt: skip
    classes = {c for r in restrictions for c in graph.objects(r, RDFS.subClassOf)}
    return sorted(knowledge.label(c) for c in classes if isinstance(c, IRI))


def _view(knowledge: Knowledge, term: IRI, match: str) -> Json:
    graph = knowledge.graph
    scheme = graph.value(term, SKOS.inScheme)
    verification = graph.value(term, NEC.verification)
    found: Json = {
        "id": knowledge.notation(term),
        "iri": str(term),
        "label": knowledge.label(term),
        "match": match,
        "kinds": [knowledge.label(k) for k in _kinds(knowledge, term)],
        "synonyms": sorted(_texts(knowledge, term, SKOS.altLabel)),
        "definition": graph.text(term, SKOS.definition),
        "means": _meanings(knowledge, term),
        "system": knowledge.notation(scheme) if scheme is not None else "",
        "verification": knowledge.label(verification).replace(" ", "_") if verification else "",
        "deprecated": graph.text(term, OWL.deprecated) in ("true", "1"),
        "sources": source_views(knowledge, term),
        "defined_in": graph.text(term, RDFS.isDefinedBy) or graph.text(term, DCTERMS.isPartOf),
    }
    return {key: value for key, value in found.items() if value not in ("", [], False)}
