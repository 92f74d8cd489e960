"""Check a determination and its proof with nothing of the engine that made it.

Run it as a file or a module; it needs rdflib and pyshacl, and the ontology and shapes by which
the determination was made::

    python kg_engine/verify.py DETERMINATION.json --knowledge FOLDER

What is checked: the form of the proof; the three digests; that each leaf stands in the record,
in a file in force, or among the admissible assumptions; that each step is an instance of its
rule of OWL 2 RL; that each attestation is what pyshacl finds on a closure computed here from
the record; and that the stated outcomes of case and services follow from that closure, in every
completion of the record where few features are open.

What is not checked: texts for people, reasons, steps, axes, recommendations, what is missing and
what would change the answer; and that the knowledge is right. For more than ``FEATURE_LIMIT``
open features a definite outcome is tried in the corner completions only, and an outcome that
is withheld is not noticed.

Exit 0: the proof stands. 1: it is rejected, with a reason and node each. 2: the input is
malformed. 3: the knowledge cannot be read. The meaning of each reason: docs/proofs.md.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import importlib
import itertools
import json
import re
import sys
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pyshacl
import rdflib

Triple: TypeAlias = tuple[str, str, str]
Binding: TypeAlias = dict[str, str]
Json: TypeAlias = dict[str, Any]

ACCEPTED, REJECTED, MALFORMED, UNFIT = 0, 1, 2, 3
FEATURE_LIMIT = 4
REQUEST_LIMIT = 100
CONFORMS = "sh:conforms"
OUTCOMES = ("necessary", "not_necessary", "indeterminate")


class MalformedInput(Exception):
    """Say that a document cannot be read as a determination."""


class UnfitKnowledge(Exception):
    """Say that ontology or shapes cannot be read, or lie outside what is read here."""


class Rejection(NamedTuple):
    """Hold why a proof is rejected: a stable reason, the node if any, and words for people."""

    reason: str
    node: str
    text: str


# Terms: every term is its N-Triples text, so that what a proof says is compared as it is written.

PREFIXES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "nec": "https://w3id.org/necessity#",
    "case": "urn:case:",
}
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPED = {ord(plain): written for plain, written in _ESCAPES.items()}
_UNESCAPES = {written: plain for plain, written in _ESCAPES.items()}
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@[\w-]+|\^\^<([^>]*)>)?\Z', re.DOTALL)
_WHOLE = re.compile(r"[+-]?[0-9]{1,400}\Z")
_INTEGERS = ("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger",
             "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte")  # fmt: skip


@cache
def iri(name: str) -> str:
    """Write out a prefixed name."""
    prefix, _, local = name.partition(":")
    return f"<{PREFIXES[prefix]}{local}>"


TYPE, NIL = iri("rdf:type"), iri("rdf:nil")
CASE, PAPERS = iri("case:case"), iri("case:documentation")
ATTESTS = iri("nec:attests")
ASSUMED_DOCUMENTED = (CASE, TYPE, iri("nec:AssumedDocumentedCase"))


def written(term: rdflib.term.Node, names: Mapping[rdflib.term.Node, str]) -> str:
    """Write a term of rdflib in N-Triples; ``names`` holds those of blank nodes."""
    if isinstance(term, rdflib.BNode):
        return names[term]
    if not isinstance(term, rdflib.Literal):
        return f"<{term}>"
    quoted = f'"{str(term).translate(_ESCAPED)}"'
    if term.language:
        return f"{quoted}@{term.language}"
    plain = term.datatype is None or term.datatype == rdflib.XSD.string
    return quoted if plain else f"{quoted}^^<{term.datatype}>"


def lexical(term: str) -> str:
    """Return the text of a literal, or the IRI itself."""
    found = _LITERAL.match(term)
    if not found:
        return term[1:-1]
    return re.sub(r"\\.", lambda m: _UNESCAPES.get(m[0], m[0]), found[1])


def is_literal(term: str) -> bool:
    """Say whether a term is a literal."""
    return term.startswith('"')


def canonical(triple: Triple) -> Triple:
    """Write a whole number as xsd:integer, so that equal numbers are equal terms (dt-eq)."""
    found = _LITERAL.match(triple[2])
    whole = found and found[2] in {PREFIXES["xsd"] + name for name in _INTEGERS}
    if found and whole and _WHOLE.match(found[1]):
        return (triple[0], triple[1], f'"{int(found[1])}"^^{iri("xsd:integer")}')
    return triple


class Facts:
    """Index triples both ways; own ones lie over those of a base that no longer changes."""

    def __init__(self, triples: Iterable[Triple] = (), base: Facts | None = None) -> None:
        self.base = base
        self.own: set[Triple] = set()
        self._forward: dict[tuple[str, str], list[str]] = {}
        self._backward: dict[tuple[str, str], list[str]] = {}
        self._links: dict[str, list[Triple]] = {}
        for triple in triples:
            self.add(triple)

    def __contains__(self, triple: Triple) -> bool:
        return triple in self.own or (self.base is not None and triple in self.base)

    def add(self, triple: Triple) -> bool:
        """Add a triple; return whether it was new."""
        if triple in self:
            return False
        s, p, o = triple
        self.own.add(triple)
        self._forward.setdefault((s, p), []).append(o)
        self._backward.setdefault((p, o), []).append(s)
        self._links.setdefault(p, []).append(triple)
        return True

    def objects(self, s: str, p: str) -> list[str]:
        """Return every o of (s, p, o)."""
        own = self._forward.get((s, p), [])
        return [*self.base.objects(s, p), *own] if self.base else own

    def subjects(self, p: str, o: str) -> list[str]:
        """Return every s of (s, p, o)."""
        own = self._backward.get((p, o), [])
        return [*self.base.subjects(p, o), *own] if self.base else own

    def about(self, p: str) -> list[Triple]:
        """Return every triple whose predicate is p."""
        own = self._links.get(p, [])
        return [*self.base.about(p), *own] if self.base else own

    def everything(self) -> Iterator[Triple]:
        """Yield every triple."""
        if self.base:
            yield from self.base.everything()
        yield from tuple(self.own)

    def first(self, s: str, p: str) -> str:
        """Return the text of the first o of (s, p, o) in order, or the empty string."""
        return min(map(lexical, self.objects(s, p)), default="")

    def texts(self, s: str, *predicates: str) -> list[str]:
        """Return the texts of the literals that some predicates give."""
        return [lexical(o) for p in predicates for o in self.objects(s, p) if is_literal(o)]

    def items(self, head: str) -> tuple[str, ...]:
        """Return the members of a list."""
        found: list[str] = []
        while head != NIL and (first := self.objects(head, iri("rdf:first"))):
            found.append(first[0])
            head = next(iter(self.objects(head, iri("rdf:rest"))), NIL)
        return tuple(found)

    def match(self, pattern: Triple) -> Iterable[Triple]:
        """Return the triples that may fit a pattern; a term that begins with ? is a variable."""
        s, p, o = pattern
        if p[0] == "?":
            return self.everything()
        if s[0] != "?" and o[0] != "?":
            return [pattern] if pattern in self else []
        if s[0] != "?":
            return [(s, p, found) for found in self.objects(s, p)]
        if o[0] != "?":
            return [(found, p, o) for found in self.subjects(p, o)]
        return self.about(p)


# Knowledge: files, their digest, and what of them is in force.

_DECLARATIONS = {
    iri(f"owl:{name}")
    for name in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty",
                 "NamedIndividual", "Ontology", "Restriction")
}  # fmt: skip
_ANNOTATIONS = tuple(f"<{PREFIXES[p]}" for p in ("skos", "dcterms", "prov", "sh"))
_HEADER = {iri(f"rdfs:{n}") for n in ("label", "comment", "isDefinedBy", "seeAlso")} | {
    iri(f"owl:{n}") for n in ("versionIRI", "versionInfo", "priorVersion", "deprecated", "imports")
}


def read_turtle(path: Path) -> frozenset[Triple]:
    """Read a Turtle file, each blank node named by a digest of what it says.

    Raises UnfitKnowledge for a file that cannot be read and for a cyclic blank node.
    """
    graph, kept = rdflib.Graph(bind_namespaces="none"), rdflib.NORMALIZE_LITERALS
    rdflib.NORMALIZE_LITERALS = False
    try:
        graph.parse(data=path.read_bytes(), format="turtle")
    except Exception as error:
        raise UnfitKnowledge(f"{path}: {error}") from error
    finally:
        rdflib.NORMALIZE_LITERALS = kept
    names: dict[rdflib.term.Node, str] = {}

    def name(node: rdflib.term.Node, above: tuple[rdflib.term.Node, ...]) -> None:
        if node in above:
            raise UnfitKnowledge(f"{path}: a blank node refers to itself")
        if isinstance(node, rdflib.BNode) and node not in names:
            said = list(graph.predicate_objects(node))
            for _, o in said:
                name(o, (*above, node))
            lines = sorted(f"{p} {written(o, names)}" for p, o in said)
            names[node] = "_:x" + hashlib.sha256("\n".join(lines).encode()).hexdigest()[:20]

    for s, _, o in graph:
        name(s, ())
        name(o, ())
    return frozenset((written(s, names), f"<{p}>", written(o, names)) for s, p, o in graph)


@dataclass(frozen=True)
class Knowledge:
    """Hold the triples of each file, by the names that proofs use for files."""

    ontology: Mapping[str, frozenset[Triple]]
    shapes: Mapping[str, frozenset[Triple]]

    @cached_property
    def graph(self) -> Facts:
        """Return every triple of the ontology."""
        return Facts(t for triples in self.ontology.values() for t in triples)

    @cached_property
    def shape_graph(self) -> Facts:
        """Return every triple of the shapes."""
        return Facts(t for triples in self.shapes.values() for t in triples)

    @cached_property
    def digest(self) -> str:
        """Return the digest of all files, whatever their names."""
        files = (*self.ontology.values(), *self.shapes.values())
        lines = ("\n".join(sorted(f"{s} {p} {o} ." for s, p, o in ts)) for ts in files)
        parts = sorted(hashlib.sha256(text.encode()).hexdigest() for text in lines)
        return "sha256:" + hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @cached_property
    def topic(self) -> str:
        """Return the topic of the ontology."""
        return next(iter(self.graph.subjects(TYPE, iri("nec:Topic"))), NIL)

    @cached_property
    def _annotations(self) -> frozenset[str]:
        return frozenset(self.graph.subjects(TYPE, iri("owl:AnnotationProperty"))) | _HEADER

    def is_axiom(self, triple: Triple) -> bool:
        """Say whether a triple takes part in reasoning: no annotation, no bare declaration."""
        if triple[1] == TYPE:
            return triple[2] not in _DECLARATIONS
        return triple[1] not in self._annotations and not triple[1].startswith(_ANNOTATIONS)

    def files_in_force(self, policy: str, day: datetime.date | None) -> frozenset[str]:
        """Return the files that take part: a file may say from which sources it asserts."""
        included = set(self.graph.objects(policy, iri("nec:includesSource")))
        return frozenset(
            name for name, sources in self._sources.items()
            if all(source in included and self._in_force(source, day) for source in sources)
        )  # fmt: skip

    @cached_property
    def _sources(self) -> Mapping[str, frozenset[str]]:
        stated = iri("nec:assertsFrom")
        return {name: frozenset(o for _, p, o in triples if p == stated)
                for name, triples in self.ontology.items()}  # fmt: skip

    def _in_force(self, source: str, day: datetime.date | None) -> bool:
        first = read_date(self.graph.first(source, iri("nec:inForceFrom")))
        last = read_date(self.graph.first(source, iri("nec:inForceUntil")))
        return last is None if day is None else within(day, first, last)

    def policy(self, notation: str) -> str | None:
        """Return the policy of a notation."""
        policies = self.graph.subjects(TYPE, iri("nec:Policy"))
        named = (p for p in policies if notation in self.graph.texts(p, iri("skos:notation")))
        return next(named, None)


def read_date(text: str) -> datetime.date | None:
    """Read a date, None for the empty string. Raises UnfitKnowledge."""
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UnfitKnowledge(f"{text!r} is no date") from error


def within(day: datetime.date, first: datetime.date | None, last: datetime.date | None) -> bool:
    """Say whether a day lies between two bounds, both included; None is no bound."""
    return (first is None or first <= day) and (last is None or day <= last)


# Rules: OWL 2 RL, Tables 4 to 8, as the specification writes them. A list is read in brackets:
# [?m] some member, [?m ?n] two members, [*] every member, [...] a chain of properties. Left out:
# eq-ref, prp-ap, cls-thing, cls-nothing1, dt-type1, dt-type2, dt-eq, dt-diff (they say nothing
# about a case). https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules

RULES = """
eq-sym ?x owl:sameAs ?y -> ?y owl:sameAs ?x
eq-trans ?x owl:sameAs ?y, ?y owl:sameAs ?z -> ?x owl:sameAs ?z
eq-rep-s ?s owl:sameAs ?t, ?s ?p ?o -> ?t ?p ?o
eq-rep-p ?p owl:sameAs ?q, ?s ?p ?o -> ?s ?q ?o
eq-rep-o ?o owl:sameAs ?t, ?s ?p ?o -> ?s ?p ?t
eq-diff1 ?x owl:sameAs ?y, ?x owl:differentFrom ?y -> false
eq-diff2 ?n a owl:AllDifferent, ?n owl:members [?x ?y], ?x owl:sameAs ?y -> false
eq-diff3 ?n a owl:AllDifferent, ?n owl:distinctMembers [?x ?y], ?x owl:sameAs ?y -> false
prp-dom ?p rdfs:domain ?c, ?x ?p ?y -> ?x a ?c
prp-rng ?p rdfs:range ?c, ?x ?p ?y -> ?y a ?c
prp-fp ?p a owl:FunctionalProperty, ?x ?p ?y, ?x ?p ?z -> ?y owl:sameAs ?z
prp-ifp ?p a owl:InverseFunctionalProperty, ?x ?p ?z, ?y ?p ?z -> ?x owl:sameAs ?y
prp-irp ?p a owl:IrreflexiveProperty, ?x ?p ?x -> false
prp-symp ?p a owl:SymmetricProperty, ?x ?p ?y -> ?y ?p ?x
prp-asyp ?p a owl:AsymmetricProperty, ?x ?p ?y, ?y ?p ?x -> false
prp-trp ?p a owl:TransitiveProperty, ?x ?p ?y, ?y ?p ?z -> ?x ?p ?z
prp-spo1 ?p rdfs:subPropertyOf ?q, ?x ?p ?y -> ?x ?q ?y
prp-spo2 ?p owl:propertyChainAxiom [...], ?u ... ?v -> ?u ?p ?v
prp-eqp1 ?p owl:equivalentProperty ?q, ?x ?p ?y -> ?x ?q ?y
prp-eqp2 ?p owl:equivalentProperty ?q, ?x ?q ?y -> ?x ?p ?y
prp-pdw ?p owl:propertyDisjointWith ?q, ?x ?p ?y, ?x ?q ?y -> false
prp-adp ?n a owl:AllDisjointProperties, ?n owl:members [?p ?q], ?x ?p ?y, ?x ?q ?y -> false
prp-inv1 ?p owl:inverseOf ?q, ?x ?p ?y -> ?y ?q ?x
prp-inv2 ?p owl:inverseOf ?q, ?x ?q ?y -> ?y ?p ?x
prp-key ?c owl:hasKey [*], ?x a ?c, ?x * ?z*, ?y a ?c, ?y * ?z* -> ?x owl:sameAs ?y
prp-npa1 ?n owl:sourceIndividual ?x, ?n owl:assertionProperty ?p, ?n owl:targetIndividual ?y, \
?x ?p ?y -> false
prp-npa2 ?n owl:sourceIndividual ?x, ?n owl:assertionProperty ?p, ?n owl:targetValue ?y, \
?x ?p ?y -> false
cls-nothing2 ?x a owl:Nothing -> false
cls-int1 ?c owl:intersectionOf [*], ?y a * -> ?y a ?c
cls-int2 ?c owl:intersectionOf [?m], ?y a ?c -> ?y a ?m
cls-uni ?c owl:unionOf [?m], ?y a ?m -> ?y a ?c
cls-com ?c owl:complementOf ?d, ?x a ?c, ?x a ?d -> false
cls-svf1 ?x owl:someValuesFrom ?y, ?x owl:onProperty ?p, ?u ?p ?v, ?v a ?y -> ?u a ?x
cls-svf2 ?x owl:someValuesFrom owl:Thing, ?x owl:onProperty ?p, ?u ?p ?v -> ?u a ?x
cls-avf ?x owl:allValuesFrom ?y, ?x owl:onProperty ?p, ?u a ?x, ?u ?p ?v -> ?v a ?y
cls-hv1 ?x owl:hasValue ?y, ?x owl:onProperty ?p, ?u a ?x -> ?u ?p ?y
cls-hv2 ?x owl:hasValue ?y, ?x owl:onProperty ?p, ?u ?p ?y -> ?u a ?x
cls-maxc1 ?x owl:maxCardinality 0, ?x owl:onProperty ?p, ?u a ?x, ?u ?p ?y -> false
cls-maxc2 ?x owl:maxCardinality 1, ?x owl:onProperty ?p, ?u a ?x, ?u ?p ?y, ?u ?p ?z \
-> ?y owl:sameAs ?z
cls-maxqc1 ?x owl:maxQualifiedCardinality 0, ?x owl:onProperty ?p, ?x owl:onClass ?c, ?u a ?x, \
?u ?p ?y, ?y a ?c -> false
cls-maxqc2 ?x owl:maxQualifiedCardinality 0, ?x owl:onProperty ?p, ?x owl:onClass owl:Thing, \
?u a ?x, ?u ?p ?y -> false
cls-maxqc3 ?x owl:maxQualifiedCardinality 1, ?x owl:onProperty ?p, ?x owl:onClass ?c, ?u a ?x, \
?u ?p ?y, ?y a ?c, ?u ?p ?z, ?z a ?c -> ?y owl:sameAs ?z
cls-maxqc4 ?x owl:maxQualifiedCardinality 1, ?x owl:onProperty ?p, ?x owl:onClass owl:Thing, \
?u a ?x, ?u ?p ?y, ?u ?p ?z -> ?y owl:sameAs ?z
cls-oo ?c owl:oneOf [?m] -> ?m a ?c
cax-sco ?c rdfs:subClassOf ?d, ?x a ?c -> ?x a ?d
cax-eqc1 ?c owl:equivalentClass ?d, ?x a ?c -> ?x a ?d
cax-eqc2 ?c owl:equivalentClass ?d, ?x a ?d -> ?x a ?c
cax-dw ?c owl:disjointWith ?d, ?x a ?c, ?x a ?d -> false
cax-adc ?n a owl:AllDisjointClasses, ?n owl:members [?c ?d], ?x a ?c, ?x a ?d -> false
dt-not-type ?x ?p ?ill -> false
"""
ILL = "?ill"
_SCHEMA = (f"<{PREFIXES['owl']}", f"<{PREFIXES['rdfs']}")
_PATTERN = re.compile(r"(\S+) (\S+) (\[.*\]|\S+)")


class Rule(NamedTuple):
    """Hold a rule: patterns about axioms, patterns about facts, head (None: false), list."""

    name: str
    axioms: tuple[Triple, ...]
    body: tuple[Triple, ...]
    head: Triple | None
    members: tuple[str, ...]


class Clause(NamedTuple):
    """Hold what a rule says once its axioms are chosen: facts that imply a fact."""

    rule: str
    axioms: tuple[Triple, ...]
    body: tuple[Triple, ...]
    head: Triple | None


def is_schema(pattern: Triple) -> bool:
    """Say whether a pattern or triple is about axioms, which no case and no rule can add."""
    _, p, o = pattern
    if p == TYPE:
        return o.startswith(_SCHEMA[0]) and o not in (iri("owl:Thing"), iri("owl:Nothing"))
    return p.startswith(_SCHEMA) and p not in (iri("owl:sameAs"), iri("owl:differentFrom"))


def read_rules(text: str) -> dict[str, Rule]:
    """Read the table of rules."""
    found = {}
    for line in text.strip().splitlines():
        name, _, rest = line.partition(" ")
        body, _, head = rest.partition(" -> ")
        members = re.search(r"\[(.*)\]", body)
        patterns = [_pattern(part) for part in body.split(", ")]
        found[name] = Rule(
            name,
            tuple(p for p in patterns if is_schema(p)),
            tuple(p for p in patterns if not is_schema(p)),
            None if head == "false" else _pattern(head),
            tuple(members[1].split()) if members else (),
        )
    return found


def _pattern(text: str) -> Triple:
    found = _PATTERN.fullmatch(text)
    assert found is not None, text
    s, p, o = (_table_term(term) for term in found.groups())
    return (s, p, o)


def _table_term(term: str) -> str:
    if term.isdigit():
        return f'"{term}"^^{iri("xsd:integer")}'
    if term == "a":
        return TYPE
    if term[0] == "[":
        return "?list"
    return iri(term) if ":" in term else term


TABLE = read_rules(RULES)


def put(pattern: Triple, known: Mapping[str, str]) -> Triple:
    """Put what is known for the variables of a pattern."""
    return (
        known.get(pattern[0], pattern[0]),
        known.get(pattern[1], pattern[1]),
        known.get(pattern[2], pattern[2]),
    )


def unify(pattern: Triple, triple: Triple, known: Binding) -> Binding | None:
    """Return what is known once a pattern is a triple, or None where it cannot be."""
    found = known
    for term, value in zip(pattern, triple, strict=True):
        if term[0] != "?":
            if term != value:
                return None
        elif (bound := found.get(term)) is None:
            if term == ILL and not (is_literal(value) and is_ill_typed(value)):
                return None
            found = {**found, term: value}
        elif bound != value:
            return None
    return found


@cache
def is_ill_typed(term: str) -> bool:
    """Say whether a term is a literal outside the value space of its datatype."""
    found = _LITERAL.match(term)
    if not found or not found[2]:
        return False
    return bool(rdflib.Literal(lexical(term), datatype=rdflib.URIRef(found[2])).ill_typed)


def solve(patterns: tuple[Triple, ...], facts: Facts, known: Binding) -> Iterator[Binding]:
    """Yield every way in which all patterns are facts."""
    if not patterns:
        yield known
        return
    filled = [put(pattern, known) for pattern in patterns]
    best = min(range(len(filled)), key=lambda i: sum(t[0] == "?" for t in filled[i]))
    rest = patterns[:best] + patterns[best + 1 :]
    for triple in tuple(facts.match(filled[best])):
        found = unify(patterns[best], triple, known)
        if found is not None:
            yield from solve(rest, facts, found)


def clauses(rule: Rule, axioms: Facts, lists: Facts) -> Iterator[Clause]:
    """Yield what a rule says about each choice of its axioms, with lists spelled out."""
    for known in solve(rule.axioms, axioms, {}):
        used = tuple(put(pattern, known) for pattern in rule.axioms)
        members = lists.items(known["?list"]) if rule.members else ()
        for body, chosen in _spelled(rule, members):
            filled = {**known, **chosen}
            head = put(rule.head, filled) if rule.head else None
            yield Clause(rule.name, used, tuple(put(p, filled) for p in body), head)


def _spelled(rule: Rule, members: tuple[str, ...]) -> Iterator[tuple[tuple[Triple, ...], Binding]]:
    if not rule.members:
        yield rule.body, {}
    elif rule.members == ("*",):
        every = [p for p in rule.body if "*" in p]
        once = [p for p in rule.body if "*" not in p]
        copies = [put(p, {"*": m, "?z*": f"?z{k}"}) for k, m in enumerate(members) for p in every]
        if members:
            yield (*once, *copies), {}
    elif rule.members == ("...",):
        ends = ["?u", *(f"?u{k}" for k in range(1, len(members))), "?v"]
        if members:
            yield tuple((ends[k], m, ends[k + 1]) for k, m in enumerate(members)), {}
    else:
        for chosen in itertools.permutations(members, len(rule.members)):
            yield rule.body, dict(zip(rule.members, chosen, strict=True))


class Program:
    """The rules over one set of axioms: clauses, found by the facts that can set them off."""

    def __init__(self, axioms: Iterable[Triple]) -> None:
        self.axioms = Facts(map(canonical, axioms))
        self.given: list[Triple] = []
        self.base: Closure
        self._triggers: dict[tuple[str, str], list[tuple[Clause, int]]] = {}
        for rule in TABLE.values():
            for clause in clauses(rule, self.axioms, self.axioms):
                self._admit(clause)
        self.base = Closure(self)
        self.base.grow((*self.axioms.own, *self.given))

    def _admit(self, clause: Clause) -> None:
        if not clause.body and clause.head:
            self.given.append(clause.head)
        for k, (_, p, o) in enumerate(clause.body):
            key = ("" if p[0] == "?" else p, "" if o[0] == "?" else o)
            self._triggers.setdefault(key, []).append((clause, k))

    def set_off(self, triple: Triple) -> Iterator[tuple[Clause, int]]:
        """Yield the clauses, and the place in each, that a triple can set off."""
        for key in ((triple[1], triple[2]), (triple[1], ""), ("", "")):
            yield from self._triggers.get(key, ())


class Closure:
    """The facts that follow by the rules, over a base; ``clashes`` names rules that say false."""

    def __init__(self, program: Program, base: Closure | None = None) -> None:
        self.program = program
        self.facts: Facts = Facts(base=base.facts if base else None)
        self.clashes: set[str] = set(base.clashes) if base else set()
        self.attested: set[tuple[str, str, str]] = set(base.attested) if base else set()
        self.before: dict[int, Closure] = {}

    def grow(self, triples: Iterable[Triple]) -> None:
        """Add facts and all that follows. Raises UnfitKnowledge where an axiom would follow."""
        waiting = list(triples)
        while waiting:
            triple = waiting.pop()
            if is_literal(triple[0]) or not self.facts.add(triple):
                continue
            if is_schema(triple) and triple not in self.program.axioms:
                raise UnfitKnowledge(f"an axiom would follow from facts: {' '.join(triple)}")
            for clause, k in self.program.set_off(triple):
                known = unify(clause.body[k], triple, {})
                if known is None:
                    continue
                rest = clause.body[:k] + clause.body[k + 1 :]
                for found in solve(rest, self.facts, known):
                    if clause.head is None:
                        self.clashes.add(clause.rule)
                    else:
                        waiting.append(put(clause.head, found))


def is_instance(
    rule: Rule, triple: Triple | None, premises: frozenset[Triple], lists: Facts
) -> bool:
    """Say whether a conclusion follows by a rule from premises, from all of them and no other."""
    given = Facts(premises)
    for clause in clauses(rule, given, lists):
        if (clause.head is None) != (triple is None):
            continue
        known = unify(clause.head, triple, {}) if clause.head and triple else {}
        for found in solve(clause.body, given, known) if known is not None else ():
            used = {*clause.axioms, *(put(p, found) for p in clause.body)}
            if used == premises:
                return True
    return False


# Shapes: pyshacl says which focus nodes conform; what a shape saw is read from its paths.


Attested: TypeAlias = frozenset[tuple[str, str, str]]
_KNOWN_LIMIT = 4096


@dataclass(frozen=True)
class Stratum:
    """Hold the attesting shapes of one number: name, target class, attested class."""

    number: int
    shapes: tuple[tuple[str, str, str], ...]
    graph: rdflib.Graph
    predicates: frozenset[str]
    classes: frozenset[str]
    known: dict[frozenset[Triple], Attested] = field(default_factory=dict, compare=False)


def read_strata(shapes: Facts) -> tuple[Stratum, ...]:
    """Read the attesting shapes, stratum by stratum. Raises UnfitKnowledge."""
    numbered: dict[int, list[tuple[str, str, str]]] = {}
    for name, _, attested in sorted(shapes.about(ATTESTS)):
        number = shapes.first(name, iri("nec:stratum"))
        targets = shapes.objects(name, iri("sh:targetClass"))
        if len(targets) != 1 or not number.isdigit():
            raise UnfitKnowledge(f"{name} attests without one sh:targetClass and nec:stratum")
        numbered.setdefault(int(number), []).append((name, targets[0], attested))
    return tuple(_stratum(n, tuple(found), shapes) for n, found in sorted(numbered.items()))


def _stratum(number: int, found: tuple[tuple[str, str, str], ...], shapes: Facts) -> Stratum:
    about: dict[str, list[Triple]] = {}
    for triple in shapes.everything():
        about.setdefault(triple[0], []).append(triple)
    said: set[Triple] = set()
    waiting = [name for name, _, _ in found]
    skipped = (iri("sh:targetClass"), iri("sh:message"), ATTESTS)
    while waiting:
        for triple in about.get(waiting.pop(), ()):
            used = triple[1].startswith((f"<{PREFIXES['sh']}", f"<{PREFIXES['rdf']}"))
            if used and triple not in said and triple[1] not in skipped:
                said.add(triple)
                waiting.append(triple[2])
    for name, target, _ in found:
        said.add((_wrapper(name), iri("sh:targetClass"), target))
        said.add((_wrapper(name), iri("sh:node"), name))
        said.add((_wrapper(name), TYPE, iri("sh:NodeShape")))
    graph = rdflib.Graph(bind_namespaces="none")
    for s, p, o in said:
        graph.add((as_node(s), as_node(p), as_node(o)))
    named = {iri("sh:path"), iri("sh:disjoint"), iri("sh:equals"), iri("sh:inversePath"),
             iri("rdf:first"), iri("sh:lessThan"), iri("sh:lessThanOrEquals")}  # fmt: skip
    asked = {o for _, p, o in said if p in (iri("sh:class"), iri("sh:targetClass"))}
    predicates = {o for _, p, o in said if p in named and o[0] == "<" and o not in about}
    return Stratum(number, found, graph, frozenset(predicates), frozenset(asked))


def _wrapper(name: str) -> str:
    return f"{name[:-1]}-asked>"


@cache
def as_node(term: str) -> Any:
    """Return a term as rdflib holds it."""
    if term[0] == "<":
        return rdflib.URIRef(term[1:-1])
    if term[0] == "_":
        return rdflib.BNode(term[2:])
    datatype = (_LITERAL.match(term) or [None, None, None])[2]
    return rdflib.Literal(lexical(term), datatype=rdflib.URIRef(datatype) if datatype else None)


def conforming(stratum: Stratum, worlds: Sequence[Facts]) -> list[Attested]:
    """Return, for each world, each shape, focus node and class of which the focus conforms.

    What was seen before is known; the rest is checked in one run, nodes told apart by world.
    """
    visible = [_visible(stratum, facts) for facts in worlds]
    if len(stratum.known) > _KNOWN_LIMIT:
        stratum.known.clear()
    new = [seen for seen in dict.fromkeys(visible) if seen not in stratum.known]
    if new:
        stratum.known.update(zip(new, _ask(stratum, new), strict=True))
    return [stratum.known[seen] for seen in visible]


def _ask(stratum: Stratum, worlds: Sequence[frozenset[Triple]]) -> Iterator[Attested]:
    data = rdflib.Graph(bind_namespaces="none")
    for number, triples in enumerate(worlds):
        for s, p, o in triples:
            data.add((as_node(_told_apart(s, number)), as_node(p), as_node(_told_apart(o, number))))
    _, report, _ = pyshacl.validate(
        data, shacl_graph=stratum.graph, inference="none", advanced=False, inplace=True
    )
    if not isinstance(report, rdflib.Graph):
        raise UnfitKnowledge(f"the shapes of stratum {stratum.number} cannot be checked: {report}")
    failed = {
        (str(report.value(result, rdflib.SH.sourceShape)),
         str(report.value(result, rdflib.SH.focusNode)))
        for result in report.subjects(rdflib.RDF.type, rdflib.SH.ValidationResult)
    }  # fmt: skip
    for number, triples in enumerate(worlds):
        yield frozenset(
            (name, s, attested)
            for name, target, attested in stratum.shapes
            for s, p, o in triples
            if (p, o) == (TYPE, target)
            and (_wrapper(name)[1:-1], _told_apart(s, number)[1:-1]) not in failed
        )


def _told_apart(term: str, world: int) -> str:
    return f"<urn:case:{world}/{term[10:]}" if term.startswith("<urn:case:") else term


def _visible(stratum: Stratum, facts: Facts) -> frozenset[Triple]:
    """Return what shapes of a stratum can see of a case: links that they name, and memberships."""
    found: set[Triple] = set()
    waiting = {s for _, target, _ in stratum.shapes for s in facts.subjects(TYPE, target)}
    seen: set[str] = set()
    while waiting:
        node = waiting.pop()
        seen.add(node)
        for p in stratum.predicates:
            forth = [(node, p, o) for o in facts.objects(node, p)]
            back = [(s, p, node) for s in facts.subjects(p, node)] if "case:" in node else []
            found.update(forth, back)
            waiting.update({t[2] for t in forth} - seen, {t[0] for t in back} - seen)
        found.update((node, TYPE, c) for c in stratum.classes if (node, TYPE, c) in facts)
    return frozenset(found)


class Seen:
    """Read which facts a shape must have seen at a focus node, and which it may have seen."""

    def __init__(self, shapes: Facts, facts: Facts) -> None:
        self.shapes, self.facts = shapes, facts
        self.must: set[Triple] = set()
        self.may: set[Triple] = set()

    def look(self, shape: str, focus: str, *, sure: bool = True, deep: bool = True) -> None:
        """Follow a shape; ``deep`` is false below a part that need not be read to its end."""
        get = self.shapes.objects
        paths = get(shape, iri("sh:path"))
        values = [v for path in paths for v in self._walk(path, focus, sure=sure)]
        for other in (*get(shape, iri("sh:disjoint")), *get(shape, iri("sh:equals"))):
            self._walk(other, focus, sure=sure)
        inside = deep if paths else sure
        for value in values if paths else [focus]:
            for asked in get(shape, iri("sh:class")):
                self._note((value, TYPE, asked), sure=inside)
            for link in ("sh:property", "sh:node"):
                for part in get(shape, iri(link)):
                    self.look(part, value, sure=inside, deep=deep)
            for head in get(shape, iri("sh:and")):
                for part in self.shapes.items(head):
                    self.look(part, value, sure=inside, deep=deep)
            for part in get(shape, iri("sh:not")):
                self.look(part, value, sure=inside, deep=False)
            for head in get(shape, iri("sh:or")):
                for part in self.shapes.items(head):
                    self.look(part, value, sure=inside, deep=False)

    def _note(self, triple: Triple, *, sure: bool) -> None:
        if triple in self.facts:
            self.may.add(triple)
            if sure:
                self.must.add(triple)

    def _walk(self, path: str, focus: str, *, sure: bool) -> list[str]:
        choice = self.shapes.objects(path, iri("sh:alternativePath"))
        inverse = self.shapes.objects(path, iri("sh:inversePath"))
        parts = self.shapes.items(path)
        if choice:
            ways = self.shapes.items(choice[0])
            return [v for way in ways for v in self._walk(way, focus, sure=sure)]
        if parts:
            reached = [focus]
            for part in parts:
                reached = [v for node in reached for v in self._walk(part, node, sure=sure)]
            return reached
        if inverse:
            found = self.facts.subjects(inverse[0], focus)
            for s in found:
                self._note((s, inverse[0], focus), sure=sure)
            return list(found)
        found = self.facts.objects(focus, path)
        for o in found:
            self._note((focus, path, o), sure=sure)
        return list(found)


# Words: free text is cut into tokens that spelling variants share; what negates stands in the
# knowledge, and so do the names.

_JOINERS = "\\-\u2010-\u2015\u2212/\\\\_'\u2018\u2019\"\u201c\u201d`\u00b4\u2044\u2215"
_TOKEN = re.compile(rf"\d+(?:[.,]\d+)+|[^\W_]+|[^\w\s{_JOINERS}]")
_POSSESSIVE = re.compile(r"['\u2019][sS](?!\w)")
_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_CLUSTER = re.compile(f"(?s).[{_MARKS}]{{0,30}}")
_WORD = re.compile(r"[^\W_]+")
_RANGE = re.compile(r"([A-Za-z]+)([0-9]+)\s*(?:-|–|—|/|\bto\b)\s*([A-Za-z]*)([0-9]+)")
_DASHED = re.compile(r"\u2014|\n\s*\n|\n\s*[-\u2010-\u2015]")
Cue: TypeAlias = tuple[int, int, bool]


class Token(NamedTuple):
    """Hold a token: folded, in capitals (or empty), its span, and whether a seam is before it."""

    key: str
    capitals: str
    start: int
    end: int
    seam: bool


class Mention(NamedTuple):
    """Hold what a text names and does not deny: the concepts, and the span."""

    concepts: tuple[str, ...]
    start: int
    end: int


def plain(text: str) -> str:
    """Return the compatibility form of a text, without invisible characters."""

    def one(cluster: re.Match[str]) -> str:
        found = unicodedata.normalize("NFKC", cluster[0])
        if len(found) > 4 * len(cluster[0]):
            return cluster[0]
        return "".join(c for c in found if unicodedata.category(c) != "Cf")

    return text if text.isascii() else _CLUSTER.sub(one, text)


def tokens_of(text: str) -> list[Token]:
    """Cut a plain text into words, numbers and marks."""
    found: list[Token] = []
    place = 0
    while token := _TOKEN.search(text, place):
        word, gap = token[0], text[place : token.start()]
        begins = text[token.start() : token.start() + 2]
        listed = not begins[:1].isalpha() or (begins[:1].isupper() and begins[1:].islower())
        seam = (listed or bool(_DASHED.search(gap))) if "\n" in gap else "\u2014" in gap
        key = word.casefold()
        if len(key) > 3 and key.isalpha() and key[-1] == "s" and key[-2] not in "siu":
            key = key[:-1]
        bare = word[:-1] if len(word) > 2 and word[-1] == "s" else word
        found.append(Token(key, bare if bare.isupper() else "", token.start(), token.end(), seam))
        possessive = _POSSESSIVE.match(text, token.end())
        place = possessive.end() if possessive else token.end()
    return found


class Lexicon:
    """The names of the concepts of some kinds, and the cues of negation."""

    def __init__(
        self, graph: Facts, individuals: Sequence[str], classes: Sequence[str] = ()
    ) -> None:
        self.kinds: dict[str, list[str]] = {}
        for kind in map(iri, individuals):
            for class_ in (kind, *below(graph, kind)):
                self._admit(graph, graph.subjects(TYPE, class_), kind)
        for kind in map(iri, classes):
            self._admit(graph, below(graph, kind), kind)
        self.names: dict[tuple[str, ...], set[str]] = {}
        self.short: dict[str, set[str]] = {}
        for concept in self.kinds:
            for label in graph.texts(concept, *_NAMES):
                bare, keys = label.strip(), tuple(t.key for t in tokens_of(plain(label)))
                if len(bare) <= 4 and bare.isalpha() and bare.isupper():
                    self.short.setdefault(bare, set()).add(concept)
                elif any(key[0].isalnum() for key in keys):
                    self.names.setdefault(keys, set()).add(concept)
        self.cues = read_cues(graph)
        self._longest = max(map(len, (*self.names, *self.cues)), default=0)

    def _admit(self, graph: Facts, terms: Iterable[str], kind: str) -> None:
        for term in terms:
            if term[0] == "<" and graph.first(term, iri("owl:deprecated")) not in ("true", "1"):
                kinds = self.kinds.setdefault(term, [])
                kinds += [] if kind in kinds else [kind]
                kinds.sort()

    def mentions(self, text: str) -> list[Mention]:
        """Return what a plain text names and does not deny; the longest name wins."""
        tokens = tokens_of(text)
        keys = [token.key for token in tokens]
        spans = self._spans(tokens, keys)
        opening, closing = self._denied(tokens, keys, list(spans))
        return [
            Mention(tuple(sorted(spans[i, j])), tokens[i].start, tokens[j - 1].end)
            for i, j in sorted(spans)
            if i not in opening and j - 1 not in closing
        ]

    def _spans(self, tokens: list[Token], keys: list[str]) -> dict[tuple[int, int], set[str]]:
        found: dict[tuple[int, int], set[str]] = {}
        for i, token in enumerate(tokens):
            for j in range(i + 1, min(i + self._longest, len(keys)) + 1):
                if concepts := self.names.get(tuple(keys[i:j])):
                    found.setdefault((i, j), set()).update(concepts)
            if concepts := self.short.get(token.capitals):
                found.setdefault((i, i + 1), set()).update(concepts)
        taken: set[int] = set()
        chosen = {}
        for i, j in sorted(found, key=lambda span: (span[0] - span[1], span[0])):
            if taken.isdisjoint(range(i, j)):
                taken.update(range(i, j))
                chosen[i, j] = found[i, j]
        return chosen

    def _denied(
        self, tokens: list[Token], keys: list[str], spans: list[tuple[int, int]]
    ) -> tuple[set[int], set[int]]:
        """Return the tokens that deny a mention that begins there, and one that ends there."""
        cues: list[tuple[int, int, Cue]] = []
        i = 0
        while i < len(keys):
            ends = range(min(i + self._longest, len(keys)), i, -1)
            fits = (j for j in ends if tuple(keys[i:j]) in self.cues
                    and not any(a <= i and j <= b and (a, b) != (i, j) for a, b in spans))  # fmt: skip
            j = next(fits, 0)
            cues += [(i, j, self.cues[tuple(keys[i:j])])] if j else []
            i = j or i + 1
        stops = {i for i, _, cue in cues if cue[2]}
        opening, closing = set[int](), set[int]()
        for i, j, (following, preceding, _) in cues:
            if following:
                opening.update(range(i, j), _reach(tokens, stops, j, following, 1))
            if preceding:
                back = set() if tokens[i].seam else _reach(tokens, stops, i - 1, preceding, -1)
                closing.update(range(i, j), back)
        return opening, closing


def _reach(tokens: list[Token], stops: set[int], place: int, limit: int, step: int) -> set[int]:
    """Return the tokens that a cue reaches, up to a number of words, a stop or a seam."""
    found: set[int] = set()
    while 0 <= place < len(tokens) and place not in stops and limit > 0:
        if step > 0 and tokens[place].seam:
            break
        found.add(place)
        limit -= tokens[place].key[0].isalnum()
        if step < 0 and tokens[place].seam:
            break
        place += step
    return found


_NAMES = (iri("rdfs:label"), iri("skos:altLabel"), iri("skos:notation"))


def read_cues(graph: Facts) -> dict[tuple[str, ...], Cue]:
    """Read what negates, how far on which side, and what ends a negation."""
    found: dict[tuple[str, ...], Cue] = {}
    for kind in ("NegationCue", "ScopeBreak", "PseudoNegation"):
        for term in graph.subjects(TYPE, iri(f"nec:{kind}")):
            scopes = graph.objects(term, iri("nec:cueScope"))
            owners = (term, *sorted(graph.objects(term, iri("skos:inScheme"))))
            limits = [int(n) for o in owners if (n := graph.first(o, iri("nec:scopeLimit")))]
            limit = limits[0] if limits and kind == "NegationCue" else 0
            new = (limit * (iri("nec:Following") in scopes),
                   limit * (iri("nec:Preceding") in scopes), kind == "ScopeBreak")  # fmt: skip
            for label in graph.texts(term, *_NAMES):
                key = tuple(t.key for t in tokens_of(plain(label)))
                old = found.get(key, (0, 0, False))
                found[key] = (max(old[0], new[0]), max(old[1], new[1]), old[2] or new[2])
    return found


def below(graph: Facts, root: str) -> list[str]:
    """Return the named classes below a class."""
    found: dict[str, None] = {}
    waiting = [root]
    while waiting:
        for class_ in graph.subjects(iri("rdfs:subClassOf"), waiting.pop()):
            if class_[0] == "<" and class_ != root and class_ not in found:
                found[class_] = None
                waiting.append(class_)
    return list(found)


# Codes: a code is resolved to a concept, or listed by its system's full list, or unrecognised.

_LISTS = {"icd-10-cm": "simple_icd_10_cm"}
_SPACES = re.compile(r"[\s_-]")


class Found(NamedTuple):
    """Hold what a code resolved to; without concept it is listed and no rule reads it."""

    system: str
    concept: str = ""
    header: bool = False


@cache
def full_list(name: str) -> Mapping[str, bool] | None:
    """Return a code list, each code with whether it heads others; None if it is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            package = importlib.import_module(_LISTS[name])
    except (ImportError, KeyError):
        return None
    codes = sorted({c for c in package.get_all_codes(False) if re.fullmatch(r"[A-Z0-9]{3,16}", c)})
    return {c: later.startswith(c) for c, later in zip(codes, [*codes[1:], ""], strict=True)}


class Codes:
    """The codes of the knowledge; ``unlisted`` collects lists that were wanted and are absent."""

    def __init__(self, graph: Facts) -> None:
        self.graph = graph
        self.systems = graph.subjects(TYPE, iri("nec:CodeSystem"))
        self.names: dict[str, str] = {}
        for system in self.systems:
            for name in (*graph.texts(system, *_NAMES), lexical(system)):
                self.names[_SPACES.sub("", name.casefold())] = system
        self.concepts: dict[tuple[str, str], set[str]] = {}
        for code in graph.subjects(TYPE, iri("nec:Code")):
            for system in graph.objects(code, iri("skos:inScheme")):
                for text in graph.texts(code, iri("skos:notation")):
                    key = (system, self._normal(text, system))
                    self.concepts.setdefault(key, set()).add(code)
        self.roles = self._roles()
        self.unlisted: set[str] = set()

    def _normal(self, code: str, system: str) -> str:
        ignored = "".join(self.graph.texts(system, iri("nec:ignorableCharacters")))
        kept = "".join(c for c in code if c not in ignored and not c.isspace())
        return kept.upper() if kept.isascii() and kept.isalnum() else ""

    def resolve(self, code: str, system: str | None, kind: str) -> Found | None:
        """Resolve a code to stand for a procedure, diagnosis or service; None if it does not."""
        if system is not None and system.strip():
            named = self.names.get(_SPACES.sub("", system.casefold()))
            hits = self._within(code, named) if named else []
        else:
            hits = [hit for one in self.systems for hit in self._within(code, one)]
        if len(hits) != 1:
            return None
        concept = hits[0].concept or iri("nec:Code")
        allowed = self.roles.get(concept) or self.roles.get(hits[0].system)
        return None if allowed and kind not in allowed else hits[0]

    def _within(self, code: str, system: str) -> list[Found]:
        notation = self._normal(code, system)
        if not notation:
            return []
        name = self.graph.first(system, iri("nec:codeList"))
        concepts = sorted(self.concepts.get((system, notation), ()))
        stated = [self.graph.first(c, iri("nec:headerCode")) for c in concepts]
        if len(concepts) == 1 and stated[0]:
            return [Found(system, concepts[0], stated[0] in ("true", "1"))]
        listed = full_list(name) if name else {}
        if listed is None and not concepts:
            self.unlisted.add(name)
        header = (listed or {}).get(notation)
        if concepts:
            return [Found(system, concept, bool(header)) for concept in concepts]
        return [] if header is None else [Found(system, "", header)]

    def _roles(self) -> dict[str, set[str]]:
        graph, found = self.graph, dict[str, set[str]]()
        for system, _, kind in graph.about(iri("nec:codesFor")):
            found.setdefault(system, set()).add(kind)
        parts = {iri(f"nec:{kind}") for kind in ("Procedure", "Diagnosis", "Service")}
        narrower = {kind: {kind, *below(graph, kind)} for kind in parts}
        for restriction in graph.subjects(iri("owl:onProperty"), iri("nec:hasCode")):
            classes = graph.objects(restriction, iri("rdfs:subClassOf"))
            kinds = {k for k in parts if not narrower[k].isdisjoint(classes)}
            for code in graph.objects(restriction, iri("owl:hasValue")) if kinds else ():
                found.setdefault(code, set()).update(kinds)
        for link in ("nec:codeAssesses", "nec:codeUsesModality"):
            for code, _, _ in graph.about(iri(link)):
                found.setdefault(code, set()).add(iri("nec:Service"))
        return found


# Door: the record becomes facts, each with the places in the record that say so.


class Door:
    """What the door needs of the knowledge, read once."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge, self.graph = knowledge, knowledge.graph
        graph = self.graph
        self.codes = Codes(graph)
        features, sites = "nec:RiskFeature", "nec:AnatomicalStructure"
        self.procedure_words = Lexicon(
            graph, ("nec:Level", "nec:Approach", features), ("nec:Procedure",)
        )
        self.finding_words = Lexicon(graph, (sites, "nec:Pathology", features))
        self.site_words = Lexicon(graph, (sites,))
        self.disorder_words = Lexicon(graph, ("nec:Pathology", features))
        self.ids = {
            (kind, plain_id(graph.first(term, iri("skos:notation")))): term
            for kind in (features, "nec:DocumentationItem", "nec:Laterality")
            for term in graph.subjects(TYPE, iri(kind))
        }
        self.keys = {lexical(o): s for s, _, o in graph.about(iri("nec:recordKey"))}
        links = ("profileStructure", "contains", "hasNeuralPart", "codeAssesses")
        self.at_risk = {o for link in links for _, _, o in graph.about(iri(f"nec:{link}"))}
        idle = graph.subjects(TYPE, iri("nec:IdleWord"))
        self.idle = {text for term in idle for text in graph.texts(term, *_NAMES[:2])}

    def admit(self, record: Json, policy: str) -> Entry:
        """Return what a record says under a policy."""
        entry = Entry(self, record, policy)
        entry.read()
        return entry

    def levels(self, text: str) -> tuple[list[str], list[str]]:
        """Return the levels that a text names, ranges spelled out, and the words that are left."""
        found: dict[str, None] = {}
        rest = text
        for range_ in _RANGE.finditer(text):
            first = f"{range_[1]}{range_[2]}".upper()
            last = f"{range_[3] or range_[1]}{range_[4]}".upper()
            if between := self._between(first, last):
                found |= dict.fromkeys(between)
                rest = rest.replace(range_[0], " ")
        rest = plain(rest)
        left = list(rest)
        for mention in self.procedure_words.mentions(rest):
            kinds = self.procedure_words.kinds
            levels = [c for c in mention.concepts if iri("nec:Level") in kinds[c]]
            if levels:
                found |= dict.fromkeys(levels)
                left[mention.start : mention.end] = " " * (mention.end - mention.start)
        return list(found), _WORD.findall("".join(left))

    def _between(self, first: str, last: str) -> list[str]:
        following, notation = iri("nec:nextLevel"), iri("skos:notation")
        segments = {term for s, _, o in self.graph.about(following) for term in (s, o)}
        ends = {s: self.graph.first(s, notation).split("-") for s in segments}
        node = next((s for s in sorted(segments) if ends[s][0] == first), "")
        path: list[str] = []
        while node and node not in path:
            path.append(node)
            if ends[node][-1] == last:
                return path
            node = next(iter(self.graph.objects(node, following)), "")
        return []


def plain_id(text: str) -> str:
    """Return the id that a text spells."""
    return text.strip().lower().replace("_", "-").replace(" ", "-")


class Entry:
    """What one record says: facts with their places, procedures and services in order."""

    def __init__(self, door: Door, record: Json, policy: str) -> None:
        self.door, self.record, self.policy = door, record, policy
        self.facts: dict[Triple, set[str]] = {}
        self.day = read_date(record.get("date_of_service") or "")
        self.procedures = [
            iri(f"case:procedures/{i}") for i in range(len(self._list("procedures")))
        ]
        lines = range(len(self._list("services")))
        self.services = [(iri(f"case:services/{i}"), f"/services/{i}") for i in lines] or [
            (iri("case:services/unspecified"), "")
        ]
        self.too_large = len(self.services) * len(self.procedures) > REQUEST_LIMIT

    def _list(self, key: str) -> list[Json]:
        found: list[Json] = self.record.get(key, [])
        return found

    def say(self, s: str, p: str, o: str, path: str) -> None:
        """State a fact; names without a bracket are words of ``nec:``."""
        p, o = (t if t[0] in '<"' else iri(f"nec:{t}") for t in (p, o))
        self.facts.setdefault((s, p, o), set()).add(path or "/")

    def read(self) -> None:
        """State all that the record says."""
        self._case()
        for i, entry in enumerate(self._list("procedures")):
            self._procedure(self.procedures[i], entry, f"/procedures/{i}")
        for one, other in itertools.permutations(self.procedures, 2):
            self.say(one, "performedWith", other, "/procedures")
        for i, entry in enumerate(self._list("diagnoses")):
            self._diagnosis(iri(f"case:diagnoses/{i}"), entry, f"/diagnoses/{i}")
        self._features()
        self._papers()
        self._services()
        if not self.too_large:
            self._requests()

    def _case(self) -> None:
        graph, path = self.door.graph, "/date_of_service"
        self.say(CASE, TYPE, "Case", "")
        self.say(CASE, "underPolicy", self.policy, "/policy")
        if self.day is not None:
            date = f'"{self.day.isoformat()}"^^{iri("xsd:date")}'
            self.say(CASE, "dateOfService", date, path)
            horizon = read_date(graph.first(self.door.knowledge.topic, iri("nec:horizon")))
            if horizon is not None and self.day > horizon:
                self.say(CASE, TYPE, "BeyondHorizonCase", path)
        else:
            bounds = (iri("nec:inForceFrom"), iri("nec:inForceUntil"))
            sources = graph.objects(self.policy, iri("nec:includesSource"))
            if any(graph.objects(source, p) for source in sources for p in bounds):
                self.say(CASE, TYPE, "UndatedCase", "")
        if self.record.get("risk_features", {}).get("assessment_complete"):
            self.say(CASE, TYPE, "FullyAssessedCase", "/risk_features/assessment_complete")

    def _code(self, node: str, kind: str, entry: Json, path: str) -> bool:
        """State what the code of an entry is; return whether it is recognised."""
        if entry.get("code") is None:
            return False
        found = self.door.codes.resolve(entry["code"], entry.get("system"), iri(f"nec:{kind}"))
        if found is None or not found.concept:
            return found is not None
        place, graph = f"{path}/code", self.door.graph
        self.say(node, "hasCode", found.concept, place)
        first = read_date(graph.first(found.concept, iri("nec:validFrom")))
        last = read_date(graph.first(found.concept, iri("nec:validUntil")))
        if self.day is not None and not within(self.day, first, last):
            self.say(node, "hasOutdatedCode", found.concept, place)
        if found.header:
            self.say(node, "hasHeaderCode", found.concept, place)
        return True

    def _named(self, words: Lexicon, text: str) -> list[tuple[str, str]]:
        """Return the kind and concept of each unambiguous mention; one mention may have several."""
        found = []
        for mention in words.mentions(plain(text)):
            kinds = [(words.kinds[c][0], c) for c in mention.concepts]
            if len({kind for kind, _ in kinds}) == len(kinds):
                found += kinds
        return found

    def _procedure(self, node: str, entry: Json, path: str) -> None:
        self.say(node, TYPE, "Procedure", path)
        self.say(node, "inCase", CASE, path)
        self.say(CASE, "hasProcedure", node, path)
        coded = self._code(node, "Procedure", entry, path)
        named = bool(entry.get("text")) and self._procedure_text(node, entry, f"{path}/text")
        if not coded and (entry.get("code") is not None or not named):
            self.say(CASE, "hasUnrecognised", node, path)
        door = self.door
        for j, text in enumerate(entry.get("levels", ())):
            levels, left = door.levels(text)
            for level in levels:
                self.say(node, "atLevel", level, f"{path}/levels/{j}")
            if not levels or any(word.lower() not in door.idle for word in left):
                self.say(CASE, "hasUnrecognised", node, f"{path}/levels/{j}")
        if entry.get("approach"):
            words = door.procedure_words
            for mention in words.mentions(plain(entry["approach"])):
                for concept in mention.concepts:
                    if iri("nec:Approach") in words.kinds[concept]:
                        self.say(node, "hasApproach", concept, f"{path}/approach")
        side = door.ids.get(("nec:Laterality", plain_id(entry.get("laterality") or "")))
        if side:
            self.say(node, "hasLaterality", side, f"{path}/laterality")
        for key, feature in door.keys.items():
            if isinstance(entry.get(key), bool):
                link = "presentFeature" if entry[key] else "absentFeature"
                self.say(node, link, feature, f"{path}/{key}")

    def _procedure_text(self, node: str, entry: Json, place: str) -> bool:
        """State what the words of a procedure name; return whether all of them are read."""
        door, text, uncoded = self.door, entry["text"], entry.get("code") is None
        named = False
        for kind, concept in self._named(door.procedure_words, text):
            if kind == iri("nec:Procedure") and uncoded:
                self.say(node, TYPE, concept, place)
                named = True
            elif kind == iri("nec:Approach") and not entry.get("approach"):
                self.say(node, "hasApproach", concept, place)
            elif kind == iri("nec:RiskFeature"):
                self.say(node, "suspectedFeature", concept, place)
        for level in () if entry.get("levels") else door.levels(text)[0]:
            self.say(node, "atLevel", level, place)
        spans = door.procedure_words.mentions(plain(text))
        return named and all(
            word[0].lower() in door.idle
            or any(m.start <= word.start() and word.end() <= m.end for m in spans)
            for word in _WORD.finditer(plain(text))
        )

    def _diagnosis(self, node: str, entry: Json, path: str) -> None:
        self.say(node, TYPE, "Diagnosis", path)
        self.say(node, "inCase", CASE, path)
        self.say(CASE, "hasDiagnosis", node, path)
        known = self._code(node, "Diagnosis", entry, path)
        text, place = entry.get("text") or "", f"{path}/text"
        disorders = self._named(self.door.disorder_words, text)
        for kind, concept in disorders:
            link = "hasPathology" if kind == iri("nec:Pathology") else "suggestsFeature"
            self.say(node, link, concept, place)
        if entry.get("code") is None:
            sites = [site for _, site in self._named(self.door.site_words, text)]
            for site in sites or [iri("nec:UnstatedSite")] * bool(disorders):
                self.say(node, "statedSite", site, place)
            known = bool(disorders or sites)
        if not known:
            self.say(CASE, "hasUnrecognised", node, path)

    def _features(self) -> None:
        for name, link in (("present", "presentFeature"), ("absent", "absentFeature")):
            for j, text in enumerate(self.record.get("risk_features", {}).get(name, ())):
                path = f"/risk_features/{name}/{j}"
                feature = self.door.ids.get(("nec:RiskFeature", plain_id(text)))
                if feature is None and name == "present":
                    self.say(CASE, TYPE, "UnclearFeatureCase", path)
                for node in self.procedures if feature else ():
                    self.say(node, link, str(feature), path)

    def _papers(self) -> None:
        papers, door = self.record.get("documentation", {}), self.door
        if papers.get("rationale") or papers.get("items"):
            self.say(PAPERS, TYPE, "Documentation", "/documentation")
            self.say(CASE, "hasDocumentation", PAPERS, "/documentation")
        for j, text in enumerate(papers.get("items", ())):
            item = door.ids.get(("nec:DocumentationItem", plain_id(text)))
            if item:
                self.say(PAPERS, "hasItem", item, f"/documentation/items/{j}")
        if papers.get("rationale"):
            place = "/documentation/rationale"
            self.say(PAPERS, TYPE, "ReasonedDocumentation", place)
            for kind, concept in self._named(door.finding_words, papers["rationale"]):
                risk = kind == iri("nec:RiskFeature") or concept in door.at_risk
                self.say(PAPERS, "mentionsRisk" if risk else "mentions", concept, place)

    def _services(self) -> None:
        for node, path in self.services:
            self.say(node, TYPE, "Service", path)
            self.say(node, "inCase", CASE, path)
            self.say(CASE, "hasService", node, path)
            if not path:
                self.say(node, TYPE, "UnspecifiedService", path)
        for i, entry in enumerate(self._list("services")):
            node, path = self.services[i]
            if not self._code(node, "Service", entry, path):
                self.say(node, TYPE, "UnrecognisedService", path)

    def _requests(self) -> None:
        targets: list[str | None] = [*self.procedures] or [None]
        for (i, (service, path)), (k, procedure) in itertools.product(
            enumerate(self.services), enumerate(targets)
        ):
            node = iri(f"case:requests/{i}-{k}")
            self.say(node, TYPE, "ServiceRequest", path)
            self.say(node, "inCase", CASE, path)
            self.say(node, "requestedIn", CASE, path)
            self.say(CASE, "hasRequest", node, path)
            self.say(node, "forService", service, path)
            self.say(service, "hasRequest", node, path)
            if procedure is None:
                continue
            self.say(node, "forProcedure", procedure, path)
            if not self._list("services"):
                self.say(node, "anyModalityFor", procedure, path)
            for j in range(len(self.services)):
                if j != i:
                    self.say(node, "besideRequest", iri(f"case:requests/{j}-{k}"), path)


# Worlds: the record as it stands, with assumptions, or completed, closed stratum by stratum.


class Edition:
    """The knowledge in force, closed, and what was computed of records under it."""

    def __init__(
        self, knowledge: Knowledge, strata: tuple[Stratum, ...], files: frozenset[str]
    ) -> None:
        self.knowledge, self.strata, self.files = knowledge, strata, files
        stated = (t for name in files for t in knowledge.ontology[name])
        self.program = Program(t for t in stated if knowledge.is_axiom(t))
        self.lists = Facts(t for name in files for t in knowledge.ontology[name])

    def settle(self, starts: Sequence[Closure]) -> list[Closure]:
        """Carry worlds through the strata: closure, attestations, closure, and so on."""
        worlds = list(starts)
        for stratum in self.strata:
            found = conforming(stratum, [world.facts for world in worlds])
            for number, attested in enumerate(found):
                below_ = worlds[number]
                world = Closure(self.program, below_)
                world.before = {**below_.before, stratum.number: below_}
                world.attested |= attested
                world.grow((focus, TYPE, class_) for _, focus, class_ in attested)
                worlds[number] = world
        return worlds


class Reading:
    """What follows from one record under one edition, computed when it is asked for."""

    def __init__(self, edition: Edition, entry: Entry) -> None:
        self.edition, self.entry = edition, entry
        self.start = Closure(edition.program, edition.program.base)
        if not entry.too_large:
            self.start.grow(entry.facts)
        self._worlds: dict[frozenset[Triple], Closure] = {}

    def world(self, assumed: frozenset[Triple]) -> Closure:
        """Return the world with these assumptions; with none it is the record as it stands."""
        return self.worlds([assumed])[0]

    def worlds(self, wanted: Sequence[frozenset[Triple]]) -> list[Closure]:
        """Return several worlds, settled in one go."""
        new = [assumed for assumed in dict.fromkeys(wanted) if assumed not in self._worlds]
        starts = []
        for assumed in new:
            starts.append(Closure(self.edition.program, self.start))
            starts[-1].grow(assumed)
        self._worlds |= dict(zip(new, self.edition.settle(starts) if new else (), strict=True))
        return [self._worlds[assumed] for assumed in wanted]

    @cached_property
    def open(self) -> dict[str, tuple[str, ...]]:
        """Return, for each feature that is asked for and undocumented, the procedures it is for."""
        facts = self.start.facts
        if (CASE, TYPE, iri("nec:FullyAssessedCase")) in facts:
            return {}
        found: dict[str, tuple[str, ...]] = {}
        for procedure in self.entry.procedures:
            assessed = facts.objects(procedure, iri("nec:assessedFeature"))
            for feature in sorted({*facts.objects(procedure, iri("nec:askedFeature"))}):
                if feature not in assessed:
                    found[feature] = (*found.get(feature, ()), procedure)
        return dict(sorted(found.items()))

    @property
    def exact(self) -> bool:
        """Say whether all completions are tried, or the corners alone."""
        return len(self.open) <= FEATURE_LIMIT

    @cached_property
    def corners(self) -> list[frozenset[Triple]]:
        """Return the completions with all open features or none, or one, present."""
        ends = [self._completion(chosen, papers=papers)
                for chosen in (set[str](), set(self.open)) for papers in (False, True)]  # fmt: skip
        return ends + [self._completion({one}, papers=False) for one in self.open]

    @cached_property
    def completions(self) -> list[frozenset[Triple]]:
        """Return the completions to be tried: all, or the corners where many features are open."""
        if not self.exact:
            return self.corners
        sizes = range(len(self.open) + 1)
        chosen = [set(n) for size in sizes for n in itertools.combinations(self.open, size)]
        return [self._completion(n, papers=papers) for n in chosen for papers in (False, True)]

    def _completion(self, present: set[str], *, papers: bool) -> frozenset[Triple]:
        links = {True: iri("nec:presentFeature"), False: iri("nec:absentFeature")}
        facts = {(procedure, links[feature in present], feature)
                 for feature, procedures in self.open.items()
                 for procedure in procedures}  # fmt: skip
        return frozenset(facts | ({ASSUMED_DOCUMENTED} if papers else set()))

    def outcome(self, world: Closure, subject: str) -> str:
        """Return the outcome that the classes of a subject yield in a world."""
        graph = self.edition.knowledge.graph
        found = {
            graph.first(outcome, iri("skos:notation"))
            for class_, _, outcome in graph.about(iri("nec:yields"))
            if (subject, TYPE, class_) in world.facts
        }
        return found.pop() if len(found) == 1 else OUTCOMES[2]

    def certain(self, subject: str) -> str:
        """Return the outcome that holds in every completion that is tried, else indeterminate.

        Where two corners leave it undecided, the others are not computed.
        """
        if self.world(frozenset()).clashes:
            return OUTCOMES[2]
        found: set[str] = set()
        for tried in (self.corners[:4:3], self.completions):
            worlds = [world for world in self.worlds(tried) if not world.clashes]
            found |= {self.outcome(world, subject) for world in worlds}
            if len(found) > 1 or OUTCOMES[2] in found:
                return OUTCOMES[2]
        return found.pop() if found else OUTCOMES[2]


# Document: what a determination claims, taken piece by piece.

KINDS = {"record", "axiom", "assumption", "inference", "attestation", "contradiction"}
_LEAVES = ("record", "axiom", "assumption")


@dataclass(frozen=True)
class Node:
    """Hold one node of a proof."""

    id: str
    kind: str
    triple: Triple | None
    rule: str
    premises: tuple[str, ...]
    path: str
    file: str


@dataclass(frozen=True)
class Claims:
    """Hold what is read of a determination."""

    document: Json
    record: Json
    policy: str
    day: str | None
    outcome: str
    services: tuple[tuple[str | None, str], ...]
    roots: tuple[str, ...]
    assumes: bool
    nodes: tuple[Node, ...]


def expect(found: object, kind: type | tuple[type, ...], where: str) -> Any:
    """Return a value of the kind expected. Raises MalformedInput."""
    if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
        raise MalformedInput(f"{where} is missing or of the wrong type")
    return found


def read_claims(document: object) -> Claims:
    """Read a determination. Raises MalformedInput for a key that is missing or of another type."""
    whole = expect(document, dict, "the document")
    proof = expect(whole.get("proof"), dict, "proof")
    policy = expect(whole.get("policy"), dict, "policy")
    expect(expect(whole.get("knowledge"), dict, "knowledge").get("digest"), str, "knowledge.digest")
    for key in ("outcome", "case_digest", "digest"):
        expect(whole.get(key), str, key)
    services = [
        expect(s, dict, "services") for s in expect(whole.get("services"), list, "services")
    ]
    if any(value.get("outcome") not in OUTCOMES for value in (whole, *services)):
        raise MalformedInput("an outcome is none of the three")
    nodes = expect(proof.get("nodes"), list, "proof.nodes")
    roots = expect(proof.get("roots"), list, "proof.roots")
    return Claims(
        whole,
        read_record(whole.get("record")),
        expect(policy.get("id"), str, "policy.id"),
        expect(whole.get("date_of_service"), (str, type(None)), "date_of_service"),
        whole["outcome"],
        tuple((expect(s.get("code"), (str, type(None)), "services.code"),
               expect(s.get("outcome"), str, "services.outcome")) for s in services),
        tuple(expect(root, str, "proof.roots") for root in roots),
        expect(proof.get("assumes"), bool, "proof.assumes"),
        tuple(_read_node(node) for node in nodes),
    )  # fmt: skip


def _read_node(value: object) -> Node:
    node = expect(value, dict, "proof.nodes")
    triple = expect(node.get("triple", []), list, "proof.nodes.triple")
    if len(triple) not in (0, 3) or not all(isinstance(t, str) and t[:1] in '<"_' and t
                                            for t in triple):  # fmt: skip
        raise MalformedInput("proof.nodes.triple is not three terms in N-Triples")
    premises = expect(node.get("premises", []), list, "proof.nodes.premises")
    texts = [expect(node.get(key, ""), str, key) for key in ("rule", "path", "file")]
    return Node(
        expect(node.get("id"), str, "proof.nodes.id"),
        expect(node.get("kind"), str, "proof.nodes.kind"),
        (triple[0], triple[1], triple[2]) if triple else None,
        texts[0],
        tuple(expect(p, str, "proof.nodes.premises") for p in premises),
        texts[1],
        texts[2],
    )


_ENTRIES = {"procedures": ("code", "system", "text", "approach", "laterality"),
            "diagnoses": ("code", "system", "text"), "services": ("code", "system")}  # fmt: skip


def read_record(value: object) -> Json:
    """Read the record as it was judged. Raises MalformedInput."""
    record: Json = expect(value, dict, "record")
    for key in ("date_of_service", "policy"):
        expect(record.get(key, ""), str, f"record.{key}")
    for key, texts in _ENTRIES.items():
        for entry in expect(record.get(key, []), list, f"record.{key}"):
            for text in texts:
                expect(expect(entry, dict, key).get(text, ""), str, f"record.{key}.{text}")
            _texts(entry, "levels", f"record.{key}")
    for key in ("risk_features", "documentation"):
        part = expect(record.get(key, {}), dict, f"record.{key}")
        for name in ("present", "absent", "items"):
            _texts(part, name, f"record.{key}")
        expect(part.get("rationale", ""), str, f"record.{key}.rationale")
        expect(part.get("assessment_complete", False), bool, f"record.{key}.assessment_complete")
    return record


def _texts(owner: Json, key: str, where: str) -> None:
    for text in expect(owner.get(key, []), list, f"{where}.{key}"):
        expect(text, str, f"{where}.{key}")


def canonical_text(value: object) -> str:
    """Write plain JSON values in their one form."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest_of(value: object) -> str:
    """Return the digest of plain JSON values in their canonical text."""
    text = canonical_text(value).encode("utf-8", "surrogatepass")
    return "sha256:" + hashlib.sha256(text).hexdigest()


def is_canonical(value: object) -> bool:
    """Say whether each list of a record is in order and without repeats."""
    if isinstance(value, dict):
        return all(map(is_canonical, value.values()))
    if not isinstance(value, list):
        return True
    keys = [one if isinstance(one, str) else canonical_text(one) for one in value]
    return keys == sorted(set(keys)) and all(map(is_canonical, value))


@dataclass(frozen=True)
class Verdict:
    """Hold why a determination is rejected, nothing where it stands, and how many roots it has."""

    rejections: tuple[Rejection, ...]
    proofs: int

    @property
    def accepted(self) -> bool:
        """Say whether the proof stands."""
        return not self.rejections


@dataclass
class Verifier:
    """Check determinations against one knowledge; what is costly is computed once and kept."""

    knowledge: Knowledge
    _editions: dict[frozenset[str], Edition] = field(default_factory=dict)
    _readings: dict[str, Reading] = field(default_factory=dict)

    @cached_property
    def door(self) -> Door:
        """Return the door of the knowledge."""
        return Door(self.knowledge)

    @cached_property
    def strata(self) -> tuple[Stratum, ...]:
        """Return the attesting shapes by stratum."""
        return read_strata(self.knowledge.shape_graph)

    def verify(self, document: object) -> Verdict:
        """Check a determination. Raises MalformedInput where it cannot be read as one."""
        claims = read_claims(document)
        try:
            found = [*check_digests(claims, self.knowledge), *check_form(claims)]
        except RecursionError as error:
            raise MalformedInput("nested too deeply") from error
        reading = None if found else self._reading(claims)
        if isinstance(reading, Rejection):
            found.append(reading)
        elif reading is not None:
            found += Check(claims, reading).rejections()
        return Verdict(tuple(dict.fromkeys(found)), len(claims.roots))

    def _reading(self, claims: Claims) -> Reading | Rejection:
        key = json.dumps([claims.record, claims.policy], sort_keys=True)
        if key in self._readings:
            return self._readings[key]
        policy = self.knowledge.policy(claims.policy)
        if policy is None:
            return Rejection("unknown-policy", "", f"no policy {claims.policy!r}")
        try:
            entry = self.door.admit(claims.record, policy)
        except UnfitKnowledge as error:
            raise MalformedInput(f"record: {error}") from error
        if self.door.codes.unlisted:
            missing = ", ".join(sorted(self.door.codes.unlisted))
            self.door.codes.unlisted.clear()
            return Rejection("code-list-missing", "", f"not installed: {missing}")
        files = self.knowledge.files_in_force(policy, entry.day)
        if files not in self._editions:
            self._editions[files] = Edition(self.knowledge, self.strata, files)
        while len(self._readings) >= 16:
            self._readings.pop(next(iter(self._readings)))
        self._readings[key] = Reading(self._editions[files], entry)
        return self._readings[key]


def load(folder: Path) -> Verifier:
    """Load the knowledge below a folder that holds ontology/ and shapes/. Raises UnfitKnowledge.

    Where a service kept knowledge whose roots have other names, they lie below ontology.d/ and
    shapes.d/.
    """
    found: list[dict[str, frozenset[Triple]]] = []
    for name in ("ontology", "shapes"):
        below = folder / f"{name}.d"
        home, root = (below, below) if below.is_dir() else (folder, folder / name)
        paths = sorted(root.rglob("*.ttl"))
        if not paths:
            raise UnfitKnowledge(f"{root}: no Turtle file")
        found.append({path.relative_to(home).as_posix(): read_turtle(path) for path in paths})
    return Verifier(Knowledge(*found))


def check_digests(claims: Claims, knowledge: Knowledge) -> Iterator[Rejection]:
    """Recompute the three digests."""
    whole = claims.document
    if whole["knowledge"]["digest"] != knowledge.digest:
        yield Rejection("knowledge-digest", "", "made by another knowledge than the one given")
    if whole["case_digest"] != digest_of(claims.record):
        yield Rejection("case-digest", "", "case_digest is not that of the record")
    if whole["digest"] != digest_of({k: v for k, v in whole.items()
                                     if k not in ("case_id", "digest")}):  # fmt: skip
        yield Rejection("document-digest", "", "digest is not that of the document")


def check_form(claims: Claims) -> Iterator[Rejection]:
    """Check that the nodes form a directed acyclic graph, all of it below the roots."""
    nodes = {node.id: node for node in claims.nodes}
    if len(nodes) < len(claims.nodes):
        yield Rejection("duplicate-id", "", "two nodes have one id")
    for root in claims.roots:
        if root not in nodes:
            yield Rejection("unknown-root", root, "a root is no node")
    for node in claims.nodes:
        yield from _check_shape(node, nodes)
    if not is_canonical(claims.record):
        yield Rejection("record-not-canonical", "", "a list of the record is not in order")
    if (claims.record.get("date_of_service") or None) != claims.day:
        yield Rejection("date-differs", "", "date_of_service is not that of the record")
    if claims.assumes != any(node.kind == "assumption" for node in claims.nodes):
        yield Rejection("assumes-differs", "", "assumes does not tell whether it assumes")
    reached: dict[str, bool] = {}
    for root in claims.roots:
        yield from _descend(root, nodes, reached)
    for lost in sorted(set(nodes) - set(reached)):
        yield Rejection("unreachable-node", lost, "no root rests on this node")


def _check_shape(node: Node, nodes: Mapping[str, Node]) -> Iterator[Rejection]:
    if node.kind not in KINDS:
        yield Rejection("unknown-kind", node.id, f"{node.kind!r} is no kind of node")
    elif (node.triple is None) != (node.kind == "contradiction"):
        yield Rejection("malformed-node", node.id, "a triple is missing, or one too many")
    elif node.kind in _LEAVES and (node.premises or node.rule):
        yield Rejection("malformed-node", node.id, "a leaf has neither rule nor premises")
    for premise in node.premises:
        if premise not in nodes:
            yield Rejection("unknown-premise", node.id, f"premise {premise!r} is no node")


def _descend(root: str, nodes: Mapping[str, Node], reached: dict[str, bool]) -> Iterator[Rejection]:
    """Walk down from a root; ``reached`` is false for a node whose premises are being walked."""
    stack = [(root, False)]
    while stack:
        name, done = stack.pop()
        if done:
            reached[name] = True
        elif reached.get(name) is False:
            yield Rejection("cycle", name, "a conclusion rests on itself")
        elif name in nodes and name not in reached:
            reached[name] = False
            stack.append((name, True))
            stack += [(p, False) for p in nodes[name].premises if not reached.get(p)]


@dataclass
class Check:
    """Check leaves, steps, attestations and outcomes of one determination."""

    claims: Claims
    reading: Reading
    nodes: dict[str, Node] = field(init=False)
    world: Closure = field(init=False)

    def __post_init__(self) -> None:
        self.nodes = {node.id: node for node in self.claims.nodes}
        self.world = self.reading.world(frozenset())

    def rejections(self) -> Iterator[Rejection]:
        """Yield every reason to reject."""
        assumed = frozenset(n.triple for n in self.nodes.values()
                            if n.kind == "assumption" and n.triple)  # fmt: skip
        faults = list(self._assumptions(assumed))
        yield from faults
        if assumed and not faults:
            self.world = self.reading.world(assumed)
        for node in self.nodes.values():
            if node.kind in _LEAVES:
                yield from self._leaf(node)
            elif node.kind == "attestation":
                yield from self._attestation(node)
            else:
                yield from self._step(node)
        yield from self._outcomes()

    def _assumptions(self, assumed: frozenset[Triple]) -> Iterator[Rejection]:
        present, absent = iri("nec:presentFeature"), iri("nec:absentFeature")
        chosen: dict[str, set[str]] = {}
        for triple in sorted(assumed - {ASSUMED_DOCUMENTED}):
            s, p, o = triple
            if p not in (present, absent) or s not in self.reading.open.get(o, ()):
                yield Rejection("inadmissible-assumption", self._id(triple), "it is not open")
            chosen.setdefault(o, set()).add(p)
        for feature, links in chosen.items():
            if len(links) > 1:
                yield Rejection("inconsistent-assumptions", "", f"{feature} is assumed both ways")

    def _id(self, triple: Triple) -> str:
        return next((n.id for n in self.nodes.values() if n.triple == triple), "")

    def _leaf(self, node: Node) -> Iterator[Rejection]:
        assert node.triple is not None
        if node.kind == "record":
            places = self.reading.entry.facts.get(node.triple)
            if places is None:
                yield Rejection("not-in-record", node.id, "the record does not say so")
            elif node.path not in places:
                yield Rejection("wrong-path", node.id, "the record does not say so there")
        elif node.kind == "axiom":
            yield from self._axiom(node, node.triple)

    def _axiom(self, node: Node, triple: Triple) -> Iterator[Rejection]:
        edition, knowledge = self.reading.edition, self.reading.edition.knowledge
        stated = knowledge.ontology.get(node.file) or knowledge.shapes.get(node.file) or ()
        if triple not in stated and triple not in set(map(canonical, stated)):
            yield Rejection("not-in-file", node.id, f"{node.file!r} does not state it")
        elif node.file in knowledge.ontology and node.file not in edition.files:
            yield Rejection("not-in-force", node.id, f"{node.file} takes no part on that date")
        elif node.file in knowledge.shapes and triple[1] != ATTESTS:
            yield Rejection("no-axiom", node.id, "of a shape only what it attests takes part")
        elif node.file in knowledge.ontology and not knowledge.is_axiom(triple):
            yield Rejection("no-axiom", node.id, "an annotation takes no part in reasoning")

    def _premises(self, node: Node) -> frozenset[Triple]:
        found = (self.nodes[p].triple for p in node.premises)
        return frozenset(canonical(triple) for triple in found if triple is not None)

    def _step(self, node: Node) -> Iterator[Rejection]:
        rule = TABLE.get(node.rule)
        if rule is None:
            yield Rejection("unknown-rule", node.id, f"{node.rule!r} is no rule of the tables")
        elif not is_instance(rule, node.triple, self._premises(node), self.reading.edition.lists):
            yield Rejection("wrong-step", node.id, f"{node.rule} does not lead there from these")
        elif node.triple is not None and node.triple not in self.world.facts:
            yield Rejection("not-in-closure", node.id, "it does not follow from the record")

    def _attestation(self, node: Node) -> Iterator[Rejection]:
        assert node.triple is not None
        premises = self._premises(node)
        heads = [t for t in premises if t[1] == ATTESTS and t[2] == node.triple[2]]
        focus = node.triple[0]
        if node.rule != CONFORMS or len(heads) != 1 or node.triple[1] != TYPE:
            yield Rejection("malformed-attestation", node.id, "it names no shape that attests it")
            return
        shape = heads[0][0]
        if (shape, focus, node.triple[2]) not in self.world.attested:
            yield Rejection("not-attested", node.id, "the focus node does not conform")
            return
        yield from self._seen(node, shape, premises - {heads[0]})

    def _seen(self, node: Node, shape: str, premises: frozenset[Triple]) -> Iterator[Rejection]:
        assert node.triple is not None
        focus, shapes = node.triple[0], self.reading.edition.knowledge.shape_graph
        number = int(shapes.first(shape, iri("nec:stratum")))
        target = shapes.objects(shape, iri("sh:targetClass"))[0]
        membership = (focus, TYPE, target)
        seen = Seen(shapes, self.world.before[number].facts)
        seen.look(shape, focus)
        if membership not in premises or not seen.must <= premises:
            yield Rejection("value-left-out", node.id, "the shape saw more than it tells")
        elif not premises <= seen.may | {membership}:
            yield Rejection("value-not-seen", node.id, "the shape saw less than it tells")

    def _outcomes(self) -> Iterator[Rejection]:
        claims, entry = self.claims, self.reading.entry
        yield from self._outcome(CASE, claims.outcome, "the case")
        if claims.outcome != OUTCOMES[2] and not any(
            self._says(self.nodes[root], claims.outcome) for root in claims.roots
        ):
            yield Rejection("outcome-without-root", "", "no root says what the outcome says")
        nodes = sorted(entry.services, key=lambda service: service[0][:-1])
        if len(nodes) != len(claims.services):
            yield Rejection("services-differ", "", "services are not those of the record")
            return
        for (node, path), (code, outcome) in zip(nodes, claims.services, strict=True):
            if code not in self._codes(node, path):
                yield Rejection("services-differ", "", f"{code} is not the code of {node}")
            yield from self._outcome(node, outcome, f"service {code}")

    def _says(self, root: Node, outcome: str) -> bool:
        graph = self.reading.edition.knowledge.graph
        if root.triple is None or root.triple[:2] != (CASE, TYPE):
            return False
        yields = graph.objects(root.triple[2], iri("nec:yields"))
        return any(graph.first(o, iri("skos:notation")) == outcome for o in yields)

    def _codes(self, node: str, path: str) -> set[str | None]:
        graph, entry = self.reading.edition.knowledge.graph, self.reading.entry
        found: set[str | None] = {
            graph.first(o, iri("skos:notation"))
            for s, p, o in entry.facts
            if s == node and p == iri("nec:hasCode")
        }
        given = entry.record["services"][int(path.rsplit("/", 1)[-1])].get("code") if path else None
        return found or {given}

    def _outcome(self, subject: str, outcome: str, name: str) -> Iterator[Rejection]:
        reading = self.reading
        if outcome == OUTCOMES[2]:
            if reading.exact and not self._limited() and reading.certain(subject) != outcome:
                yield Rejection("outcome-withheld", "", f"{name} is decided in every completion")
        elif self.world.clashes or reading.world(frozenset()).clashes:
            yield Rejection("inconsistent", "", f"a contradiction leaves {name} undecided")
        elif reading.outcome(self.world, subject) != outcome:
            yield Rejection("outcome-not-entailed", "", f"{name} is not {outcome} in the closure")
        elif reading.certain(subject) != outcome:
            yield Rejection("outcome-not-certain", "", f"some completion leaves {name} otherwise")

    def _limited(self) -> bool:
        """Say whether the answer admits that it ran out of resources; it then claims nothing."""
        graph = self.reading.edition.knowledge.graph
        marked = {s for s, _, _ in graph.about(iri("nec:reasonWhenLimited"))}
        ids = {graph.first(s, iri("skos:notation")) for s in marked}
        reasons = self.claims.document.get("reasons")
        told = reasons if isinstance(reasons, list) else []
        return any(isinstance(r, dict) and r.get("id") in ids for r in told)


# Command line.


def render(verdict: Verdict) -> str:
    """Tell a verdict to people, with nothing in it that a terminal would obey."""
    if verdict.accepted:
        return f"proof stands: {verdict.proofs} root{'' if verdict.proofs == 1 else 's'} checked\n"
    lines = [f"{r.reason}{f' at node {r.node}' if r.node else ''}: {r.text}"
             for r in verdict.rejections]  # fmt: skip
    return "".join(f"{printable(line)}\n" for line in ("proof rejected", *lines))


def printable(text: str) -> str:
    """Return a text with a mark for each character that cannot be seen."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def as_json(verdict: Verdict) -> Json:
    """Return a verdict as plain JSON values."""
    return {
        "accepted": verdict.accepted,
        "proofs": verdict.proofs,
        "rejections": [rejection._asdict() for rejection in verdict.rejections],
    }


def parse(data: bytes) -> object:
    """Parse the JSON text of a determination. Raises MalformedInput."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise MalformedInput(f"not JSON: {error}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Check one determination and return the exit code."""
    parser = argparse.ArgumentParser(prog="verify", description="Check a determination's proof.")
    parser.add_argument(
        "file", metavar="DETERMINATION", help="a JSON file, or - for standard input"
    )
    parser.add_argument("--knowledge", metavar="FOLDER", type=Path,
                        default=Path(__file__).resolve().parent.parent,
                        help="the folder that holds ontology/ and shapes/")  # fmt: skip
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args(arguments)
    try:
        name = options.file
        document = parse(sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes())
        verdict = load(options.knowledge).verify(document)
    except (MalformedInput, OSError) as error:
        sys.stderr.write(f"{printable(f'{options.file}: {error}')}\n")
        return MALFORMED
    except UnfitKnowledge as error:
        sys.stderr.write(f"{printable(str(error))}\n")
        return UNFIT
    told = json.dumps(as_json(verdict), indent=2) + "\n"
    sys.stdout.buffer.write((told if options.format == "json" else render(verdict)).encode())
    sys.stdout.buffer.flush()
    return ACCEPTED if verdict.accepted else REJECTED


if __name__ == "__main__":
    sys.exit(main())
