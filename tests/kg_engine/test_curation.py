"""Say what curators are held to: each rule with a whole ontology, and with one thing amiss."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg_engine.curation import check_curation
from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.terms import Triple
from kg_engine.turtle import parse_turtle, parse_turtle_file

ROOT = Path(__file__).parents[2]
SHAPES = parse_turtle_file(ROOT / "shapes" / "curation.ttl", place="curation.ttl")
HEAD = """PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX ex: <https://example.org/topic#>
PREFIX nec: <https://w3id.org/necessity#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
PROPERTIES = (
    "direction issuer verification locator restsOn nativeEvidenceGrade supportedBy opposedBy "
    "equivocalPer unprovenPer permittedBy mentionedIn studyType confinedTo hasQuantity measure "
    "unit value tier includesSource assertsFrom withoutLowerBound inForceFrom normalisedAs profileStructure citesReference"
)
VERIFIED = "nec:verification nec:first-hand"


def term(name: str, said: str, label: str = "") -> str:
    return (
        f'{name} {said} ; rdfs:label "{label or name}"@en ; skos:definition "A {name}."@en ;\n'
        "  dcterms:source ex:paper ; rdfs:isDefinedBy <https://example.org/topic> .\n"
    )


RECOMMENDATION = (
    "a nec:Recommendation ; nec:direction nec:Supports ; nec:issuer ex:body ; "
    f'nec:locator "p. 1"@en ; nec:restsOn ex:study ; {VERIFIED}'
)
GRADE = 'a nec:Grade ; skos:notation "B" ; skos:inScheme ex:Scale ; nec:normalisedAs ex:strong'
TERMS = {
    "ex:Request": term(
        "ex:Request",
        "a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty nec:supportedBy ;"
        " owl:hasValue ex:advice ]",
    ),
    "ex:advice": term("ex:advice", RECOMMENDATION),
    "ex:study": term(
        "ex:study",
        "a nec:Evidence ; nec:studyType ex:series ; nec:confinedTo ex:Request ; "
        f'nec:hasQuantity ex:rate ; nec:locator "p. 2"@en ; {VERIFIED}',
    ),
    "ex:rate": term(
        "ex:rate",
        f'a nec:Quantity ; nec:measure "rate"@en ; nec:unit "%" ; nec:value 1.5 ; {VERIFIED}',
    ),
    "ex:paper": term(
        "ex:paper",
        f'a nec:Source ; dcterms:title "T" ; nec:issuer ex:body ; nec:tier ex:tier ; '
        f"nec:withoutLowerBound true ; {VERIFIED}",
    ),
    "ex:feature": term("ex:feature", 'a nec:RiskFeature ; skos:notation "feature"'),
    "ex:item": term("ex:item", 'a nec:DocumentationItem ; skos:notation "item"'),
    "ex:policy": term(
        "ex:policy",
        f'a nec:Policy ; skos:notation "policy" ; nec:includesSource ex:paper ; {VERIFIED}',
    ),
    "ex:grade": term("ex:grade", GRADE),
    "ex:profile": term("ex:profile", "a nec:ProcedureProfile ; nec:profileStructure ex:nerve"),
    "ex:code": (
        f'ex:code a nec:Code ; skos:notation "60220" ; skos:inScheme ex:Scale ; {VERIFIED} ; '
        "dcterms:source ex:paper ; rdfs:isDefinedBy <https://example.org/topic> .\n"
    ),
    **{
        name: term(name, f"a {kind}")
        for name, kind in (
            ("ex:body", "owl:NamedIndividual"),
            ("ex:series", "nec:StudyType"),
            ("ex:nerve", "nec:AnatomicalStructure"),
            ("ex:tier", "nec:Tier"),
            ("ex:strong", "nec:NormalisedGrade"),
            ("ex:Scale", "skos:ConceptScheme"),
        )
    },
}
HEADER = "<https://example.org/topic> a owl:Ontology ; nec:assertsFrom ex:paper .\n"


def core() -> str:
    kinds = (
        "Recommendation Evidence Quantity Source RiskFeature DocumentationItem Policy Grade "
        "ProcedureProfile Code StudyType AnatomicalStructure Tier NormalisedGrade Verification"
    )
    names = {
        **dict.fromkeys(PROPERTIES.split(), "a owl:ObjectProperty"),
        **dict.fromkeys(kinds.split(), "a owl:Class"),
        **dict.fromkeys(("first-hand", "unverified"), "a nec:Verification"),
        **dict.fromkeys(("Supports", "Opposes", "Permits", "Unproven", "Equivocal"), "a nec:Way"),
        "Way": "a owl:Class",
    }
    home = "https://w3id.org/necessity/core"
    body = "".join(term(f"nec:{name}", said, f"{said} {name}") for name, said in names.items())
    return f"<{home}> a owl:Ontology .\n" + body.replace("https://example.org/topic>", f"{home}>")


CORE = parse_turtle((HEAD + core()).encode(), place="core.ttl")


def check(body: str, **more: str) -> tuple[Fault, ...]:
    texts = {"topic.ttl": (HEAD + body).encode()}
    texts |= {f"{name}.ttl": (HEAD + text).encode() for name, text in more.items()}
    files: dict[str, frozenset[Triple]] = {"core.ttl": CORE}
    files |= {name: parse_turtle(text, place=name) for name, text in texts.items()}
    return check_curation(files, SHAPES, texts=texts)


def whole(**changed: tuple[str, str]) -> str:
    terms = dict(TERMS)
    for local, (old, new) in changed.items():
        assert old in terms[f"ex:{local}"]
        terms[f"ex:{local}"] = terms[f"ex:{local}"].replace(old, new)
    return HEADER + "".join(terms.values())


def test_a_whole_ontology_has_no_fault() -> None:
    assert check(whole()) == ()


UNVERIFIED = ("nec:first-hand", "nec:unverified")
AMISS = {
    "no label": ("feature", ('rdfs:label "ex:feature"@en ;', ""), "LabelledTermShape"),
    "two labels": ("feature", ('"ex:feature"@en', '"a"@en , "b"@en'), "TermShape-label"),
    "a label in no language": ("feature", ('"ex:feature"@en', '"a"'), "TermShape-label"),
    "no definition": ("feature", ('skos:definition "A ex:feature."@en ;', ""), "DefinedTermShape"),
    "two definitions": ("feature", ('"A ex:feature."@en', '"a"@en , "b"@en'), "TermShape-defini"),
    "no source": ("feature", ("dcterms:source ex:paper ;", ""), "TermShape-source"),
    "a source that is a text": ("feature", ("ex:paper", '"a paper"'), "TermShape-source"),
    "two homes": ("feature", ("isDefinedBy ", "isDefinedBy ex:a , "), "TermShape-isDefinedBy"),
    "an alternative label in no language": (
        "feature",
        ("a nec:RiskFeature", 'a nec:RiskFeature ; skos:altLabel "f"'),
        "TermShape-altLabel",
    ),
    "no kind": ("body", ("a owl:NamedIndividual ;", ""), "TermShape-type"),
    "a feature without notation": (
        "feature",
        ('; skos:notation "feature"', ""),
        "RiskFeatureShape-notation",
    ),
    "an item without notation": (
        "item",
        ('; skos:notation "item"', ""),
        "DocumentationItemShape-notation",
    ),
    "no direction": (
        "advice",
        ("nec:direction nec:Supports ;", ""),
        "RecommendationShape-direction",
    ),
    "a foreign direction": ("advice", ("nec:Supports", "ex:body"), "RecommendationShape-direction"),
    "no issuer": ("advice", ("nec:issuer ex:body ;", ""), "RecommendationShape-issuer"),
    "no verification": ("advice", (f"; {VERIFIED}", ""), "RecommendationShape-verification"),
    "no locator": ("advice", ('nec:locator "p. 1"@en ;', ""), "LocatedRecommendationShape"),
    "no ground": ("advice", ("nec:restsOn ex:study ;", ""), "GroundedRecommendationShape"),
    "a ground that is no evidence": (
        "advice",
        ("restsOn ex:study", "restsOn ex:body"),
        "RecommendationShape-restsOn",
    ),
    "an unverified recommendation that decides": ("advice", UNVERIFIED, "DecisiveRecommendation"),
    "evidence without a study type": (
        "study",
        ("nec:studyType ex:series ;", ""),
        "EvidenceShape-studyType",
    ),
    "evidence confined to nothing": (
        "study",
        ("nec:confinedTo ex:Request ;", ""),
        "EvidenceShape-confinedTo",
    ),
    "evidence without verification": ("study", (f"; {VERIFIED}", ""), "EvidenceShape-verification"),
    "evidence from nowhere": ("study", ('nec:locator "p. 2"@en ;', ""), "LocatedEvidenceShape"),
    "a figure without a unit": ("rate", ('nec:unit "%" ;', ""), "QuantityShape-unit"),
    "a figure without a value": ("rate", ("nec:value 1.5 ;", ""), "ValuedQuantityShape"),
    "a figure in words": ("rate", ("nec:value 1.5", 'nec:value "few"'), "QuantityShape-value"),
    "a figure without a measure": ("rate", ('nec:measure "rate"@en ;', ""), "QuantityShape-measur"),
    "a figure without verification": ("rate", (f"; {VERIFIED}", ""), "QuantityShape-verificatio"),
    "a source without a title": ("paper", ('dcterms:title "T" ;', ""), "SourceShape-title"),
    "a source without a tier": ("paper", ("nec:tier ex:tier ;", ""), "SourceShape-tier"),
    "a source without an issuer": ("paper", ("nec:issuer ex:body ;", ""), "FoundSourceShape"),
    "a source without verification": ("paper", (f"; {VERIFIED}", ""), "SourceShape-verification"),
    "a policy without sources": (
        "policy",
        ("nec:includesSource ex:paper ;", ""),
        "PolicyShape-includesSource",
    ),
    "a grade on no common scale": (
        "grade",
        ("; nec:normalisedAs ex:strong", ""),
        "GradeShape-normalisedAs",
    ),
    "a grade of no scale": ("grade", ("; skos:inScheme ex:Scale", ""), "GradeShape-inScheme"),
    "a profile that says nothing": (
        "profile",
        ("; nec:profileStructure ex:nerve", ""),
        "SpokenProfileShape",
    ),
    "a code of no system": ("code", ("; skos:inScheme ex:Scale", ""), "CodeShape-inScheme"),
    "a code without notation": ("code", ('; skos:notation "60220"', ""), "CodeShape-notation"),
    "a code without verification": ("code", (f"{VERIFIED} ;", ""), "CodeShape-verification"),
}


@pytest.mark.parametrize("name", AMISS)
def test_what_is_amiss_is_named_with_file_line_and_remedy(name: str) -> None:
    local, change, shape = AMISS[name]
    body = whole(**{local: change})
    found = [fault for fault in check(body) if shape in fault.message]
    assert found
    lines = (HEAD + body).splitlines()
    line = next(n for n, text in enumerate(lines, start=1) if text.startswith(f"ex:{local} "))
    assert {fault.place for fault in found} == {f"topic.ttl:{line}"}
    assert all(fault.remedy for fault in found)


WAYS = {
    "supportedBy": "Supports",
    "opposedBy": "Opposes",
    "permittedBy": "Permits",
    "unprovenPer": "Unproven",
    "equivocalPer": "Equivocal",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("direction", WAYS.values())
def test_the_direction_agrees_with_the_property(way: str, direction: str) -> None:
    body = whole(
        Request=("nec:supportedBy", f"nec:{way}"), advice=("nec:Supports", f"nec:{direction}")
    )
    found = [fault.message for fault in check(body)]
    agrees = WAYS[way] == direction
    assert found == ([] if agrees else [f"advice breaks {WAYS[way]}DirectionShape, Or."])


def test_an_unverified_recommendation_may_be_mentioned() -> None:
    body = whole(Request=("nec:supportedBy", "nec:mentionedIn"), advice=UNVERIFIED)
    assert check(body) == ()


def test_a_recommendation_that_is_not_graded_needs_no_evidence() -> None:
    body = whole(advice=("nec:restsOn ex:study", "nec:nativeEvidenceGrade ex:grade"))
    assert check(body) == ()


def messages(body: str, **more: str) -> str:
    return "\n".join(map(str, check(body, **more)))


def test_a_label_is_unique_in_all_files_whatever_its_case() -> None:
    other = "<https://example.org/other> a owl:Ontology .\n" + term(
        "ex:twin", "a owl:Class", "EX:Nerve"
    )
    other = other.replace(
        "isDefinedBy <https://example.org/topic>", "isDefinedBy <https://example.org/other>"
    )
    found = messages(whole(), other=other)
    assert "twin shares its label 'ex:nerve' with <https://example.org/topic#nerve>" in found
    assert "nerve shares its label 'ex:nerve' with <https://example.org/topic#twin>" in found


def test_a_name_that_is_defined_nowhere_is_found() -> None:
    assert "profile uses nerves, which is defined nowhere" in messages(
        whole(profile=("ex:nerve", "ex:nerves"))
    )


def test_a_name_within_an_axiom_is_traced_to_its_class() -> None:
    found = messages(whole(Request=("owl:hasValue ex:advice", "owl:hasValue ex:advices")))
    assert "Request uses advices, which is defined nowhere" in found


def test_a_name_of_another_vocabulary_is_left_alone() -> None:
    assert check(whole(body=("owl:NamedIndividual", "<https://other.org/x#Agent>"))) == ()


def test_a_predicate_that_is_no_property_is_found() -> None:
    found = messages(whole(body=("a owl:NamedIndividual", "a owl:NamedIndividual ; nec:like 1")))
    assert "body uses like, which is declared no property" in found


def test_a_term_without_a_home_is_found() -> None:
    assert "stray has statements and no home" in messages(whole() + "ex:stray a owl:Class .\n")


def test_a_term_of_another_file_is_misplaced() -> None:
    wrong = ("<https://example.org/topic>", "<https://example.org/other>")
    assert "nerve is said to be defined in other, and is not" in messages(whole(nerve=wrong))


@pytest.mark.parametrize("header", ["", HEADER + "<https://example.org/b> a owl:Ontology .\n"])
def test_a_file_has_one_header(header: str) -> None:
    assert "ontology headers" in messages(whole().replace(HEADER, header))


def test_the_line_is_left_out_where_the_text_is_not_known() -> None:
    body = whole(feature=('; skos:notation "feature"', ""))
    files = {"core.ttl": CORE, "t.ttl": parse_turtle((HEAD + body).encode(), place="t.ttl")}
    assert [fault.place for fault in check_curation(files, SHAPES)] == ["t.ttl"]


def test_ill_shapes_are_refused() -> None:
    ill = b"""PREFIX sh: <http://www.w3.org/ns/shacl#>
<urn:s> a sh:NodeShape ; sh:targetNode <urn:a> ; sh:minLength 'x' , 'y' ; sh:or <urn:l> ."""
    with pytest.raises(KnowledgeRefused, match="curation shapes"):
        check_curation({"core.ttl": CORE}, parse_turtle(ill, place="ill.ttl"))


def test_the_ontology_is_whole() -> None:
    paths = sorted((ROOT / "ontology").rglob("*.ttl"))
    texts = {str(path.relative_to(ROOT)): path.read_bytes() for path in paths}
    files = {name: parse_turtle(text, place=name) for name, text in texts.items()}
    found = check_curation(files, SHAPES, texts=texts)
    assert found == (), "\n".join(map(str, found))
