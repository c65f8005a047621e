"""Says why a dataset is not trained now: it was, too little changed, or no job may start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from common import clock, keys, sagemaker
from common.s3 import Bucket
from common.schedule import Schedule, again_name
from common.scheduler import create_schedule
from common.splits import NewestSplit, read_newest_run, read_run_of_dataset
from common.training_job import Obstacle, obstacle_of
from split import records
from split.answer import AnswerStatus
from split.objects import Dataset
from split.reporting import Reporter
from split.settings import SplitSettings
from split.trigger import Trigger
from split.workers import SecondsLeft, unlimited


@dataclass(frozen=True)
class Invocation:
    """Why and when the split was started, its own ARN, and how many seconds it may still take.

    It speaks of raw/ as of its start, whatever it finds later: so two that overlap have an order.
    """

    trigger: Trigger
    started_at: datetime
    function_arn: str
    seconds_left: SecondsLeft = unlimited


def reason_to_wait(
    bucket: Bucket,
    settings: SplitSettings,
    invocation: Invocation,
    dataset: Dataset,
    newest: NewestSplit,
    reporter: Reporter,
) -> AnswerStatus | None:
    """Return, and report, why the dataset is not trained now; None if it is."""
    kind = invocation.trigger.kind
    launched = read_run_of_dataset(bucket, dataset.identity)
    if launched and kind != "ready" and launched.answers(newest.asked_at):
        # After a job the last word stays the plot's.
        if kind == "window":
            reporter.unchanged(dataset, launched.run)
        return "unchanged"
    changed = changed_images(bucket, dataset, settings, newest)
    if changed is not None and changed < settings.minimum_changed_images:
        reporter.collecting(dataset, changed)
        return "collecting"
    obstacle = find_obstacle(settings)
    if obstacle is None:
        return None
    reporter.held_back(dataset, obstacle)
    if obstacle.free_at is None:
        return "queued"  # when the job ends, the split is started again
    ask_again_at(obstacle.free_at, settings, invocation)
    return "capped"


def changed_images(
    bucket: Bucket, dataset: Dataset, settings: SplitSettings, newest: NewestSplit
) -> int | None:
    """Count the images that were added, removed or moved since the newest run.

    Returns:
        None when it does not matter: there was no run, or the user has asked for one since.
    """
    launched = read_newest_run(bucket) if settings.minimum_changed_images > 1 else None
    if launched is None or not launched.answers(newest.asked_at):
        return None
    body = bucket.get(keys.manifest(launched.dataset))
    if body is None:
        return None
    before = records.labelled_contents(body)
    now = {(item.image.class_name, item.image.source.content) for item in dataset.images}
    # A moved image is one change, although it leaves one class and comes to another.
    return len({content for _, content in before ^ now})


def find_obstacle(settings: SplitSettings) -> Obstacle | None:
    """Ask SageMaker what keeps a job from starting now: a running one, or the daily limit."""
    jobs = sagemaker.recent_jobs(settings.stack_hash)
    return obstacle_of(jobs, clock.now(), settings.maximum_runs_per_day)


def ask_again_at(moment: datetime, settings: SplitSettings, invocation: Invocation) -> None:
    """Have the split started again once the daily limit has passed."""
    fires_at = moment.replace(microsecond=0) + timedelta(seconds=1)
    name = again_name(int(fires_at.timestamp()))
    payload = Trigger("again", fires_at, name).payload(name)
    create_schedule(Schedule(name, fires_at, payload), invocation.function_arn, settings)
