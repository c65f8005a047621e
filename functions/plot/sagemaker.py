"""SageMaker gateway: duration, billing and image of a training job, which its event lacks.

The fields: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
"""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from common.observability import logger
from common.sagemaker import sagemaker_client
from common.training_job import REFUSED_MACHINE, billed_type
from plot.job_end import Costs


def costs_of(run: str) -> Costs:
    """Ask SageMaker; the costs are unknown if it doesn't answer, and the report does without."""
    try:
        job = sagemaker_client().describe_training_job(TrainingJobName=run)
    except (ClientError, BotoCoreError) as error:
        logger.warning("SageMaker does not describe the job", extra={"reason": str(error)})
        return Costs()
    resources, environment = job.get("ResourceConfig", {}), job.get("Environment", {})
    return Costs(
        training_seconds=job.get("TrainingTimeInSeconds"),
        billable_seconds=job.get("BillableTimeInSeconds"),
        is_spot=job.get("EnableManagedSpotTraining"),
        instance_type=billed_type(resources),
        machines_refused=tuple(
            environment[name] for name in sorted(environment) if name.startswith(REFUSED_MACHINE)
        ),
        image=job.get("AlgorithmSpecification", {}).get("TrainingImage"),
    )
