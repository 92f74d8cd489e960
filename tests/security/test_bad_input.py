"""Bad input is refused with its place and a remedy, before anything can break."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg_engine.errors import InputRefused
from kg_engine.graphs import Graph
from kg_engine.rdf_record import read_rdf_record
from kg_engine.record import load_record_shapes, parse_json, read_record
from kg_engine.turtle import parse_turtle_file

ROOT = Path(__file__).parents[2]
SHAPES = load_record_shapes(
    Graph(parse_turtle_file(ROOT / "shapes" / "case.ttl", place="shapes/case.ttl"))
)
DEEP = (33, 64, 1_000, 5_000, 100_000)


def places(data: bytes) -> list[str]:
    with pytest.raises(InputRefused) as refused:
        read_record(parse_json(data), SHAPES)
    assert all(fault.place and fault.message and fault.remedy for fault in refused.value.faults)
    return [fault.place for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"", "line 1, column 1"),
        (b'{"procedures": [{"code": "1', "line 1, column 26"),
        (b"{'id': 1}", "line 1, column 2"),
        (b'{"id": "a"} {}', "line 1, column 13"),
        (b'{"id": "\xff"}', "byte 8"),
        (b'{"id": "a\nb\x00"}', "line 1, column 10"),
        (b"[]", "/"),
        (b"null", "/"),
        (b'"x"', "/"),
        (b'{"id": 1}', "/id"),
        (b'{"procedures": {}}', "/procedures"),
        (b'{"procedures": [null]}', "/procedures/0"),
        (b'{"procedures": [{"levels": "C5-C6"}]}', "/procedures/0/levels"),
        (b'{"procedures": [{"revision": "false"}]}', "/procedures/0/revision"),
        (b'{"procedures": [{"revision": 0}]}', "/procedures/0/revision"),
        (b'{"services": [{"units": true}]}', "/services/0/units"),
        (b'{"services": [{"units": 1.5}]}', "/services/0/units"),
        (b'{"services": [{"units": 0}]}', "/services/0/units"),
        (b'{"services": [{"units": NaN}]}', "/services/0/units"),
        (b'{"services": [{"units": -Infinity}]}', "/services/0/units"),
        (b'{"services": [{"units": 1e999}]}', "/services/0/units"),
        (b'{"services": [{"units": 1234567890123456}]}', "/services/0/units"),
        (b'{"diagnoses": [{"code": "M41.5", "code": "M54.5"}]}', "/diagnoses/0/code"),
        (b'{"id": "a", "\\u0069d": "b"}', "/id"),
        (b'{"a/b~c": 1}', "/a~1b~0c"),
        (b'{"procedures": [{"text": "a\\u0000b"}]}', "/procedures/0/text"),
        (b'{"procedures": [{"text": "\\u202eab"}]}', "/procedures/0/text"),
        (b'{"procedures": [{"text": "\\u2066ab"}]}', "/procedures/0/text"),
        (b'{"procedures": [{"text": "\\ud800"}]}', "/procedures/0/text"),
        (b'{"\\u0000": 1}', "/\ufffd"),
        (b'{"@context": "http://e.org/"}', "/@context"),
        (b'{"id": "' + b"x" * 201 + b'"}', "/id"),
        (b'{"procedures": [' + b"{}," * 50 + b"{}]}", "/procedures"),
    ],
)
def test_fault_has_its_place(data: bytes, place: str) -> None:
    assert place in places(data)


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-29",
        "2025-13-01",
        "2025-00-10",
        "1899-12-31",
        "2201-01-01",
        "0000-00-00",
        "9999-12-31",
        "17/05/2025",
        "20250517",
        "2025-W20-6",
        "2025-5-17",
        "2025-05-17T00:00:00Z",
        "2025-05-17\\n",
        "\\u0662\\u0660\\u0662\\u0665-05-17",
    ],
)
def test_a_date_must_be_a_day_of_the_calendar(text: str) -> None:
    assert places(f'{{"date_of_service": "{text}"}}'.encode()) == ["/date_of_service"]


def test_every_fault_is_reported_at_once() -> None:
    data = b'{"a": 1, "id": 2, "services": [{"units": 0, "b": 1}], "date_of_service": ""}'
    assert places(data) == ["/a", "/date_of_service", "/id", "/services/0/b", "/services/0/units"]
    data = b'{"id": NaN, "id": 1, "policy": "\\u0000"}'
    assert places(data) == ["/id", "/policy"]


def test_a_flood_of_faults_is_counted() -> None:
    data = b"{" + b",".join(b'"k%d": 1' % i for i in range(1000)) + b"}"
    assert len(places(data)) == 201


def test_size_is_gated() -> None:
    assert places(b'{"id": "' + b"x" * 10_000_000 + b'"}') == ["/"]
    for media_type in ("text/turtle", "application/n-triples", "application/ld+json"):
        with pytest.raises(InputRefused, match="bytes"):
            read_rdf_record(b" " * 10_000_000, media_type, SHAPES)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("depth", [65, 1_000, 10_000, 100_000])
def test_json_nesting_is_gated(opening: bytes, depth: int) -> None:
    data = opening * depth
    assert places(data)[0].startswith("byte ")
    with pytest.raises(InputRefused, match="nested"):
        read_rdf_record(data, "application/ld+json", SHAPES)


def test_brackets_in_text_are_not_nesting() -> None:
    text = b'{"documentation": {"rationale": "' + b'[{\\"' * 1000 + b'"}}'
    assert read_record(parse_json(text), SHAPES).documentation.rationale
    turtle = (
        b"PREFIX rec: <https://w3id.org/necessity/record#>\n"
        b"<urn:c> rec:documentation [ rec:rationale '''" + b"[(<<'\\'" * 99 + b"x''' ] . # "
    )
    assert read_rdf_record(turtle + b"[" * 99, "text/turtle", SHAPES)


@pytest.mark.parametrize("depth", DEEP)
@pytest.mark.parametrize(
    "opening",
    [
        b"[ <urn:p> ",
        b"( ",
        b"<<( <urn:a> <urn:p> ",
        b"<< ",
        b"<<",
        b"'\n(",
        b'"\\"" (',
        b"'''\\''''(",
        b"<urn:#>(",
        b"e:a\\'(",
        b"e:a\\#(",
        b"#(\r(",
    ],
)
def test_turtle_nesting_is_gated(opening: bytes, depth: int) -> None:
    data = b"<urn:a> <urn:p> " + opening * min(depth, 1_000_000 // len(opening))
    for media_type in ("text/turtle", "application/n-triples"):
        with pytest.raises(InputRefused, match="nested"):
            read_rdf_record(data, media_type, SHAPES)


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        ("text/turtle", b"<urn:a> <urn:p> "),
        ("text/turtle", b"\xff\xfe"),
        ("text/turtle", b'<urn:a> <urn:p> "\\ud800" .'),
        ("text/turtle; charset=utf-8", b"<urn:a> <urn:p> <urn:a b> ."),
        ("application/n-triples", b"<a> <p> <o> ."),
        ("application/ld+json", b'{"@context": {}, "@context": {}}'),
        ("application/ld+json", b'{"@context": "https://w3id.org/necessity/record"'),
        ("application/ld+json", b'{"@id": 3}'),
    ],
)
def test_malformed_rdf_is_refused(media_type: str, data: bytes) -> None:
    with pytest.raises(InputRefused) as refused:
        read_rdf_record(data, media_type, SHAPES)
    assert all(fault.place and fault.remedy for fault in refused.value.faults)


def test_what_is_missing_is_never_a_fault() -> None:
    empty = read_record({}, SHAPES)
    for data in (b"{}", b'{"date_of_service": null, "procedures": []}', b'{"documentation": {}}'):
        assert read_record(parse_json(data), SHAPES) == empty
    assert read_record(read_rdf_record(b"", "text/turtle", SHAPES), SHAPES) == empty
