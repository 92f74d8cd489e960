"""A case cannot teach: every known trick is refused and named, in every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from kg_engine.errors import InputRefused
from kg_engine.graphs import Graph
from kg_engine.rdf_record import read_rdf_record
from kg_engine.record import case_digest, load_record_shapes, parse_json, read_record
from kg_engine.turtle import parse_turtle_file

ROOT = Path(__file__).parents[2]
SHAPES = load_record_shapes(
    Graph(parse_turtle_file(ROOT / "shapes" / "case.ttl", place="shapes/case.ttl"))
)
CORPUS = json.loads((Path(__file__).parent / "abox_tricks.json").read_text())
TRICKS = {trick["name"]: trick for trick in CORPUS["tricks"]}
FORMATS = {
    "text/turtle": None,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
}
TRIPLE_TERMS = {
    "a type comes as a triple term",
    "a type comes as a reified triple",
    "an annotation stands behind a triple",
}
HONEST = {
    "id": "another-id",
    "policy": " advisory-2025 ",
    "procedures": [
        {
            "code": "22551",
            "system": "CPT",
            "text": "ACDF C5-C6",
            "levels": ["C5-C6", "C5-C6"],
            "revision": False,
            "instrumented": True,
            "laterality": None,
        }
    ],
    "diagnoses": [{"code": "M48.02", "system": "ICD-10-CM"}],
    "services": [{"code": "95938", "system": "CPT"}],
    "risk_features": {
        "present": ["myelopathy"],
        "absent": ["revision-surgery"],
        "assessment_complete": False,
    },
    "documentation": {"rationale": "New gait disturbance.", "items": ["order", "imaging"]},
}


def turtle(*bodies: str) -> bytes:
    lines = [f"PREFIX {prefix}: <{iri}>" for prefix, iri in CORPUS["prefixes"].items()]
    return "\n".join([*lines, *CORPUS["honest"], *bodies]).replace("%HUGE%", "9" * 65).encode()


def written(document: bytes, media_type: str) -> bytes:
    target = FORMATS[media_type]
    if target is None:
        return document
    quads = ox.parse(document, format=ox.RdfFormat.TURTLE)
    out = ox.serialize((quad.triple for quad in quads), format=target)
    assert out is not None
    return out


def faults_of(document: bytes, media_type: str) -> str:
    with pytest.raises(InputRefused) as refused:
        read_record(read_rdf_record(document, media_type, SHAPES), SHAPES)
    assert all(fault.place and fault.remedy for fault in refused.value.faults)
    return str(refused.value)


def test_the_corpus_holds_the_eighteen_and_more() -> None:
    origins = [trick["origin"] for trick in CORPUS["tricks"]]
    assert (origins.count("proved"), len(TRICKS)) == (18, len(origins))
    assert origins.count("proposed") >= 30


def pairs() -> list[tuple[str, str]]:
    """Pair every trick with every format that can say it; JSON-LD 1.1 has no triple terms."""
    return [
        (name, media_type)
        for name in TRICKS
        for media_type in FORMATS
        if not (name in TRIPLE_TERMS and media_type == "application/ld+json")
    ]


@pytest.mark.parametrize(("name", "media_type"), pairs())
def test_trick_is_refused_and_named(name: str, media_type: str) -> None:
    document = written(turtle(TRICKS[name]["turtle"]), media_type)
    assert TRICKS[name]["names"] in faults_of(document, media_type)


@pytest.mark.parametrize("media_type", FORMATS)
def test_all_tricks_at_once_are_all_named(media_type: str) -> None:
    chosen = [t for t in CORPUS["tricks"] if t["name"] not in TRIPLE_TERMS]
    chosen = [t for t in chosen if t["origin"] == "proved"]
    document = written(turtle(*(t["turtle"] for t in chosen)), media_type)
    text = faults_of(document, media_type)
    assert [t["name"] for t in chosen if t["names"] not in text] == []


def plain_json_forms(name: str) -> list[object]:
    """Say a trick in plain JSON: as JSON-LD, as keys of the record, as a code, as a feature."""
    document = turtle(TRICKS[name]["turtle"])
    known = set(ox.parse(turtle(), format=ox.RdfFormat.TURTLE))
    forms: list[object] = []
    if name not in TRIPLE_TERMS:
        forms.append(json.loads(written(document, "application/ld+json")))
    for quad in ox.parse(document, format=ox.RdfFormat.TURTLE):
        if quad in known or isinstance(quad.object, ox.Triple):
            continue
        value = quad.object.value
        forms.append(HONEST | {quad.predicate.value: value})
        forms.append(HONEST | {"@id": "urn:c", "@type": value})
        if isinstance(quad.object, ox.NamedNode):
            forms.append(HONEST | {"procedures": [{"code": value}]})
            forms.append(HONEST | {"risk_features": {"present": [value]}})
            forms.append(HONEST | {"documentation": {"items": [value]}})
            forms.append(HONEST | {"policy": value})
    return forms


@pytest.mark.parametrize("name", TRICKS)
def test_nearest_plain_json_is_refused(name: str) -> None:
    for form in plain_json_forms(name):
        with pytest.raises(InputRefused) as refused:
            read_record(parse_json(json.dumps(form).encode()), SHAPES)
        assert all(fault.place and fault.remedy for fault in refused.value.faults)


@pytest.mark.parametrize("code", ["http://e.org/c", "_:x", "urn:a:b", "cpt:22551", "<urn:a>"])
def test_a_code_is_not_an_iri(code: str) -> None:
    with pytest.raises(InputRefused, match="A code is not an IRI"):
        read_record({"procedures": [{"code": code}]}, SHAPES)


@pytest.mark.parametrize("media_type", FORMATS)
def test_an_honest_case_has_one_digest_in_every_format(media_type: str) -> None:
    document = written(turtle(), media_type)
    found = read_record(read_rdf_record(document, media_type, SHAPES), SHAPES)
    expected = read_record(parse_json(json.dumps(HONEST).encode()), SHAPES)
    assert case_digest(found) == case_digest(expected)


@pytest.mark.parametrize("context", [True, False])
def test_plain_json_with_the_builtin_context_is_the_same_case(context: bool) -> None:
    iri = "https://w3id.org/necessity/record"
    case: dict[str, Any] = HONEST | {"date_of_service": "2025-05-17"}
    inline = {
        "@vocab": iri + "#",
        "date_of_service": {
            "@id": iri + "#date_of_service",
            "@type": "http://www.w3.org/2001/XMLSchema#date",
        },
    }
    document = {"@context": iri if context else inline, **case}
    value = read_rdf_record(json.dumps(document).encode(), "application/ld+json", SHAPES)
    assert case_digest(read_record(value, SHAPES)) == case_digest(read_record(case, SHAPES))


def jsonld(**document: object) -> str:
    body = {key.replace("at_", "@"): value for key, value in document.items()}
    return faults_of(json.dumps(body).encode(), "application/ld+json")


@pytest.mark.parametrize(
    "context",
    [
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        ["https://w3id.org/necessity/record", "http://127.0.0.1:9/c"],
        ["http://127.0.0.1:9/c"] * 1000,
        {"@import": "http://127.0.0.1:9/c"},
    ],
)
def test_remote_contexts_are_refused_by_name(context: object) -> None:
    assert "remote-context-refused" in jsonld(at_context=context)
    assert "remote-context-refused" in jsonld(at_graph=[{"procedures": {"@context": context}}])


@pytest.mark.parametrize(
    "document",
    [
        {"policy": "x"},
        {"@context": None, "policy": "x"},
        {"@context": {"@vocab": None}, "policy": "x"},
        {"@context": {"policy": None}, "policy": "x"},
        {"@context": {"policy": "@id"}, "policy": "x"},
        {"@context": {"policy": {"@id": "urn:x", "@context": "http://e.org/"}}},
        {"@context": {"policy": {"@id": "urn:x", "@type": "@json"}}, "policy": {"a": 1}},
        {"@context": {"@vocab": "_:"}, "policy": "x"},
        {"@context": "https://w3id.org/necessity/record", "_:b": "x"},
        {"@context": "https://w3id.org/necessity/record", "two words": "x"},
        {"@context": "https://w3id.org/necessity/record", "a#b": "x"},
        {"@context": "https://w3id.org/necessity/record", "1a:b": "x"},
        {"@context": "https://w3id.org/necessity/record", "@type": "two words"},
        {"@context": "https://w3id.org/necessity/record", "@hidden": "x"},
        {"@context": "https://w3id.org/necessity/record", "@reverse": {"policy": {}}},
        {"@context": "https://w3id.org/necessity/record", "@included": [{"policy": "x"}]},
        {"@context": "https://w3id.org/necessity/record", "procedures": {"@list": []}},
        {"@context": "https://w3id.org/necessity/record", "@id": "urn:g", "@graph": [{"id": "x"}]},
        [{"@value": "x"}],
        3,
    ],
)
def test_nothing_falls_away_in_jsonld(document: object) -> None:
    assert faults_of(json.dumps(document).encode(), "application/ld+json")


def test_named_graphs_and_other_formats_are_refused() -> None:
    for media_type in ("application/trig", "application/n-quads", "application/rdf+xml", "", "x"):
        assert "text/turtle" in faults_of(turtle(), media_type)
    graph = b"<urn:c> <urn:p> <urn:o> <urn:g> ."
    assert "syntax" in faults_of(graph, "application/n-triples")


def test_sizes_are_capped() -> None:
    rec = "PREFIX rec: <https://w3id.org/necessity/record#>\n"
    many = rec + "\n".join(f"<urn:c> rec:items 'i{i}' ." for i in range(2001))
    assert "2000 triples" in faults_of(many.encode(), "text/turtle")
    blank = rec + "\n".join("<urn:c> rec:procedures [] ." for _ in range(51))
    assert "50 blank nodes" in faults_of(blank.encode(), "text/turtle")


def test_a_fault_never_repeats_the_patients_words() -> None:
    body = '<urn:p> rec:approach "ZZPHI" , "ZZPHI2" ; rec:units "ZZPHI3" .'
    assert "ZZPHI" not in faults_of(turtle(body), "text/turtle")
