"""The launch, step by step: lock, newest?, what is known, decide, start, write down, say.

It may be called twice, late, or for a drop that is not the newest any more: under the lock it asks
the bucket and SageMaker what is true now.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common import clock, keys
from common.claim import claim
from common.errors import BusyError
from common.launched import Launched, remember_launched
from common.newest import read_newest
from common.observability import MetricUnit, logger, metrics
from common.storage import Bucket
from common.training_jobs import TrainingJob, TurnedDownError, recent_jobs
from launch import jobs, obstacles, plotting, request, run_name, training_code
from launch.decision import Decision, Results, decide
from launch.reporting import Reporter
from launch.run_name import DIGITS, RunName
from launch.settings import LaunchSettings

# Longer than the function may run: a launch that died gives way without help.
LOCK_SECONDS = 150
# With these outcomes the dataset has its run.
SETTLED = ("start", "running", "trained", "redraw", "not again", "given up")


@dataclass(frozen=True)
class Order:
    """A dataset to train on, its images' bytes, when raw/ was listed for it, and who asked.

    `asked_at` is the user's newest raw/_READY. `retry_after` counts a change of images too, and is
    None when nobody asked: then a run that failed is not tried again.
    """

    dataset: str
    correlation_id: str
    listed_at: datetime
    asked_at: datetime | None
    retry_after: datetime | None
    channel_bytes: int = 0

    @classmethod
    def from_answer(cls, answer: dict[str, Any]) -> Order:
        """Read the split's answer."""
        trigger = answer["trigger"]
        asked_at = clock.from_text(answer["asked_at"]) if answer.get("asked_at") else None
        listed_at = clock.from_text(answer["listed_at"]) if "listed_at" in answer else clock.now()
        triggered_at = clock.from_text(trigger["triggered_at"])
        changed_at = triggered_at if trigger["kind"] in ("window", "ready") else None
        return cls(
            dataset=answer["dataset"],
            correlation_id=trigger["correlation_id"],
            listed_at=listed_at,
            asked_at=asked_at,
            retry_after=max((at for at in (asked_at, changed_at) if at), default=None),
            channel_bytes=answer.get("channel_bytes", 0),
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
    newest = read_newest(bucket)
    reporter = Reporter(bucket, settings, order.listed_at)
    if newest is None:
        # The answer is of an earlier version's split, which copied to where no job looks now.
        reporter.superseded(order.dataset)
        return Decision("outdated", first)
    if newest.dataset != order.dataset:
        # raw/ was listed again since: what it holds now gets an answer of its own.
        logger.info("not the newest", newest=newest.dataset)
        return Decision("outdated", first)
    try:
        decision = _decide(order, settings, bucket, first)
        _act(decision, order, settings, bucket, code)
    except TurnedDownError as error:
        sentence = obstacles.explain(error.code, error.message, settings)
        if sentence is None:
            raise
        logger.warning("not started", code=error.code, message_of_sagemaker=error.message)
        reporter.not_started(order.dataset, str(first), order.correlation_id, sentence)
        return Decision("not started", first)
    if decision.outcome in SETTLED:
        # Also when the job was found rather than started: the launch that started it may have died
        # before it came to this line.
        run = Launched(run=str(decision.run), dataset=order.dataset, asked_at=order.asked_at)
        remember_launched(bucket, run)
    reporter.decided(order.dataset, decision, by_user=order.retry_after is not None)
    return decision


def _first_attempt(order: Order, settings: LaunchSettings, code: str) -> RunName:
    configuration = run_name.configuration_hash(
        settings.hyperparameters(), settings.training_image, code, settings.pretrained_weights
    )
    return RunName(settings.stack_hash, order.dataset[:DIGITS], configuration, attempt=1)


def _decide(order: Order, settings: LaunchSettings, bucket: Bucket, first: RunName) -> Decision:
    newest = jobs.newest_attempt(first)
    decision = decide(
        first,
        newest,
        recent_jobs(settings.stack_hash),
        results=_results_of(bucket, newest),
        retry_after=order.retry_after,
        now=clock.now(),
        maximum_runs_per_day=settings.maximum_runs_per_day,
    )
    logger.info("decided", outcome=decision.outcome, run=str(decision.run))
    return decision


def _results_of(bucket: Bucket, job: TrainingJob | None) -> Results:
    """Return what became of a completed job's results, as its record says."""
    if job is None or job.status != "Completed":
        return "missing"
    record = bucket.get(keys.run_metrics(job.name))
    if record is None:
        return "missing"
    return "reported" if json.loads(record).get("state") == "done" else "unusable"


def _act(
    decision: Decision,
    order: Order,
    settings: LaunchSettings,
    bucket: Bucket,
    code: Mapping[str, bytes],
) -> None:
    run = str(decision.run)
    if decision.outcome == "start":
        prefix = training_code.upload_once(bucket, code)
        job = request.Job(run, order.dataset, prefix, order.correlation_id, order.channel_bytes)
        jobs.start(request.training_job(job, settings))
        metrics.add_metric("JobsStarted", MetricUnit.Count, 1)
    elif decision.outcome == "redraw":
        description = jobs.describe(run) or {}
        event = plotting.job_end(description, order.dataset, order.correlation_id)
        plotting.draw_again(settings.plot_function_arn, event)
