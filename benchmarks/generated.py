"""Generate knowledge of any size, and cases for it, from a seed: the same seed, the same triples.

The knowledge has the build of the shipped one and none of its words: a deep tree of procedures,
codes that imply them, profiles that lead along property chains to what is put at risk, and
request classes, each an intersection of conditions, that a recommendation governs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from random import Random

from kg_engine.namespaces import OWL, RDF, RDFS, TYPE, Namespace
from kg_engine.terms import IRI, BNode, Term, Triple

G = Namespace("https://generated.example/")
_TRIPLES_OF_A_FAMILY = 117
_CLASSES, _CODES = 8, 10
_MODALITIES, _REGION, _TELLING = 24, 12, 0.3


def family_count(size: int) -> int:
    """Return how many families knowledge of about ``size`` triples has."""
    return max(2, size // _TRIPLES_OF_A_FAMILY)


def generate(size: int, seed: int = 1) -> list[Triple]:
    """Generate about ``size`` triples of knowledge."""
    random, found = Random(f"{seed} {size}"), list(_frame())  # noqa: S311 - no secret
    for k in range(family_count(size)):
        found += _anatomy(k)
        found += _procedures(k, random)
        found += _diagnoses(k, random)
        found += _rules(k, random)
    return list(dict.fromkeys(found))


def generate_case(size: int, number: int, seed: int = 1) -> list[Triple]:
    """Generate a case for knowledge of a size; its individuals are its own.

    It has one to three procedures, each with a request, and one to four diagnoses.
    """
    random, families = Random(f"{seed} case {number}"), family_count(size)  # noqa: S311 - no secret
    case = own(number, "case")
    facts = [Triple(case, TYPE, G.Case)]
    for n in range(random.randint(1, 3)):
        facts += _operation(number, n, random, families)
    for n in range(random.randint(1, 4)):
        diagnosis = own(number, f"diagnosis-{n}")
        code = G(f"disorder-code-{random.randrange(families)}-{random.randrange(2)}")
        facts.append(Triple(case, G.hasDiagnosis, diagnosis))
        facts.append(Triple(diagnosis, G.hasCode, code))
        facts.append(Triple(diagnosis, G.diagnosisNote, own(number, f"note-{n}")))
    return list(dict.fromkeys(facts))


def own(number: int, name: str) -> IRI:
    """Return an individual of a case."""
    return G(f"case-{number}/{name}")


def _operation(number: int, n: int, random: Random, families: int) -> Iterator[Triple]:
    """Yield a procedure with its code and features, and the request for it."""
    case, family = own(number, "case"), random.randrange(families)
    procedure, request = own(number, f"procedure-{n}"), own(number, f"request-{n}")
    yield Triple(case, G.hasProcedure if n else G.mainProcedure, procedure)
    yield Triple(procedure, G.hasCode, G(f"code-{family}-{random.randrange(_CODES)}"))
    yield Triple(case, G.hasRequest, request)
    yield Triple(request, G.forProcedure, procedure)
    yield Triple(request, G.usesModality, G(f"modality-{random.randrange(_MODALITIES)}"))
    if random.random() < _TELLING:
        yield Triple(procedure, G.hasFeature, G(f"feature-{family}"))
    for _ in range(random.randint(1, 6)):
        yield Triple(procedure, G.hasFeature, G(f"feature-{random.randrange(families)}"))


def _frame() -> Iterator[Triple]:
    """Yield the properties: chains, one transitive, two inverses, domains, and two disjoint trees."""
    yield Triple(G.partOf, TYPE, OWL.TransitiveProperty)
    yield Triple(G.hasPart, OWL.inverseOf, G.partOf)
    yield Triple(G.requestOf, OWL.inverseOf, G.hasRequest)
    yield Triple(G.mainProcedure, RDFS.subPropertyOf, G.hasProcedure)
    yield Triple(G.hasProcedure, RDFS.range, G.Procedure)
    yield Triple(G.hasDiagnosis, RDFS.range, G.Disorder)
    yield Triple(G.hasRequest, RDFS.domain, G.Case)
    yield Triple(G.hasRequest, RDFS.range, G.Request)
    yield Triple(G.Procedure, OWL.disjointWith, G.Disorder)
    yield Triple(G.Request, OWL.disjointWith, G.Procedure)
    yield from _chain(G.putsAtRisk, G.hasProfile, G.profileStructure)
    yield from _chain(G.putsAtRisk, G.putsAtRisk, G.partOf)
    yield from _chain(G.requestRisk, G.forProcedure, G.putsAtRisk)
    yield from _chain(G.requestFeature, G.forProcedure, G.hasFeature)
    yield from _chain(G.requestSite, G.requestOf, G.hasDiagnosis, G.diagnosisSite)


def _anatomy(k: int) -> Iterator[Triple]:
    """Yield a nerve with two branches; every nerve is part of one region of a few."""
    nerve, region = G(f"nerve-{k}"), G(f"region-{k // _REGION}")
    yield Triple(nerve, TYPE, G.Nerve)
    yield Triple(nerve, G.partOf, region)
    for branch in (G(f"branch-{k}-0"), G(f"branch-{k}-1")):
        yield Triple(branch, TYPE, G.Nerve)
        yield Triple(branch, G.partOf, nerve)


def _procedures(k: int, random: Random) -> Iterator[Triple]:
    """Yield a branch of procedure classes below an earlier family, its codes, and its profile."""
    above = G(f"Procedure-{(k - 1) // 3}-1") if k else G.Procedure
    for n in range(_CLASSES):
        class_ = G(f"Procedure-{k}-{n}")
        yield Triple(class_, TYPE, OWL.Class)
        yield Triple(class_, RDFS.subClassOf, above)
        above = class_ if n < 4 else G(f"Procedure-{k}-3")
    for n in range(_CODES):
        leaf = G(f"Procedure-{k}-{random.randrange(3, _CLASSES)}")
        yield from _implied(G.hasCode, G(f"code-{k}-{n}"), leaf)
    profile = G(f"profile-{k}")
    yield from _implies(G(f"Procedure-{k}-0"), G.hasProfile, profile)
    yield Triple(profile, G.profileStructure, G(f"branch-{k}-{random.randrange(2)}"))
    yield Triple(profile, G.profileStructure, G(f"nerve-{random.randrange(k + 1)}"))


def _diagnoses(k: int, random: Random) -> Iterator[Triple]:
    """Yield two disorders with their codes and sites."""
    for n in range(2):
        disorder = G(f"Disorder-{k}-{n}")
        yield Triple(disorder, RDFS.subClassOf, G.Disorder)
        yield from _implied(G.hasCode, G(f"disorder-code-{k}-{n}"), disorder)
        yield from _implies(disorder, G.diagnosisSite, G(f"nerve-{random.randrange(k + 1)}"))


def _rules(k: int, random: Random) -> Iterator[Triple]:
    """Yield two request classes, one that demands the feature, and what governs each."""
    kind = yield from _restricted(G.forProcedure, OWL.someValuesFrom, G(f"Procedure-{k}-0"))
    risk = yield from _restricted(G.requestRisk, OWL.hasValue, G(f"nerve-{k}"))
    feature = yield from _restricted(G.requestFeature, OWL.hasValue, G(f"feature-{k}"))
    modality = G(f"modality-{random.randrange(_MODALITIES)}")
    service = yield from _restricted(G.usesModality, OWL.hasValue, modality)
    for n, last in enumerate((feature, service)):
        request, both = G(f"Request-{k}-{n}"), _blank("both", f"{k}", f"{n}")
        yield Triple(both, TYPE, OWL.Class)
        yield from _listed(both, OWL.intersectionOf, (kind, risk, last))
        yield Triple(both, RDFS.subClassOf, request)
        yield from _implies(request, G.governedBy, G(f"recommendation-{k}-{n}"))


def _restricted(p: IRI, kind: IRI, value: Term) -> Generator[Triple, None, BNode]:
    """Yield a restriction and return its node: one node, however often the same is said."""
    node = _blank("some", p, value)
    yield Triple(node, TYPE, OWL.Restriction)
    yield Triple(node, OWL.onProperty, p)
    yield Triple(node, kind, value)
    return node


def _implied(p: IRI, value: IRI, class_: IRI) -> Iterator[Triple]:
    """Yield that whatever has a value is of a class."""
    node = yield from _restricted(p, OWL.hasValue, value)
    yield Triple(node, RDFS.subClassOf, class_)


def _implies(class_: IRI, p: IRI, value: IRI) -> Iterator[Triple]:
    """Yield that whatever is of a class has a value."""
    node = yield from _restricted(p, OWL.hasValue, value)
    yield Triple(class_, RDFS.subClassOf, node)


def _chain(p: IRI, *links: IRI) -> Iterator[Triple]:
    yield from _listed(p, OWL.propertyChainAxiom, links)


def _listed(subject: Term, p: IRI, members: tuple[Term, ...]) -> Iterator[Triple]:
    """Yield a list as the object of a triple."""
    cells: list[Term] = [_blank("list", subject, *members[n:]) for n in range(len(members))]
    yield Triple(subject, p, cells[0])
    for n, member in enumerate(members):
        yield Triple(cells[n], RDF.first, member)
        yield Triple(cells[n], RDF.rest, cells[n + 1] if n + 1 < len(cells) else RDF.nil)


def _blank(*said: Term | str) -> BNode:
    """Return a blank node named by what it says, as blank nodes of knowledge files are."""
    text = " ".join(map(str, said))
    return BNode("_:x" + hashlib.sha256(text.encode()).hexdigest()[:20])
