"""docs/conformance.md tells the figures that the suites give today."""

from __future__ import annotations

import pytest

from tests.conformance.figures import PAGE, own_cells, page_cells
from tests.conformance.running import needed_suites

pytestmark = pytest.mark.suites
FOLDER = needed_suites()


def test_the_page_tells_the_figures_of_today() -> None:
    assert page_cells(PAGE.read_text(encoding="utf-8")) == own_cells(FOLDER)
