"""SageMaker gateway: finds the attempts of a run and starts one; `TurnedDownError` if refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from common.sagemaker import TurnedDownError, describe, read_job, sagemaker_client, translated
from common.training_job import TrainingJob
from launch.decision import MAXIMUM_ATTEMPTS
from launch.run_name import RunName


def newest_attempt(first: RunName) -> TrainingJob | None:
    """Return the newest attempt of a run, None when there is none yet."""
    names = [replace(first, attempt=attempt) for attempt in range(MAXIMUM_ATTEMPTS, 0, -1)]
    jobs = (describe(str(name)) for name in names)
    return next((read_job(job) for job in jobs if job), None)  # type: ignore[arg-type]


def start(request: dict[str, Any]) -> bool:
    """Start the job; return False when a job of this name exists already."""
    try:
        with translated():
            sagemaker_client().create_training_job(**request)
    except TurnedDownError as error:
        if error.code in ("ResourceInUse", "ResourceInUseException"):
            return False
        raise
    return True
