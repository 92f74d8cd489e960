"""Codes resolve to concepts, to a place in a full list, or to nothing; never to a guess."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg_engine import code_lists
from kg_engine.cache_files import cache_directory
from kg_engine.code_lists import CodeList, Supplier, build_code_list, open_code_list
from kg_engine.codes import CodeIndex, Kind, Reason, in_force, index_codes, resolve, unlisted
from kg_engine.errors import EngineUnavailable, KnowledgeRefused
from kg_engine.graphs import Graph
from kg_engine.terms import IRI
from kg_engine.turtle import parse_turtle

PREFIXES = """
PREFIX nec: <https://w3id.org/necessity#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX ex: <urn:ex:>
"""
SYSTEMS = """
ex:birds a nec:CodeSystem ; skos:notation "BIRD-1" ; skos:altLabel "urn:birds" ;
    nec:ignorableCharacters "." ; nec:codeList "tiny" .
ex:fish a nec:CodeSystem ; skos:notation "FISH" .
"""
CODES = """
ex:b10 a nec:Code ; skos:notation "B1.0" ; skos:inScheme ex:birds ;
    nec:validFrom "2020-01-01"^^xsd:date ; nec:validUntil "2024-09-30"^^xsd:date .
ex:b11 a nec:Code ; skos:notation "B1.1" ; skos:inScheme ex:birds ; nec:headerCode true .
ex:f7 a nec:Code ; skos:notation "F70" ; skos:inScheme ex:fish .
ex:fb a nec:Code ; skos:notation "B10" ; skos:inScheme ex:fish .
"""
TINY = ("B10", "B12", "B12A", "C00", "F70")


@contextmanager
def supplied(*, distribution: str = "pytest") -> Iterator[None]:
    """Let the list "tiny" be supplied for a while by a package that is, or is not, installed."""
    patch = pytest.MonkeyPatch()
    tiny = Supplier(distribution, lambda: TINY)
    patch.setattr(code_lists, "SUPPLIERS", {**code_lists.SUPPLIERS, "tiny": tiny})
    try:
        yield
    finally:
        patch.undo()


def graph(text: str) -> Graph:
    return Graph(parse_turtle((PREFIXES + text).encode(), place="test"))


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> CodeIndex:
    directory = tmp_path_factory.mktemp("codes")
    with supplied():
        return index_codes(graph(SYSTEMS + CODES), lists=lambda n: open_code_list(n, directory))


@pytest.mark.parametrize("system", ["BIRD-1", "bird1", " Bird 1 ", "urn:birds", "urn:ex:birds"])
def test_system_is_found_by_name_alias_and_iri(index: CodeIndex, system: str) -> None:
    assert resolve(index, "B1.0", system).concept == IRI("urn:ex:b10")


@pytest.mark.parametrize(
    ("code", "system", "kind", "reason"),
    [
        ("B1.1", "BIRD-1", Kind.RESOLVED, Reason.NONE),
        ("C00", "BIRD-1", Kind.LISTED, Reason.NONE),
        ("B99", "BIRD-1", Kind.UNRECOGNISED, Reason.UNKNOWN_CODE),
        ("B10", "WORM", Kind.UNRECOGNISED, Reason.UNKNOWN_SYSTEM),
        ("F7.0", "FISH", Kind.UNRECOGNISED, Reason.MALFORMED),
        ("\u039210", "BIRD-1", Kind.UNRECOGNISED, Reason.MALFORMED),
        ("", "BIRD-1", Kind.UNRECOGNISED, Reason.MALFORMED),
        ("B1\u0131", None, Kind.UNRECOGNISED, Reason.MALFORMED),
        ("B10", None, Kind.AMBIGUOUS, Reason.SEVERAL),
        ("F70", None, Kind.AMBIGUOUS, Reason.SEVERAL),
        ("B1.0", None, Kind.RESOLVED, Reason.NONE),
        ("B11", " ", Kind.RESOLVED, Reason.NONE),
        ("C00", None, Kind.LISTED, Reason.NONE),
    ],
)
def test_kinds(index: CodeIndex, code: str, system: str | None, kind: Kind, reason: Reason) -> None:
    found = resolve(index, code, system)
    assert (found.kind, found.reason, found.code) == (kind, reason, code)


def test_ambiguous_code_lists_its_candidates(index: CodeIndex) -> None:
    assert resolve(index, "B10", None).candidates == (IRI("urn:ex:b10"), IRI("urn:ex:fb"))


def test_two_concepts_of_one_code_are_ambiguous() -> None:
    twice = """ex:f7 a nec:Code ; skos:notation "F70" ; skos:inScheme ex:fish .
               ex:g7 a nec:Code ; skos:notation "f70" ; skos:inScheme ex:fish ."""
    index = index_codes(graph(SYSTEMS + twice), lists=CodeList)
    assert resolve(index, "F70", "FISH").kind is Kind.AMBIGUOUS


def test_header_is_stated_by_concept_or_list(index: CodeIndex) -> None:
    assert resolve(index, "B1.1", "BIRD-1").header is True
    assert resolve(index, "B1.0", "BIRD-1").header is False
    assert resolve(index, "B12", "BIRD-1").header is True
    assert resolve(index, "B12.A", "BIRD-1").header is False


def test_a_code_that_its_full_list_lacks_is_told_unless_it_has_ended(index: CodeIndex) -> None:
    assert [(code.iri, system.notation) for code, system in unlisted(index)] == [
        (IRI("urn:ex:b11"), "BIRD-1")
    ]
    gone = CODES.replace('"B1.0"', '"B9.9"')
    with supplied():
        ended = index_codes(
            graph(SYSTEMS + gone), lists=lambda _: index.systems[0].full or CodeList("")
        )
    assert [code.iri for code, _ in unlisted(ended)] == [IRI("urn:ex:b11")]


def test_validity_includes_both_bounds_and_is_unknown_without_them(index: CodeIndex) -> None:
    bounded = resolve(index, "B1.0", "BIRD-1")
    days = (date(2019, 12, 31), date(2020, 1, 1), date(2024, 9, 30), date(2024, 10, 1))
    assert [in_force(bounded, day) for day in days] == [False, True, True, False]
    assert in_force(resolve(index, "B1.1", "BIRD-1"), days[1]) is None
    assert in_force(resolve(index, "C00", "BIRD-1"), days[1]) is None
    assert in_force(replace(bounded, valid_from=None), days[0]) is True
    assert in_force(replace(bounded, valid_until=None), days[3]) is True


@pytest.mark.parametrize(
    "text",
    [
        "ex:x a nec:Code ; skos:inScheme ex:fish .",
        'ex:x a nec:Code ; skos:notation "F1" ; skos:inScheme ex:none .',
        'ex:x a nec:Code ; skos:notation "F1" ; skos:inScheme ex:fish ; nec:validFrom "soon" .',
        'ex:cod a nec:CodeSystem ; skos:notation "fish" .',
    ],
)
def test_unreadable_knowledge_is_refused(text: str) -> None:
    with pytest.raises(KnowledgeRefused):
        index_codes(graph(SYSTEMS + text), lists=CodeList)


@given(st.sampled_from(["B1.0", "B1.1", "C0.0", "B1.2A"]), st.data())
def test_case_spaces_and_dots_change_nothing(
    index: CodeIndex, code: str, data: st.DataObject
) -> None:
    bare = code.replace(".", "")
    fills = [
        data.draw(st.sampled_from(["", " ", ".", "\t", "\u00a0"])) for _ in range(len(bare) + 1)
    ]
    upper = [data.draw(st.booleans()) for _ in bare]
    spelled = fills[0] + "".join(
        (c if up else c.lower()) + fill for c, up, fill in zip(bare, upper, fills[1:], strict=True)
    )
    assert replace(resolve(index, spelled, "BIRD-1"), code=code) == resolve(index, code, "BIRD-1")


@given(st.text(), st.none() | st.text())
def test_no_text_crashes(index: CodeIndex, code: str, system: str | None) -> None:
    assert resolve(index, code, system).code == code


def test_absent_package_makes_the_list_unavailable_and_says_so(tmp_path: Path) -> None:
    with supplied(distribution="no-such-package-here"):
        found = open_code_list("tiny", tmp_path)
        assert (found.available, found.find("B10")) == (False, None)
        with pytest.raises(EngineUnavailable):
            build_code_list("tiny", tmp_path)
        index = index_codes(graph(SYSTEMS + CODES), lists=lambda n: open_code_list(n, tmp_path))
    assert resolve(index, "C00", "BIRD-1").reason is Reason.LIST_UNAVAILABLE


def test_unknown_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeRefused):
        open_code_list("no-such-list", tmp_path)


@pytest.mark.parametrize("damage", [0, 1, 20, 80, -1, -7])
def test_damaged_file_is_rebuilt(tmp_path: Path, damage: int) -> None:
    with supplied():
        path = build_code_list("tiny", tmp_path)
        sound = path.read_bytes()
        flipped = bytearray(sound)
        flipped[damage] ^= 1
        for content in (sound[:damage], bytes(flipped), sound + b"x", b"foreign\n"):
            path.write_bytes(content)
            found = open_code_list("tiny", tmp_path)
            assert found.verify()
            assert found.count == len(TINY)
            assert path.read_bytes() == sound
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_list_is_kept_in_memory_where_no_file_can_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with supplied():
        assert open_code_list("tiny", blocked / "below").find("C00") is False


def test_cache_directory_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    monkeypatch.delenv("IONM_CACHE", raising=False)
    assert cache_directory() == Path("/x/ionm")
    monkeypatch.setenv("IONM_CACHE", "/own")
    assert cache_directory() == Path("/own")


@given(st.text(max_size=9))
def test_look_up_finds_exactly_the_codes(code: str) -> None:
    content = code_lists._render("tiny", "1", Supplier("", lambda: TINY))
    found = code_lists._parse(content, "tiny", "1")
    assert found is not None
    assert (found.find(code) is not None) == (code in TINY)
    assert [found.find(c) for c in TINY] == [False, True, False, False, False]


def test_full_list_has_extended_codes_and_headers(tmp_path: Path) -> None:
    pytest.importorskip("simple_icd_10_cm")
    full = open_code_list("icd-10-cm", tmp_path)
    assert full.available
    assert full.count > 90_000
    codes = ("S22070A", "S22070", "C73", "M5002", "A00A09", "1")
    assert [full.find(code) for code in codes] == [False, True, False, True, None, None]
