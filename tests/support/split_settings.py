"""What the template tells the split, for tests that call its handler."""

from __future__ import annotations

import pytest


def set_split_settings(monkeypatch: pytest.MonkeyPatch, minimum_images: int = 10) -> None:
    """Put the split's own settings into the environment; `aws` brings those of all functions."""
    for name, value in {
        "MAXIMUM_WAIT_SECONDS": "3600",
        "VALIDATION_SHARE": "0.2",
        "MINIMUM_IMAGES_PER_CLASS": str(minimum_images),
        "SPLIT_SEED": "0",
    }.items():
        monkeypatch.setenv(name, value)
