"""A setting that cannot be taken is refused with what it must be, and where it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.settings import SettingsRefused, choose_settings


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
