"""A function's environment, read as a model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import Field

from common.errors import SettingsError
from common.settings import CommonSettings, load


class Settings(CommonSettings):
    share: float = Field(gt=0, lt=1)
    use_spot: bool


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("BUCKET", "the-bucket")
    monkeypatch.setenv("SHARE", "0.2")
    monkeypatch.setenv("USE_SPOT", "false")
    load.cache_clear()
    yield
    load.cache_clear()


def test_values_are_typed():
    settings = load(Settings)

    assert (settings.bucket, settings.share, settings.use_spot) == ("the-bucket", 0.2, False)


def test_it_is_read_once(monkeypatch: pytest.MonkeyPatch):
    first = load(Settings)
    monkeypatch.setenv("SHARE", "0.3")

    assert load(Settings) is first


@pytest.mark.parametrize("value", ["", "a fifth", "0", "1", "nan"])
def test_a_value_out_of_bounds_is_named(monkeypatch: pytest.MonkeyPatch, value: str):
    monkeypatch.setenv("SHARE", value)

    with pytest.raises(SettingsError, match="SHARE"):
        load(Settings)


def test_every_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SHARE")
    monkeypatch.delenv("BUCKET")

    with pytest.raises(SettingsError, match=r"BUCKET.*SHARE"):
        load(Settings)
