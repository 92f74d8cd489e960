"""Each rule of OWL 2 RL, Tables 4 to 8, fires on its premises and on nothing less."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from kg_engine.base import close_knowledge, upon
from kg_engine.closure import Closure
from kg_engine.terms import Triple
from kg_engine.turtle import parse_turtle

PREFIXES = """
PREFIX : <urn:t#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""


class Example(NamedTuple):
    """A rule, premises that fire it, what follows ("" for false), and premises that do not."""

    rule: str
    firing: str
    conclusion: str
    idle: str


SVF = ":X owl:onProperty :p ; owl:someValuesFrom :Y ."
HV = ":X owl:onProperty :p ; owl:hasValue :y ."
MAX0 = ":X owl:onProperty :p ; owl:maxCardinality 0 . :u a :X . "
MAX1 = ":X owl:onProperty :p ; owl:maxCardinality 1 . :u a :X . "
MAXQ0 = ":X owl:onProperty :p ; owl:maxQualifiedCardinality 0 ; owl:onClass :C . :u a :X . "
MAXQ1 = ":X owl:onProperty :p ; owl:maxQualifiedCardinality 1 ; owl:onClass :C . :u a :X . "
NPA = ":n owl:sourceIndividual :a ; owl:assertionProperty :p ; "
EXAMPLES = [
    Example("eq-sym", ":a owl:sameAs :b .", ":b owl:sameAs :a", ":a owl:differentFrom :b ."),
    Example("eq-trans", ":a owl:sameAs :b . :b owl:sameAs :c .", ":a owl:sameAs :c",
            ":a owl:sameAs :b . :d owl:sameAs :c ."),
    Example("eq-rep-s", ":a owl:sameAs :b ; :p :c .", ":b :p :c", ":a :q :b ; :p :c ."),
    Example("eq-rep-p", ":p owl:sameAs :q . :a :p :c .", ":a :q :c", ":p :r :q . :a :p :c ."),
    Example("eq-rep-o", ":a owl:sameAs :b . :c :p :a .", ":c :p :b", ":a :q :b . :c :p :a ."),
    Example("eq-diff1", ":a owl:sameAs :b ; owl:differentFrom :b .", "",
            ":a owl:sameAs :b ; owl:differentFrom :c ."),
    Example("eq-diff2", ":n a owl:AllDifferent ; owl:members ( :a :b ) . :a owl:sameAs :b .", "",
            ":n a owl:AllDifferent ; owl:members ( :a :c ) . :a owl:sameAs :b ."),
    Example("eq-diff3",
            ":n a owl:AllDifferent ; owl:distinctMembers ( :a :b ) . :a owl:sameAs :b .", "",
            ":n a owl:AllDifferent ; owl:distinctMembers ( :c :b ) . :a owl:sameAs :b ."),
    Example("prp-dom", ":p rdfs:domain :C . :a :p :b .", ":a a :C", ":p rdfs:domain :C . :a :q :b ."),
    Example("prp-rng", ":p rdfs:range :C . :a :p :b .", ":b a :C", ":p rdfs:range :C . :a :q :b ."),
    Example("prp-fp", ":p a owl:FunctionalProperty . :a :p :b , :c .", ":b owl:sameAs :c",
            ":p a owl:FunctionalProperty . :a :p :b . :d :p :c ."),
    Example("prp-ifp", ":p a owl:InverseFunctionalProperty . :a :p :c . :b :p :c .",
            ":a owl:sameAs :b", ":p a owl:InverseFunctionalProperty . :a :p :c . :b :p :d ."),
    Example("prp-irp", ":p a owl:IrreflexiveProperty . :a :p :a .", "",
            ":p a owl:IrreflexiveProperty . :a :p :b ."),
    Example("prp-symp", ":p a owl:SymmetricProperty . :a :p :b .", ":b :p :a",
            ":q a owl:SymmetricProperty . :a :p :b ."),
    Example("prp-asyp", ":p a owl:AsymmetricProperty . :a :p :b . :b :p :a .", "",
            ":p a owl:AsymmetricProperty . :a :p :b . :b :p :c ."),
    Example("prp-trp", ":p a owl:TransitiveProperty . :a :p :b . :b :p :c .", ":a :p :c",
            ":p a owl:TransitiveProperty . :a :p :b . :d :p :c ."),
    Example("prp-spo1", ":p rdfs:subPropertyOf :q . :a :p :b .", ":a :q :b",
            ":p rdfs:subPropertyOf :q . :a :r :b ."),
    Example("prp-spo2", ":q owl:propertyChainAxiom ( :p :r :p ) . :a :p :b . :b :r :c . :c :p :d .",
            ":a :q :d",
            ":q owl:propertyChainAxiom ( :p :r :p ) . :a :p :b . :b :p :c . :c :r :d ."),
    Example("prp-eqp1", ":p owl:equivalentProperty :q . :a :p :b .", ":a :q :b",
            ":p owl:equivalentProperty :q . :a :r :b ."),
    Example("prp-eqp2", ":p owl:equivalentProperty :q . :a :q :b .", ":a :p :b",
            ":p owl:equivalentProperty :q . :a :r :b ."),
    Example("prp-pdw", ":p owl:propertyDisjointWith :q . :a :p :b ; :q :b .", "",
            ":p owl:propertyDisjointWith :q . :a :p :b ; :q :c ."),
    Example("prp-adp",
            ":n a owl:AllDisjointProperties ; owl:members ( :p :q ) . :a :p :b ; :q :b .", "",
            ":n a owl:AllDisjointProperties ; owl:members ( :p :r ) . :a :p :b ; :q :b ."),
    Example("prp-inv1", ":p owl:inverseOf :q . :a :p :b .", ":b :q :a",
            ":p owl:inverseOf :q . :a :r :b ."),
    Example("prp-inv2", ":p owl:inverseOf :q . :a :q :b .", ":b :p :a",
            ":p owl:inverseOf :q . :a :r :b ."),
    Example("prp-key", ":C owl:hasKey ( :k :l ) . :a a :C ; :k 1 ; :l 2 . :b a :C ; :k 1 ; :l 2 .",
            ":a owl:sameAs :b",
            ":C owl:hasKey ( :k :l ) . :a a :C ; :k 1 ; :l 2 . :b a :C ; :k 1 ; :l 3 ."),
    Example("prp-npa1", NPA + "owl:targetIndividual :b . :a :p :b .", "",
            NPA + "owl:targetIndividual :b . :a :p :c ."),
    Example("prp-npa2", NPA + "owl:targetValue 1 . :a :p 1 .", "",
            NPA + "owl:targetValue 1 . :a :p 2 ."),
    Example("cls-nothing2", ":a a owl:Nothing .", "", ":a a owl:Thing ."),
    Example("cls-int1", ":X owl:intersectionOf ( :A :B ) . :a a :A , :B .", ":a a :X",
            ":X owl:intersectionOf ( :A :B ) . :a a :A ."),
    Example("cls-int2", ":X owl:intersectionOf ( :A :B ) . :a a :X .", ":a a :B",
            ":X owl:intersectionOf ( :A :C ) . :a a :X ."),
    Example("cls-uni", ":X owl:unionOf ( :A :B ) . :a a :B .", ":a a :X",
            ":X owl:unionOf ( :A :B ) . :a a :C ."),
    Example("cls-com", ":A owl:complementOf :B . :a a :A , :B .", "",
            ":A owl:complementOf :B . :a a :A , :C ."),
    Example("cls-svf1", SVF + " :a :p :b . :b a :Y .", ":a a :X", SVF + " :a :p :b . :b a :Z ."),
    Example("cls-svf2", ":X owl:onProperty :p ; owl:someValuesFrom owl:Thing . :a :p :b .",
            ":a a :X", ":X owl:onProperty :p ; owl:someValuesFrom owl:Thing . :a :q :b ."),
    Example("cls-avf", ":X owl:onProperty :p ; owl:allValuesFrom :Y . :a a :X ; :p :b .",
            ":b a :Y", ":X owl:onProperty :p ; owl:allValuesFrom :Y . :a a :Z ; :p :b ."),
    Example("cls-hv1", HV + " :a a :X .", ":a :p :y", HV + " :a a :Z ."),
    Example("cls-hv2", HV + " :a :p :y .", ":a a :X", HV + " :a :p :z ."),
    Example("cls-maxc1", MAX0 + ":u :p :a .", "", MAX0 + ":u :q :a ."),
    Example("cls-maxc2", MAX1 + ":u :p :a , :b .", ":a owl:sameAs :b", MAX1 + ":u :p :a ; :q :b ."),
    Example("cls-maxqc1", MAXQ0 + ":u :p :a . :a a :C .", "", MAXQ0 + ":u :p :a . :a a :D ."),
    Example("cls-maxqc2", MAXQ0.replace(":C", "owl:Thing") + ":u :p :a .", "",
            MAXQ0.replace(":C", "owl:Thing") + ":u :q :a ."),
    Example("cls-maxqc3", MAXQ1 + ":u :p :a , :b . :a a :C . :b a :C .", ":a owl:sameAs :b",
            MAXQ1 + ":u :p :a , :b . :a a :C . :b a :D ."),
    Example("cls-maxqc4", MAXQ1.replace(":C", "owl:Thing") + ":u :p :a , :b .", ":a owl:sameAs :b",
            MAXQ1.replace(":C", "owl:Thing") + ":u :p :a ; :q :b ."),
    Example("cls-oo", ":X owl:oneOf ( :a :b ) .", ":a a :X", ":X owl:oneOf ( :c :b ) ."),
    Example("cax-sco", ":A rdfs:subClassOf :B . :a a :A .", ":a a :B",
            ":B rdfs:subClassOf :A . :a a :A ."),
    Example("cax-eqc1", ":A owl:equivalentClass :B . :a a :A .", ":a a :B",
            ":C owl:equivalentClass :B . :a a :A ."),
    Example("cax-eqc2", ":A owl:equivalentClass :B . :a a :B .", ":a a :A",
            ":A owl:equivalentClass :C . :a a :B ."),
    Example("cax-dw", ":A owl:disjointWith :B . :a a :A , :B .", "",
            ":A owl:disjointWith :B . :a a :A . :b a :B ."),
    Example("cax-adc", ":n a owl:AllDisjointClasses ; owl:members ( :A :B ) . :a a :A , :B .", "",
            ":n a owl:AllDisjointClasses ; owl:members ( :A :C ) . :a a :A , :B ."),
    Example("dt-not-type", ':a :p "x"^^xsd:integer .', "", ":a :p 1 ."),
]  # fmt: skip


def close(text: str) -> Closure:
    return close_knowledge(parse_turtle((PREFIXES + text).encode(), place="example"))


def only_triple(text: str) -> Triple:
    (triple,) = parse_turtle(f"{PREFIXES} {text} .".encode(), place="conclusion")
    return triple


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.rule)
def test_a_rule_fires_on_its_premises_and_on_nothing_less(example: Example) -> None:
    fired, idle = close(example.firing), close(example.idle)
    if not example.conclusion:
        assert example.rule in {clash.clause.rule for clash in fired.contradictions}
        assert not idle.contradictions
        return
    conclusion = only_triple(example.conclusion)
    assert example.rule in {d.rule for d in fired.derivations if d.conclusion == conclusion}
    assert conclusion not in idle


def test_equal_values_are_one_literal() -> None:
    closure = close(':X owl:onProperty :p ; owl:hasValue "1"^^xsd:integer . :a :p "1"^^xsd:int .')
    assert only_triple(":a a :X") in closure


def test_a_fact_holds_where_a_derivation_goes_through() -> None:
    axioms = PREFIXES + ":X owl:intersectionOf ( :A :B ) . :X rdfs:subClassOf :Y ."
    closure = upon(close_knowledge(parse_turtle(axioms.encode(), place="axioms")), 0b1111)
    closure.extend([(only_triple(":a a :A"), 0b0110), (only_triple(":a a :B"), 0b0011)])
    assert closure.mask(only_triple(":a a :Y")) == 0b0010
    closure.extend([(only_triple(":a a :B"), 0b0100)])
    assert closure.mask(only_triple(":a a :Y")) == 0b0110
    closure.extend([(only_triple(":a a :Y"), 0b1000)])
    assert closure.mask(only_triple(":a a :Y")) == 0b1110


def test_equal_names_share_what_a_case_says_by_any_property() -> None:
    axioms = parse_turtle(f"{PREFIXES} :p a owl:FunctionalProperty .".encode(), place="axioms")
    closure = upon(close_knowledge(axioms, terms=[only_triple(":a :q :b").p]))
    closure.extend((only_triple(t), 1) for t in (":a :p :b", ":a :p :c", ":b :q :d", ":e :q :c"))
    for told in (":b owl:sameAs :c", ":c :q :d", ":e :q :b"):
        assert only_triple(told) in closure


def test_a_contradiction_rules_out_its_worlds_alone() -> None:
    axioms = PREFIXES + ":p owl:propertyDisjointWith :q ."
    closure = upon(close_knowledge(parse_turtle(axioms.encode(), place="axioms")), 0b11)
    closure.extend([(only_triple(":a :p :b"), 0b01), (only_triple(":a :q :b"), 0b11)])
    assert closure.inconsistent() == 0b01
