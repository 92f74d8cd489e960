"""A small sample of what ``make mutate`` does whole: wrong knowledge does not go unnoticed."""

from __future__ import annotations

import pytest

from tests.mutation.hunt import Hunt, draw, open_hunt

KINDS = (
    "drop code link",
    "drop condition",
    "drop conjunct",
    "drop disjointness",
    "drop propertyChainAxiom",
    "drop statesSite",
    "flip direction",
    "shape: drop attests",
)
CASES = (
    "cervical/acdf-stated-myelopathy",
    "deformity/arthrodesis-instrumented",
    "services/differ",
    "spine/decompression-routine",
    "spine/thoracic-mismatch",
    "stimulator/percutaneous",
    "thyroid/cancer-lobectomy",
    "thyroid/completion",
    "thyroid/completion-revision-absent",
    "thyroid/lobectomy-routine",
)


@pytest.fixture(scope="module")
def hunt() -> Hunt:
    """Open a hunt with a few cases."""
    return open_hunt(CASES, workers=1)


def test_the_cases_of_the_sample_pass_on_sound_knowledge(hunt: Hunt) -> None:
    assert hunt.passing == sorted(CASES)


def test_a_sample_of_wrong_axioms_and_shapes_is_caught(hunt: Hunt) -> None:
    population, _ = hunt.population()
    bearing = {kind: [m for m in population[kind] if m.removed & hunt.bearing] for kind in KINDS}
    mutants = draw(bearing, len(KINDS), seed=1)
    assert len(mutants) == len(KINDS)
    survivors = [v.mutant.text for v in map(hunt.judge, mutants) if not v.caught]
    assert survivors == []
