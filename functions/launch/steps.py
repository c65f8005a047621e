"""The launch, step by step: who are we, what runs already, start or say why not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common import clock, keys
from common.claim import claim
from common.errors import BusyError
from common.observability import MetricUnit, logger, metrics
from common.storage import JSON, Bucket
from launch import announcements, jobs, obstacles, request, run_name, training_code
from launch.decision import LONGEST_JOB, Decision, decide
from launch.run_name import DIGITS, RunName
from launch.settings import LaunchSettings

# Longer than the function may run: a launch that died gives way without help.
LOCK_SECONDS = 150


@dataclass(frozen=True)
class Order:
    """A dataset to train on, and who asked for it."""

    dataset: str
    correlation_id: str
    retry_after: datetime | None

    @classmethod
    def from_answer(cls, answer: dict[str, Any]) -> Order:
        """Read the split's answer; an ended job asks for nothing to be tried again."""
        trigger = answer["trigger"]
        asked = trigger["kind"] != "job ended"
        return cls(
            dataset=answer["dataset"],
            correlation_id=trigger["correlation_id"],
            retry_after=clock.from_text(trigger["triggered_at"]) if asked else None,
        )


def launch(order: Order, settings: LaunchSettings) -> Decision:
    """Start a job for the dataset, unless there is a reason not to.

    Raises:
        BusyError: another launch is at work; Lambda retries the event.
        TurnedDownError: SageMaker turned a request down that it may take later.
    """
    bucket = Bucket(settings.bucket)
    lock = claim(bucket, keys.LAUNCH_LOCK, LOCK_SECONDS)
    if lock is None:
        raise BusyError("another launch is at work on this stack")
    try:
        return _launch(order, settings, bucket)
    finally:
        lock.release()


def _launch(order: Order, settings: LaunchSettings, bucket: Bucket) -> Decision:
    code = training_code.read_files()
    first = _first_attempt(order, settings, training_code.hash_of(code))
    try:
        decision = _decide_and_start(order, settings, bucket, first, code)
    except jobs.TurnedDownError as error:
        sentence = obstacles.explain(error.code, error.message, settings)
        if sentence is None:
            raise
        logger.warning("not started", code=error.code, message_of_sagemaker=error.message)
        announcements.not_started(settings, str(first), order.correlation_id, sentence)
        return Decision("not started", first)
    _remember(bucket, order.dataset, decision)
    by_user = order.retry_after is not None
    announcements.announce(settings, order.dataset, decision, by_user=by_user)
    return decision


def _decide_and_start(
    order: Order,
    settings: LaunchSettings,
    bucket: Bucket,
    first: RunName,
    code: Mapping[str, bytes],
) -> Decision:
    now = clock.now()
    decision = decide(
        first,
        jobs.newest_attempt(first),
        jobs.jobs_since(settings.stack_hash, now - LONGEST_JOB),
        retry_after=order.retry_after,
        now=now,
        maximum_runs_per_day=settings.maximum_runs_per_day,
    )
    logger.info("decided", outcome=decision.outcome, run=str(decision.run))
    if decision.outcome == "start":
        prefix = training_code.upload_once(bucket, code)
        job = request.Job(str(decision.run), order.dataset, prefix, order.correlation_id)
        jobs.start(request.training_job(job, settings))
        metrics.add_metric("JobsStarted", MetricUnit.Count, 1)
    return decision


def _first_attempt(order: Order, settings: LaunchSettings, code: str) -> RunName:
    configuration = run_name.configuration_hash(
        settings.hyperparameters(), settings.training_image, code, settings.pretrained_weights
    )
    return RunName(settings.stack_hash, order.dataset[:DIGITS], configuration, attempt=1)


def _remember(bucket: Bucket, dataset: str, decision: Decision) -> None:
    # Also when the job was found rather than started: the launch that started it may have died
    # before it came to this line.
    if decision.outcome in ("start", "running", "trained"):
        body = json.dumps({"run": str(decision.run)}).encode()
        bucket.put(keys.launched(dataset), body, JSON)
