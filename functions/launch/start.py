"""Starts a job on the first machine that SageMaker doesn't refuse."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from common.observability import MetricUnit, logger, metrics
from common.sagemaker import TurnedDownError
from launch import sagemaker
from launch.machines import (
    MachineRefusal,
    Machines,
    NoMachineError,
    machines_left,
    machines_to_request,
    refusals_of,
)
from launch.order import Order
from launch.request import training_job_request
from launch.settings import LaunchSettings


@dataclass(frozen=True)
class Start:
    """What a job was started on, after which refusals."""

    machines: Machines
    refusals: tuple[MachineRefusal, ...] = ()


def start_job(run: str, order: Order, code_prefix: str, settings: LaunchSettings) -> Start:
    """Start the job, and return on what; a job of this name that exists already is left alone.

    Raises:
        NoMachineError: SageMaker refused every machine.
        TurnedDownError: SageMaker refused the request for another reason.
    """
    waiting = deque(machines_to_request(settings.instance_types, use_spot=settings.use_spot))
    refusals: list[MachineRefusal] = []
    while waiting:
        machines = waiting.popleft()
        request = training_job_request(run, order, code_prefix, settings, machines, refusals)
        try:
            sagemaker.start(request)
        except TurnedDownError as error:
            refused = refusals_of(machines, error.code, error.message)
            if refused is None:
                raise
            logger.warning("refused", machines=str(machines), message_of_sagemaker=error.message)
            refusals += refused
            waiting.extendleft(reversed(machines_left(machines, refused)))
        else:
            metrics.add_metric("JobsStarted", MetricUnit.Count, 1)
            return Start(machines, tuple(refusals))
    raise NoMachineError(refusals)
