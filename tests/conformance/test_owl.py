"""The OWL 2 RL suites run whole: every test passes, or stands with its reason in the list."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.conformance.owl_suites import (
    CASES,
    CONSISTENCY,
    INCONSISTENCY,
    NEGATIVE,
    POSITIVE,
    RDF_BASED,
    W3C,
    OwlTest,
    every_test,
)
from tests.conformance.running import ignored, needed_suites, passed, verdict

pytestmark = pytest.mark.suites
TESTS = every_test(needed_suites() / "owl2")
IGNORED = ignored()
FOUND = {
    (RDF_BASED, POSITIVE): 209,
    (RDF_BASED, INCONSISTENCY): 64,
    (W3C, POSITIVE): 29,
    (W3C, NEGATIVE): 7,
    (W3C, CONSISTENCY): 76,
    (W3C, INCONSISTENCY): 14,
    (CASES, POSITIVE): 27,
    (CASES, NEGATIVE): 23,
}


def test_no_test_is_lost() -> None:
    assert Counter((test.suite, test.kind) for test in TESTS) == FOUND
    assert len({test.key for test in TESTS}) == sum(FOUND.values())


def test_the_list_names_tests_that_exist() -> None:
    listed = {key for key in IGNORED if not key.startswith("shacl")}
    assert listed <= {test.key for test in TESTS}


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.key)
def test_owl(test: OwlTest) -> None:
    found = verdict(test)
    if test.key in IGNORED:
        assert not passed(test, found), f"passes now; strike it from the list: {test.key}"
    else:
        assert passed(test, found), found
