"""The SHACL Core suite runs whole: a test passes, is refused by name, or stands in the list.

Each test is run as it is written, and with its targets restated as classes, since ours have no
other; what a shape cannot mean here it must be refused for, never passed over.
"""

from __future__ import annotations

import pytest

from tests.conformance.running import AS_WRITTEN, RESTATED, failure, ignored, needed_suites
from tests.conformance.shacl_suite import ShaclTest, every_test

pytestmark = pytest.mark.suites
TESTS = every_test(needed_suites() / "shacl" / "tests")
IGNORED = ignored()


def test_no_test_is_lost() -> None:
    assert len(TESTS) == len({test.name for test in TESTS}) == 98


@pytest.mark.parametrize("mode", [AS_WRITTEN, RESTATED])
def test_the_list_names_tests_that_exist(mode: str) -> None:
    listed = {key.partition("/")[2] for key in IGNORED if key.startswith(mode + "/")}
    assert listed <= {test.name for test in TESTS}


@pytest.mark.parametrize("mode", [AS_WRITTEN, RESTATED])
@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.name)
def test_shacl(test: ShaclTest, mode: str) -> None:
    found = failure(test, mode)
    known = IGNORED.get(f"{mode}/{test.name}")
    if known is None:
        assert not found
    else:
        assert found, f"passes now; strike it from the list: {test.name}"
        assert known.refused in found
