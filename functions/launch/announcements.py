"""Says in the bucket, and where somebody must act by notification, what the launch decided."""

from __future__ import annotations

from common import clock, keys
from common.claim import once
from common.notify import NOTIFY_SECONDS, Topic
from common.observability import MetricUnit, metrics
from common.status import StatusBoard
from common.storage import Bucket
from launch.decision import MAXIMUM_ATTEMPTS, Decision
from launch.settings import LaunchSettings


def announce(settings: LaunchSettings, dataset: str, decision: Decision, *, by_user: bool) -> None:
    """Report a decision; `by_user` is False when an ended job asked whether there is more."""
    board = StatusBoard(Bucket(settings.bucket))
    run = str(decision.run)
    prefix = keys.run(run)
    if decision.outcome in ("start", "running"):
        sentence = f"These images are trained in run {run}."
        board.report_drop("launched", sentence, dataset=dataset, run=run)
        board.report_run("training", f"Training {run} on {settings.instance_type}.", run=run)
    elif decision.outcome == "queued":
        sentence = f"Waiting for the training job {run} to end: one job runs at a time."
        board.report_drop("queued", sentence, dataset=dataset)
    elif decision.outcome == "capped":
        _capped(settings, board, decision)
    elif not by_user:
        # The job that just ended is the newest attempt; how it ended is the plot's to say.
        return
    elif decision.outcome == "trained":
        board.report_run(
            "done", f"These images were trained with these settings: {prefix}.", run=run
        )
    else:
        board.report_run("failed", _no_more(decision, prefix), run=run)


def not_started(settings: LaunchSettings, run: str, trigger: str, sentence: str) -> None:
    """Say why SageMaker did not start the job; tell people once for each trigger."""
    StatusBoard(Bucket(settings.bucket)).report_run("failed", sentence)
    metrics.add_metric("JobsRefused", MetricUnit.Count, 1)
    _tell_once(settings, run, trigger, "droptrain: no training job could be started", sentence)


def _capped(settings: LaunchSettings, board: StatusBoard, decision: Decision) -> None:
    assert decision.not_before is not None
    not_before = clock.to_text(decision.not_before)
    sentence = (
        f"The limit of {settings.maximum_runs_per_day} training runs in 24 hours is reached. Drop "
        f"raw/_READY after {not_before}, or deploy with a higher MaximumRunsPerDay."
    )
    board.report_run("capped", sentence, not_before=not_before)
    metrics.add_metric("RunsCapped", MetricUnit.Count, 1)
    subject = "droptrain: daily limit of runs reached"
    _tell_once(settings, str(decision.run), not_before, subject, sentence)


def _tell_once(
    settings: LaunchSettings, run: str, occasion: str, subject: str, sentence: str
) -> None:
    once(
        Bucket(settings.bucket),
        keys.unstarted_lock(run, occasion),
        NOTIFY_SECONDS,
        lambda: Topic(settings.topic_arn).publish(subject, sentence),
    )


def _no_more(decision: Decision, prefix: str) -> str:
    if decision.outcome == "given up":
        return (
            f"These images failed to train {MAXIMUM_ATTEMPTS} times with these settings, last in "
            f"{prefix}. Change the images or the settings."
        )
    return (
        f"These images failed to train in {prefix} after this drop was made. "
        "Drop raw/_READY to try again."
    )
