"""Settings: read from the environment, named in errors, written down for the operator."""

from dataclasses import fields
from pathlib import Path

import pytest

from demarche.settings import Settings, SettingsError, read_settings

ROOT = Path(__file__).resolve().parent.parent


def test_an_empty_environment_gives_the_defaults():
    settings = read_settings({})
    assert settings.home == Path.cwd() / "data"
    assert settings.published == settings.home / "published" / "demarche.duckdb"
    assert settings.allow_networks == ()


def test_values_take_the_type_of_their_default():
    settings = read_settings(
        {
            "DEMARCHE_HOME": "/srv/demarche",
            "DEMARCHE_FEEDS": "my.toml",
            "DEMARCHE_ALLOW_NETWORKS": "127.0.0.0/8, 10.0.0.0/8",
            "DEMARCHE_CAPTURE_PAGES": "no",
            "DEMARCHE_HOST_DELAY": "0.5",
            "DEMARCHE_BATCHES": "",
        }
    )
    assert settings.home == Path("/srv/demarche")
    assert settings.feeds == Path("my.toml")
    assert settings.allow_networks == ("127.0.0.0/8", "10.0.0.0/8")
    assert settings.capture_pages is False
    assert settings.host_delay == 0.5
    assert settings.batches == 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEMARCHE_BATCHES", "many"),
        ("DEMARCHE_TOTAL_TIMEOUT", "soon"),
        ("DEMARCHE_MAX_BODY", "-1"),
        ("DEMARCHE_CAPTURE_PAGES", "perhaps"),
    ],
)
def test_a_bad_value_is_an_error_that_names_the_variable(name, value):
    with pytest.raises(SettingsError, match=f"{name}='{value}'"):
        read_settings({name: value})


def test_every_setting_is_in_env_example_with_its_default():
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    for field in fields(Settings):
        line = f"{field.metadata['env']}="
        assert f"\n#{line}" in text or f"\n{line}" in text, f"{line} is missing in .env.example"
        assert field.metadata["about"] in text, f"what {line} means is missing in .env.example"
