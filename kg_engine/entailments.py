"""Tell what follows from all files of the knowledge together, and why each of it follows.

What some file states is no entailment. Kept in the cache as numbers, so that nobody need close
the knowledge to learn why a triple stands in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from kg_engine.base import close_knowledge
from kg_engine.cache_files import read_sections, write_sections
from kg_engine.derivation import Derivation
from kg_engine.graphs import Graph
from kg_engine.knowledge import Knowledge
from kg_engine.packed import from_bytes, to_bytes
from kg_engine.program import SCHEMA_TABLES
from kg_engine.smallest import smallest_derivations
from kg_engine.term_table import TermTable
from kg_engine.terms import IRI, Literal, Triple, ntriple

_KIND = "entailments"


@dataclass(frozen=True)
class Entailments:
    """The smallest derivation of each triple that is entailed and that no file states."""

    derivations: Mapping[Triple, Derivation]

    @cached_property
    def graph(self) -> Graph:
        """Return the entailed triples; those about a literal are no RDF and are left out."""
        return Graph(t for t in self.derivations if not isinstance(t.s, Literal))


def read_entailments(knowledge: Knowledge) -> Entailments:
    """Return what OWL 2 RL entails from all files together, by the rules of Tables 4 to 9.

    Takes loaded knowledge; the cache is used where its files are known byte by byte.
    """
    key = knowledge.cache_key
    sections = read_sections(_KIND, key) if key else None
    if sections is not None:
        return Entailments(dict(_unpacked(sections)))
    found = Entailments(_entailed(knowledge))
    if key:
        write_sections(_KIND, key, _packed(found))
    return found


def known_entailments(knowledge: Knowledge) -> Entailments:
    """Return what is entailed, read once for all who ask of the same knowledge."""
    return knowledge.remember(_read, "entailments")


def _read(knowledge: Knowledge, _: str) -> Entailments:
    return read_entailments(knowledge)


def _entailed(knowledge: Knowledge) -> dict[Triple, Derivation]:
    axioms = sorted(knowledge.axioms(knowledge.ontology), key=ntriple)
    closure = close_knowledge(axioms, SCHEMA_TABLES)
    given = {closure.fact(axiom) for axiom in axioms}
    chosen = smallest_derivations(closure, 1, given, closure.applications)
    derived = (closure.derivation(application, fact) for fact, application in chosen.items())
    told = {d.conclusion: d for d in derived if d.conclusion is not None}
    return {t: told[t] for t in sorted(told, key=ntriple) if t not in knowledge.places}


def _packed(found: Entailments) -> dict[str, bytes]:
    told = [(t, *d.premises) for t, d in found.derivations.items()]
    terms = TermTable.of(term for triples in told for t in triples for term in t)
    rules = sorted({d.rule for d in found.derivations.values()})
    heads = ((rules.index(d.rule), len(d.premises)) for d in found.derivations.values())
    return {
        "terms": terms.to_bytes(),
        "rules": json.dumps(rules).encode(),
        "derivations": to_bytes(
            n
            for head, triples in zip(heads, told, strict=True)
            for n in (*head, *(terms.number(term) for t in triples for term in t))
        ),
    }


def _unpacked(sections: Mapping[str, bytes]) -> Iterator[tuple[Triple, Derivation]]:
    terms, rules = TermTable.read(sections["terms"]), json.loads(sections["rules"])
    numbers = iter(from_bytes(sections["derivations"]))

    def triple() -> Triple:
        s, p, o = (terms[next(numbers)] for _ in range(3))
        return Triple(s, IRI(str(p)), o)

    for rule, size in zip(numbers, numbers, strict=False):
        conclusion = triple()
        yield conclusion, Derivation(rules[rule], tuple(triple() for _ in range(size)), conclusion)
