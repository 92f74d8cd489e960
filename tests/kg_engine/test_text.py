"""Free text names concepts by whole words; what it denies does not count."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg_engine.errors import KnowledgeRefused
from kg_engine.graphs import Graph
from kg_engine.namespaces import NEC, Namespace
from kg_engine.text import Lexicon, Mention, build_lexicon, match
from kg_engine.turtle import parse_turtle, parse_turtle_file

EX = Namespace("urn:ex:")
CUES = parse_turtle_file(
    Path(__file__).parents[2] / "ontology" / "text-cues.ttl", place="text-cues.ttl"
)
TERMS = b"""
PREFIX ex: <urn:ex:>
PREFIX nec: <https://w3id.org/necessity#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
ex:Paired rdfs:subClassOf ex:Structure .
ex:rln a ex:Structure ; rdfs:label "recurrent laryngeal nerve"@en ; skos:altLabel "RLN"@en .
ex:nerve a ex:Paired ; rdfs:label "laryngeal nerve"@en .
ex:ligament a ex:Structure ; rdfs:label "anterior longitudinal ligament"@en ;
    skos:altLabel "ALL"@en .
ex:elsewhere a ex:Feature ; rdfs:label "prior surgery elsewhere in the neck"@en .
ex:old a ex:Structure ; rdfs:label "obsolete thing"@en ; owl:deprecated true .
ex:myelopathy a ex:Feature ; rdfs:label "myelopathy"@en .
ex:malignancy a ex:Feature ; rdfs:label "malignancy"@en ; skos:altLabel "cancer"@en, "tumour"@en .
ex:surgery a ex:Feature ; rdfs:label "prior surgery"@en ; skos:notation "prior-surgery" .
ex:union a ex:Feature ; rdfs:label "non-union"@en .
ex:cold1 a ex:Feature ; rdfs:label "cold"@en .
ex:cold2 a ex:Feature ; rdfs:label "cold"@en .
ex:level a ex:Level ; rdfs:label "T9-T10"@en ; skos:altLabel "T9/10"@en .
ex:Fusion rdfs:subClassOf ex:Operation ; rdfs:label "fusion"@en .
ex:CervicalFusion rdfs:subClassOf ex:Fusion ; rdfs:label "cervical fusion"@en ;
    skos:altLabel "CF"@en .
ex:Operation rdfs:label "operation"@en .
"""
GRAPH = Graph(parse_turtle(TERMS, place="terms") | CUES)
KINDS = (EX.Structure, EX.Feature, EX.Level)
LEXICON = build_lexicon(GRAPH, instances_of=KINDS, subclasses_of=[EX.Operation])


def named(text: str, lexicon: Lexicon = LEXICON) -> list[tuple[str, bool]]:
    """Return the local name (or names) of each mention, and whether it is negated."""
    found = match(lexicon, text)
    return [("|".join(iri.removeprefix(EX.base) for iri in m.candidates), m.negated) for m in found]


def affirmed(text: str) -> set[str]:
    return {name for name, negated in named(text) if not negated}


def denied(text: str) -> set[str]:
    return {name for name, negated in named(text) if negated}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("the Recurrent Laryngeal NERVES", ["rln"]),
        ("recurrent\u2011laryngeal \u2014 nerve's course", ["rln"]),
        ("both RLNs", ["rln"]),
        ("rln", []),
        ("ALL of it", ["ligament"]),
        ("all of it", []),
        ("T9\u2013T10 and t9 / 10", ["level", "level"]),
        ("T9.T10", []),
        ("prior-surgery; prior\nsurgery", ["surgery", "surgery"]),
        ("prior surgery", ["surgery"]),
        ("prior surgery elsewhere in", ["surgery"]),
        ("prior surgery elsewhere in the neck", ["elsewhere"]),
        ("a cold", ["cold1|cold2"]),
        ("uncancerous cancers", ["malignancy"]),
        ("cervical fusion, fusion, CF", ["CervicalFusion", "Fusion", "CervicalFusion"]),
        ("an operation, an obsolete thing", []),
        ("\uff4dyelo\u00adpathy", ["myelopathy"]),
        ("the laryngeal nerve", ["nerve"]),
        ("", []),
    ],
)
def test_mentions(text: str, names: list[str]) -> None:
    assert [name for name, _ in named(text)] == names


def test_span_and_surface_are_those_of_the_text_as_given() -> None:
    text = "\ufb01ne \u00bd \uff32\uff2c\uff2e, T9\u201310"
    first, second = match(LEXICON, text)
    assert first == Mention(6, 9, "\uff32\uff2c\uff2e", (EX.rln,), False)
    assert (second.start, second.end, second.surface) == (11, 16, "T9\u201310")


def test_concepts_know_the_kinds_that_they_came_by() -> None:
    assert LEXICON.kinds[EX.nerve] == (EX.Structure,)
    assert LEXICON.kinds[EX.CervicalFusion] == (EX.Operation,)
    assert EX.Operation not in LEXICON.kinds
    assert EX.Paired not in LEXICON.kinds


@pytest.mark.parametrize(
    "text",
    [
        "no risk to the recurrent laryngeal nerve",
        "RLN is not at risk",
        "the RLN at no risk",
        "the recurrent laryngeal nerve is thought to be not at risk.",
        "without malignancy",
        "w/o cancer",
        "denies prior surgery",
        "negative for myelopathy",
        "myelopathy was ruled out",
        "Myelopathy has been ruled-out.",
        "no evidence of malignancy",
        "absence of myelopathy",
        "myelopathy is absent",
        "malignancy: no",
        "Malignancy: none.",
        "tumour-free",
        "non-cancer pain",
        "neither myelopathy nor malignancy",
        "myelopathy or malignancy not identified",
        "MRI to rule out myelopathy",
        "family history of malignancy",
        "laminectomy rather than cervical fusion",
        "no myelopathy, cancer or\nprior surgery",
        "no tumour vs. cancer",
        "doesn't have myelopathy",
        "biopsy inconsistent with malignancy",
        "with or without myelopathy",
    ],
)
def test_denied(text: str) -> None:
    assert denied(text)
    assert not affirmed(text)


@pytest.mark.parametrize(
    "text",
    [
        "recurrent laryngeal nerve at risk",
        "not only the recurrent laryngeal nerve",
        "the RLN is not only at risk but displaced",
        "malignancy cannot be excluded",
        "myelopathy could not be ruled out",
        "cannot rule out malignancy",
        "MRI does not exclude myelopathy",
        "not without risk to the RLN",
        "no longer than the RLN",
        "no doubt about myelopathy",
        "no improvement in myelopathy",
        "without monitoring the RLN would be injured",
        "no contraindication to cervical fusion",
        "no prior imaging; recurrent laryngeal nerve at risk",
        "no prior imaging. RLN at risk",
        "no prior imaging but RLN at risk",
        "no prior imaging \u2014 RLN at risk",
        "no prior imaging\n- RLN at risk",
        "no prior imaging\n\nRLN at risk",
        "no prior imaging\nMyelopathy",
        "no deficit except myelopathy",
        "no one two three four five six seven eight nine myelopathy",
        "non-union and malignancy",
        "MRI with and without contrast shows myelopathy",
        "RLN is at risk, and injury was excluded",
    ],
)
def test_affirmed(text: str) -> None:
    assert affirmed(text)
    assert not denied(text)


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("no malignancy but myelopathy", {"myelopathy"}, {"malignancy"}),
        ("malignancy: no, myelopathy: yes", {"myelopathy"}, {"malignancy"}),
        ("Cancer (no); RLN at risk.", {"rln"}, {"malignancy"}),
        ("RLN at risk. Myelopathy was ruled out", {"rln"}, {"myelopathy"}),
        ("no malignancy; cannot exclude myelopathy", {"myelopathy"}, {"malignancy"}),
    ],
)
def test_scope_ends(text: str, yes: set[str], no: set[str]) -> None:
    assert (affirmed(text), denied(text)) == (yes, no)


def test_without_cues_nothing_is_negated() -> None:
    bare = build_lexicon(Graph(parse_turtle(TERMS, place="terms")), instances_of=KINDS)
    assert named("no myelopathy", bare) == [("myelopathy", False)]


@pytest.mark.parametrize("scope", ["", "nec:cueScope nec:Following ;", "nec:scopeLimit 3 ;"])
def test_cue_without_scope_or_limit_is_refused(scope: str) -> None:
    text = f"PREFIX nec: <{NEC.base}>\n<urn:ex:c> {scope} a nec:NegationCue ."
    with pytest.raises(KnowledgeRefused):
        build_lexicon(Graph(parse_turtle(text.encode(), place="test")))


PIECES = st.sampled_from(
    ["recurrent", "laryngeal", "nerve", "RLN", "no", "not", "risk to", "cannot be excluded", "but"]
    + [
        "T9",
        "10",
        "\u2013",
        "/",
        " ",
        "  ",
        ".",
        ",",
        "\n",
        "\u00ad",
        "\ufb01",
        "\u0301",
        "\u00bd",
        "cold",
        "non",
    ]
)


@given(st.lists(PIECES | st.text(max_size=3), max_size=40).map("".join))
def test_mentions_are_real_ordered_substrings(text: str) -> None:
    found = match(LEXICON, text)
    assert all(m.start < m.end and text[m.start : m.end] == m.surface for m in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(m.candidates == tuple(sorted(set(m.candidates))) != () for m in found)


@given(st.text(st.characters(), max_size=200))
def test_no_text_crashes(text: str) -> None:
    match(LEXICON, text)


@given(st.sampled_from(["-", " ", "\u2013", "/", "\n", " - ", "\u2212"]), st.booleans())
def test_joiners_and_case_change_nothing(joiner: str, upper: bool) -> None:
    text = joiner.join(["recurrent", "laryngeal", "nerve"])
    assert named(text.upper() if upper else text) == [("rln", False)]


@pytest.mark.parametrize(
    "unit",
    [
        "no ",
        "no risk to the recurrent laryngeal ",
        "a",
        "1.",
        "1,1 ",
        "\n",
        "\n ",
        ",",
        "no ,",
        "'s",
        "-",
    ]
    + [
        "\u0301",
        "\u0316\u0301",
        "\ufdfa",
        "\u00ad",
        "RLN ",
        "cold but ",
        "T9/",
        ": no ",
        "\U0001f9e0",
        "(",
    ],
)
def test_hostile_repetition_takes_linear_work(unit: str) -> None:
    def calls(size: int) -> int:
        text, count = (unit * size)[:size], 0

        def tick(*_: object) -> None:
            nonlocal count
            count += 1

        sys.setprofile(tick)
        try:
            match(LEXICON, text)
        finally:
            sys.setprofile(None)
        return count

    assert calls(16_000) < 8 * calls(2_000) * 2
