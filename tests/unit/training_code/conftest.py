"""Fixtures of the training code's tests."""

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path_factory.mktemp("opt") / "ml"))


@pytest.fixture
def restored_sigterm() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)
