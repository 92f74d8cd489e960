"""Settings that would fail later are refused at the start."""

from __future__ import annotations

import pytest

from api.settings import SettingsRefused, base_url, choose_settings


@pytest.mark.parametrize("url", ["foo bar", "javascript:alert(1)", "http://", "http://a/?b", "a/b"])
def test_an_address_that_begins_no_iri_is_refused(url: str) -> None:
    with pytest.raises(SettingsRefused, match="url"):
        choose_settings(environment={"IONM_URL": url})


def test_an_address_begins_iris() -> None:
    found = choose_settings(environment={"IONM_URL": "https://example.org/ionm/"}).settings
    assert base_url(found) == "https://example.org/ionm"
