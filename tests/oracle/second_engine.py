"""Close raw triples with another engine: clingo, running the rules as the specification has them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import clingo

from kg_engine.namespaces import OWL, RDF, RDFS, TYPE, XSD
from kg_engine.program import normal
from kg_engine.terms import IRI, Literal, Term, Triple

RULES = Path(__file__).with_name("owl2rl.lp")
NAMES: dict[Term, str] = {
    RDF.first: "first", RDF.rest: "rest", RDF.nil: "nil", TYPE: "type",
    RDFS.domain: "domain", RDFS.range: "range",
    RDFS.subClassOf: "subclass", RDFS.subPropertyOf: "subproperty",
    OWL.sameAs: "same", OWL.differentFrom: "different", OWL.AllDifferent: "alldifferent",
    OWL.members: "members", OWL.distinctMembers: "distinctmembers",
    OWL.FunctionalProperty: "functional", OWL.InverseFunctionalProperty: "inversefunctional",
    OWL.IrreflexiveProperty: "irreflexive", OWL.SymmetricProperty: "symmetric",
    OWL.AsymmetricProperty: "asymmetric", OWL.TransitiveProperty: "transitive",
    OWL.propertyChainAxiom: "chain", OWL.equivalentProperty: "equivalentproperty",
    OWL.propertyDisjointWith: "propertydisjoint", OWL.inverseOf: "inverse", OWL.hasKey: "key",
    OWL.AllDisjointProperties: "alldisjointproperties", OWL.Nothing: "nothing", OWL.Thing: "thing",
    OWL.AllDisjointClasses: "alldisjointclasses", OWL.sourceIndividual: "sourceindividual",
    OWL.assertionProperty: "assertionproperty", OWL.targetIndividual: "targetindividual",
    OWL.targetValue: "targetvalue", OWL.intersectionOf: "intersection", OWL.unionOf: "union",
    OWL.complementOf: "complement", OWL.someValuesFrom: "somevalues", OWL.onProperty: "onproperty",
    OWL.allValuesFrom: "allvalues", OWL.hasValue: "hasvalue", OWL.oneOf: "oneof",
    OWL.maxCardinality: "maxcardinality", OWL.maxQualifiedCardinality: "maxqualified",
    OWL.onClass: "onclass", OWL.equivalentClass: "equivalentclass", OWL.disjointWith: "disjoint",
    Literal("0", XSD.integer): "zero", Literal("1", XSD.integer): "one",
}  # fmt: skip


def close(triples: Iterable[Triple]) -> tuple[frozenset[Triple], frozenset[str]]:
    """Return all that the rules entail, and the names of the rules that find a contradiction."""
    given = [normal(triple) for triple in triples]
    terms = sorted({t for triple in given for t in triple}, key=str)
    symbols = {
        term: clingo.Function(NAMES[term]) if term in NAMES else clingo.Number(number)
        for number, term in enumerate(terms)
    }
    back = {symbol: term for term, symbol in symbols.items()}
    back |= {clingo.Function(name): term for term, name in NAMES.items()}
    control = clingo.Control(["--warn=none"])
    control.load(str(RULES))
    facts = "".join(f"g({','.join(str(symbols[t]) for t in triple)}).\n" for triple in given)
    control.add("base", [], facts)
    control.ground([("base", [])])
    entailed, clashes = set(), set()
    with control.solve(yield_=True) as models:
        for model in models:
            for atom in model.symbols(shown=True):
                if atom.name == "clash":
                    clashes.add(atom.arguments[0].string)
                else:
                    s, p, o = (back[argument] for argument in atom.arguments)
                    entailed.add(Triple(s, IRI(str(p)), o))
    return frozenset(entailed), frozenset(clashes)
