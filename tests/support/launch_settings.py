"""What the template tells the launch, for tests that call its handler."""

from __future__ import annotations

import pytest

from tests.support.split_settings import STACK_HASH


def set_launch_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the launch's own settings into the environment; `aws` brings those of all functions."""
    for name, value in {
        "STACK_HASH": STACK_HASH,
        "STACK_NAME": "droptrain",
        "WATCH_FUNCTION_ARN": "arn:aws:lambda:us-east-1:123456789012:function:watch",
        "SCHEDULER_ROLE_ARN": "arn:aws:iam::123456789012:role/scheduler",
        "FAILURE_QUEUE_ARN": "arn:aws:sqs:us-east-1:123456789012:failures",
        "TRAINING_IMAGE_CPU": "763104351884.dkr.ecr.us-east-1.amazonaws.com/tensorflow:cpu",
        "TRAINING_IMAGE_GPU": "763104351884.dkr.ecr.us-east-1.amazonaws.com/tensorflow:gpu",
        "TRAINING_ROLE_ARN": "arn:aws:iam::123456789012:role/training",
        "TRAINING_SUBNETS": "",
        "TRAINING_SECURITY_GROUPS": "",
        "JOB_TAGS": "",
        "INSTANCE_TYPES": "ml.m5.xlarge",
        "VOLUME_GIGABYTES": "30",
        "USE_SPOT": "false",
        "MAXIMUM_RUN_SECONDS": "7200",
        "MAXIMUM_RUNS_PER_DAY": "4",
        "MAXIMUM_TRAINING_HOURS_PER_MONTH": "100",
        "ARCHITECTURE": "cnn",
        "PRETRAINED_WEIGHTS": "",
        "EPOCHS": "30",
        "PATIENCE": "0",
        "BATCH_SIZE": "32",
        "LEARNING_RATE": "0.002",
        "IMAGE_SIZE": "128",
        "FOLDS": "0",
        "MINIMUM_IMAGES_PER_CLASS": "10",
        "SPLIT_SEED": "0",
    }.items():
        monkeypatch.setenv(name, value)
