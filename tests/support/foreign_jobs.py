"""An account full of training jobs that are not ours, listed as SageMaker lists them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from moto.backends import get_backend
from moto.sagemaker.responses import SageMakerResponse

from local_cloud.cloud.moto_patches.sagemaker import list_training_jobs
from tests.support.aws import ACCOUNT, REGION


def add_foreign_jobs(count: int, apart: timedelta, patch: pytest.MonkeyPatch) -> None:
    """Let so many jobs have ended, the newest just now and each the other's time before the next.

    They are listed with the local cloud's seam: moto's own listing has no order.
    """
    patch.setattr(SageMakerResponse, "list_training_jobs", list_training_jobs)
    jobs = get_backend("sagemaker")[ACCOUNT][REGION].training_jobs
    now = datetime.now(UTC).replace(tzinfo=None)  # as moto keeps its times
    for number in range(count):
        name, moment = f"foreign-{number}", now - number * apart
        jobs[name] = SimpleNamespace(
            training_job_name=name,
            arn=f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/{name}",
            creation_time=moment,
            last_modified_time=moment,
            training_end_time=moment,
            training_job_status="Completed",
            secondary_status="Completed",
        )


@contextmanager
def counted_calls(client: Any) -> Iterator[dict[str, int]]:
    """Count a client's calls by the operation's name."""
    counts: dict[str, int] = {}

    def count(model: Any, **_: Any) -> None:
        counts[model.name] = counts.get(model.name, 0) + 1

    client.meta.events.register("before-call.sagemaker", count, unique_id="counted")
    try:
        yield counts
    finally:
        client.meta.events.unregister("before-call.sagemaker", unique_id="counted")
