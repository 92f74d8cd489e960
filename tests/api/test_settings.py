"""A setting that cannot be taken is refused with what it must be, and where it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.settings import SettingsRefused, base_url, choose_settings


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("PORT", "first", "a whole number from 0"),
        ("QUERY_SECONDS", "0", "a number of seconds above 0"),
        ("RATE", "many", "a number a minute"),
        ("AUTH", "maybe", "true or false"),
        ("LOG_LEVEL", "loud", "debug, info, warning and error"),
    ],
)
def test_a_wrong_value_is_told_what_it_must_be(name: str, value: str, wanted: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        choose_settings(environment={f"IONM_{name}": value})
    (fault,) = refused.value.faults
    assert fault.place == f"environment IONM_{name}: {name.lower()}"
    assert wanted in fault.message
    assert fault.remedy.startswith("Give one, or leave it out for ")


def test_a_name_that_is_none_is_refused_in_the_file_as_in_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "ionm.toml"
    file.write_text("prot = 9000\n")
    with pytest.raises(SettingsRefused) as refused:
        choose_settings(config=file, environment={"IONM_PROT": "9000"})
    assert [fault.place for fault in refused.value.faults] == [
        f"{file}: prot",
        "environment: IONM_PROT",
    ]


@pytest.mark.parametrize("url", ["foo bar", "javascript:alert(1)", "http://", "http://a/?b", "a/b"])
def test_an_address_that_begins_no_iri_is_refused(url: str) -> None:
    with pytest.raises(SettingsRefused, match="url"):
        choose_settings(environment={"IONM_URL": url})


def test_an_address_begins_iris() -> None:
    found = choose_settings(environment={"IONM_URL": "https://example.org/ionm/"}).settings
    assert base_url(found) == "https://example.org/ionm"


def test_more_memory_than_there_can_be_is_refused() -> None:
    with pytest.raises(SettingsRefused, match="query_memory"):
        choose_settings(environment={"IONM_QUERY_MEMORY": str(1 << 63)})
