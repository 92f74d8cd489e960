"""Resolve the codes of a record to the concepts of the knowledge.

A code is resolved (the knowledge has its concept), listed (its system's full list has it, and
no concept reads it), ambiguous (several systems or concepts claim it) or unrecognised. What a
system is called and which characters its codes ignore stand in the knowledge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from kg_engine.code_lists import CodeList, open_code_list
from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.graphs import Graph, order
from kg_engine.namespaces import NEC, RDFS, SKOS, TYPE
from kg_engine.terms import IRI, Literal, Term


class Kind(StrEnum):
    """Say how far a code was recognised."""

    RESOLVED = "resolved"
    LISTED = "listed"
    AMBIGUOUS = "ambiguous"
    UNRECOGNISED = "unrecognised"


class Reason(StrEnum):
    """Say why a code was not resolved to one concept."""

    NONE = ""
    UNKNOWN_SYSTEM = "unknown-system"
    MALFORMED = "malformed"
    UNKNOWN_CODE = "unknown-code"
    LIST_UNAVAILABLE = "list-unavailable"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class Resolution:
    """Hold what one code resolved to; ``code`` is as given, ``notation`` as normalised."""

    kind: Kind
    code: str
    notation: str = ""
    system: IRI | None = None
    concept: IRI | None = None
    header: bool | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    candidates: tuple[IRI, ...] = ()
    reason: Reason = Reason.NONE


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """Hold one code system: its IRI, preferred name, ignorable characters and full list."""

    iri: IRI
    notation: str
    ignorable: frozenset[str]
    full: CodeList | None


@dataclass(frozen=True, slots=True)
class CodeConcept:
    """Hold one code that the knowledge has: its concept, header flag and validity."""

    iri: IRI
    header: bool | None
    valid_from: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class CodeIndex:
    """Index code systems by name, and concepts by system and normalised code."""

    systems: tuple[CodeSystem, ...]
    names: Mapping[str, CodeSystem]
    concepts: Mapping[tuple[IRI, str], tuple[CodeConcept, ...]]

    def system(self, name: str) -> CodeSystem | None:
        """Return the system of that name, alias or IRI; case, spaces and hyphens are free."""
        return self.names.get(_name_key(name))


def index_codes(graph: Graph, *, lists: Callable[[str], CodeList] = open_code_list) -> CodeIndex:
    """Index the code systems and codes of a graph; ``lists`` opens a full list by its name.

    Raises KnowledgeRefused for two systems of one name, a code without notation or system,
    and a validity date that is no date.
    """
    faults: list[Fault] = []
    found = (s for s in graph.subjects(TYPE, NEC.CodeSystem) if isinstance(s, IRI))
    systems = tuple(_system(graph, iri, lists) for iri in found)
    names = _names(graph, systems, faults)
    by_iri: dict[Term, CodeSystem] = {system.iri: system for system in systems}
    concepts: dict[tuple[IRI, str], list[CodeConcept]] = {}
    for code in graph.subjects(TYPE, NEC.Code):
        keys = _keys(graph, code, by_iri)
        if not keys or not isinstance(code, IRI):
            remedy = "Give it skos:notation and skos:inScheme of a nec:CodeSystem."
            faults.append(Fault(str(code), "a code without readable notation or system.", remedy))
            continue
        concept = _concept(graph, code, faults)
        for key in keys:
            concepts.setdefault(key, []).append(concept)
    if faults:
        raise KnowledgeRefused(faults)
    frozen = {key: tuple(values) for key, values in concepts.items()}
    return CodeIndex(systems, names, frozen)


def with_lists(
    index: CodeIndex, graph: Graph, lists: Callable[[str], CodeList] = open_code_list
) -> CodeIndex:
    """Return an index whose systems have their full lists open."""
    opened = {}
    for system in index.systems:
        name = graph.text(system.iri, NEC.codeList)
        opened[system.iri] = replace(system, full=lists(name) if name else None)
    names = {key: opened[system.iri] for key, system in index.names.items()}
    return CodeIndex(tuple(opened.values()), names, index.concepts)


def without_lists(index: CodeIndex) -> CodeIndex:
    """Return an index without the full lists of its systems, which are files of their own."""
    bare = {system.iri: replace(system, full=None) for system in index.systems}
    names = {key: bare[system.iri] for key, system in index.names.items()}
    return CodeIndex(tuple(bare.values()), names, index.concepts)


def unlisted(index: CodeIndex) -> tuple[tuple[CodeConcept, CodeSystem], ...]:
    """Return each code that the full list of its system lacks; one that has ended may be gone."""
    systems = {system.iri: system for system in index.systems}
    return tuple(
        (concept, systems[iri])
        for (iri, code), concepts in sorted(index.concepts.items())
        for concept in concepts
        if (full := systems[iri].full) and full.available and concept.valid_until is None
        if full.find(code) is None
    )


def resolve(index: CodeIndex, code: str, system: str | None) -> Resolution:
    """Resolve a code of a named system, or of every system where none is named."""
    if system is None or not system.strip():
        return _resolve_anywhere(index, code)
    named = index.system(system)
    if named is None:
        return Resolution(Kind.UNRECOGNISED, code, reason=Reason.UNKNOWN_SYSTEM)
    return _resolve_within(index, code, named)


def in_force(resolution: Resolution, day: date) -> bool | None:
    """Return whether the code was valid on that day (both bounds count), or None if unknown."""
    first, last = resolution.valid_from, resolution.valid_until
    if resolution.kind is not Kind.RESOLVED or (first is None and last is None):
        return None
    return (first is None or first <= day) and (last is None or day <= last)


def normalise_code(code: str, ignorable: frozenset[str]) -> str:
    """Return a code in upper case without spaces and ignorable characters, "" if malformed."""
    kept = "".join(c for c in code if c not in ignorable and not c.isspace())
    return kept.upper() if kept.isascii() and kept.isalnum() else ""


def _resolve_within(index: CodeIndex, code: str, system: CodeSystem) -> Resolution:
    notation = normalise_code(code, system.ignorable)
    if not notation:
        return Resolution(Kind.UNRECOGNISED, code, system=system.iri, reason=Reason.MALFORMED)
    listed = system.full.find(notation) if system.full else None
    concepts = index.concepts.get((system.iri, notation), ())
    if len(concepts) > 1:
        several = tuple(concept.iri for concept in concepts)
        return _ambiguous(code, notation, system.iri, several)
    if concepts:
        return _resolved(code, notation, system, concepts[0], listed)
    if listed is not None:
        return Resolution(Kind.LISTED, code, notation, system.iri, header=listed)
    missing = system.full is not None and not system.full.available
    reason = Reason.LIST_UNAVAILABLE if missing else Reason.UNKNOWN_CODE
    return Resolution(Kind.UNRECOGNISED, code, notation, system.iri, reason=reason)


def _resolved(
    code: str, notation: str, system: CodeSystem, concept: CodeConcept, listed: bool | None
) -> Resolution:
    return Resolution(
        Kind.RESOLVED,
        code,
        notation,
        system.iri,
        concept.iri,
        header=bool(listed) if concept.header is None else concept.header,
        valid_from=concept.valid_from,
        valid_until=concept.valid_until,
    )


def _resolve_anywhere(index: CodeIndex, code: str) -> Resolution:
    tried = [_resolve_within(index, code, system) for system in index.systems]
    hits = [found for found in tried if found.kind is not Kind.UNRECOGNISED]
    if len(hits) == 1:
        return hits[0]
    if hits:
        claims = {iri for hit in hits for iri in (hit.candidates or (hit.concept or hit.system,))}
        several = tuple(sorted((iri for iri in claims if iri), key=order))
        return _ambiguous(code, hits[0].notation, None, several)
    reasons = {found.reason for found in tried}
    for reason in (Reason.LIST_UNAVAILABLE, Reason.UNKNOWN_CODE, Reason.MALFORMED):
        if reason in reasons:
            return Resolution(Kind.UNRECOGNISED, code, reason=reason)
    return Resolution(Kind.UNRECOGNISED, code, reason=Reason.UNKNOWN_SYSTEM)


def _ambiguous(
    code: str, notation: str, system: IRI | None, candidates: tuple[IRI, ...]
) -> Resolution:
    reason = Reason.SEVERAL
    return Resolution(Kind.AMBIGUOUS, code, notation, system, candidates=candidates, reason=reason)


def _system(graph: Graph, iri: IRI, lists: Callable[[str], CodeList]) -> CodeSystem:
    ignorable = frozenset("".join(_texts(graph, iri, NEC.ignorableCharacters)))
    name = graph.text(iri, NEC.codeList)
    return CodeSystem(iri, graph.text(iri, SKOS.notation), ignorable, lists(name) if name else None)


def _names(
    graph: Graph, systems: tuple[CodeSystem, ...], faults: list[Fault]
) -> dict[str, CodeSystem]:
    names: dict[str, CodeSystem] = {}
    for system in systems:
        predicates = (SKOS.notation, SKOS.altLabel, RDFS.label)
        spelled = [t for p in predicates for t in _texts(graph, system.iri, p)]
        for name in (*spelled, str(system.iri)):
            if names.setdefault(_name_key(name), system) is not system:
                other = names[_name_key(name)].iri
                faults.append(Fault(system.iri, f"{name!r} also names {other}.", "Rename one."))
    return names


def _keys(
    graph: Graph, code: Term, systems: Mapping[Term, CodeSystem]
) -> tuple[tuple[IRI, str], ...]:
    found = (systems.get(scheme) for scheme in graph.objects(code, SKOS.inScheme))
    keys = {
        (system.iri, normalise_code(notation, system.ignorable))
        for system in found
        if system is not None
        for notation in _texts(graph, code, SKOS.notation)
    }
    return tuple(sorted(key for key in keys if key[1]))


def _concept(graph: Graph, code: IRI, faults: list[Fault]) -> CodeConcept:
    stated = graph.text(code, NEC.headerCode)
    header = stated in ("true", "1") if stated else None
    first = _date(graph, code, NEC.validFrom, faults)
    return CodeConcept(code, header, first, _date(graph, code, NEC.validUntil, faults))


def _date(graph: Graph, code: IRI, p: IRI, faults: list[Fault]) -> date | None:
    written = graph.text(code, p)
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        faults.append(Fault(code, f"{written!r} is no date.", "Write it as YYYY-MM-DD."))
        return None


def _texts(graph: Graph, s: Term, p: IRI) -> tuple[str, ...]:
    return tuple(o.lexical for o in graph.objects(s, p) if isinstance(o, Literal))


def _name_key(name: str) -> str:
    return "".join(c for c in name.casefold() if c not in "-_" and not c.isspace())
