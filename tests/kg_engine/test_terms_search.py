"""Terms are found by id, code, label and synonym; whole words; the surest first."""

from __future__ import annotations

from typing import Any

import pytest

from kg_engine import Engine, InputRefused
from kg_engine.terms_search import MATCHES, MAX_TERMS, search_terms


def found(engine: Engine, query: str, **options: Any) -> list[dict[str, Any]]:
    """Return the terms that a query finds."""
    terms: Any = search_terms(engine.knowledge, query, **options)["terms"]
    return list(terms)


@pytest.mark.parametrize("query", ["M48.02", "m48.02", "m4802", " M48.02 "])
def test_a_code_is_found_however_it_is_written(engine: Engine, query: str) -> None:
    first = found(engine, query)[0]
    assert (first["id"], first["match"], first["system"]) == ("M48.02", "id", "ICD-10-CM")


def test_a_code_without_words_says_what_it_means(engine: Engine) -> None:
    first = found(engine, "60220")[0]
    assert first["match"] == "id" and first["means"]


@pytest.mark.parametrize("query", ["revision-surgery", "Revision_Surgery", "REVISION SURGERY"])
def test_an_id_is_found(engine: Engine, query: str) -> None:
    first = found(engine, query)[0]
    assert first["id"] == "revision-surgery" and first["kinds"] == ["risk feature"]
    assert first["definition"] and first["sources"]


def test_the_surest_match_comes_first(engine: Engine) -> None:
    ranks = [MATCHES.index(t["match"]) for t in found(engine, "nerve", limit=MAX_TERMS)]
    assert ranks == sorted(ranks) and len(set(ranks)) > 1


def test_a_synonym_is_found(engine: Engine) -> None:
    first = found(engine, "neuro exam")[0]
    assert first["id"] == "neurological-examination" and first["match"] == "synonym"


def test_a_part_of_a_word_is_no_word_but_may_begin_one(engine: Engine) -> None:
    assert not found(engine, "yroid", limit=MAX_TERMS)
    assert {t["match"] for t in found(engine, "thyr", limit=MAX_TERMS)} == {"prefix"}


def test_a_kind_narrows(engine: Engine) -> None:
    terms = found(engine, "nerve", kind="modality", limit=MAX_TERMS)
    assert terms and all("modality" in t["kinds"] for t in terms)


def test_a_kind_that_no_term_is_of_is_refused(engine: Engine) -> None:
    with pytest.raises(InputRefused, match="is no kind of a term"):
        found(engine, "nerve", kind="no such kind")


def test_what_is_listed_is_bounded_and_counted(engine: Engine) -> None:
    answer: Any = search_terms(engine.knowledge, "nerve", limit=10**9)
    assert len(answer["terms"]) <= MAX_TERMS < answer["count"]
    assert search_terms(engine.knowledge, "nerve", limit=-1)["terms"] == []


@pytest.mark.parametrize("query", ["", " ", "(((", "\x00", "\ud800", "a" * 100_000, "%", "' OR 1"])
def test_odd_queries_are_answered(engine: Engine, query: str) -> None:
    assert search_terms(engine.knowledge, query)["count"] in range(20)


def test_it_is_the_same_each_time(engine: Engine) -> None:
    assert found(engine, "nerve") == found(engine, "nerve")
