"""SageMaker gateway: the attempts of a run, and starting one."""

from __future__ import annotations

from typing import Any

from common.training_jobs import (
    TrainingJob,
    TurnedDownError,
    read_job,
    sagemaker_client,
    translated,
)
from launch.decision import MAXIMUM_ATTEMPTS
from launch.run_name import RunName


def newest_attempt(first: RunName) -> TrainingJob | None:
    """Return the newest attempt of a run, asked for by its name; None when there is none yet.

    Raises:
        TurnedDownError: SageMaker does not say.
    """
    names = [first]
    while len(names) < MAXIMUM_ATTEMPTS:
        names.append(names[-1].next_attempt())
    jobs = (describe(str(name)) for name in reversed(names))
    return next((read_job(job) for job in jobs if job), None)  # type: ignore[arg-type]


def describe(name: str) -> dict[str, Any] | None:
    """Return all that SageMaker knows of a job; None when there is none of this name.

    Raises:
        TurnedDownError: SageMaker does not say.
    """
    try:
        with translated():
            return dict(sagemaker_client().describe_training_job(TrainingJobName=name))
    except TurnedDownError as error:
        # "Requested resource not found" is a ValidationException; the name itself is a valid one.
        if error.code in ("ValidationException", "ResourceNotFound"):
            return None
        raise


def start(request: dict[str, Any]) -> bool:
    """Start the job; False when a job of this name is there already, which is as good.

    Raises:
        TurnedDownError: SageMaker does not start it.
    """
    try:
        with translated():
            sagemaker_client().create_training_job(**request)
    except TurnedDownError as error:
        if error.code in ("ResourceInUse", "ResourceInUseException"):
            return False
        raise
    return True
