"""What the template tells the split, for tests that call its handler."""

from __future__ import annotations

import pytest

STACK_HASH = "51af3dc0"


def set_split_settings(monkeypatch: pytest.MonkeyPatch, minimum_images: int = 10) -> None:
    """Put the split's own settings into the environment; `aws` brings those of all functions."""
    for name, value in {
        "SCHEDULER_ROLE_ARN": "arn:aws:iam::123456789012:role/scheduler",
        "FAILURE_QUEUE_ARN": "arn:aws:sqs:us-east-1:123456789012:failures",
        "STACK_HASH": STACK_HASH,
        "QUIET_PERIOD_SECONDS": "120",
        "MINIMUM_CHANGED_IMAGES": "1",
        "MAXIMUM_RUNS_PER_DAY": "4",
        "MAXIMUM_TRAINING_HOURS_PER_MONTH": "100",
        "MAXIMUM_RUN_SECONDS": "7200",
        "DATASET_EXPIRY_DAYS": "90",
        "MAXIMUM_WAIT_SECONDS": "3600",
        "VALIDATION_SHARE": "0.2",
        "MINIMUM_IMAGES_PER_CLASS": str(minimum_images),
        "SPLIT_SEED": "0",
    }.items():
        monkeypatch.setenv(name, value)
