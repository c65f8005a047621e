"""Reports on a drop: its state in the bucket, and a notification when people must act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from common import clock, keys
from common.documents import DropWarning, TriggerKind
from common.limits import Obstacle, explain
from common.lock import once
from common.observability import MetricUnit, metrics
from common.s3 import Bucket
from common.sns import NOTIFY_SECONDS, Topic
from common.status import StatusBoard
from common.status_document import DropState, StatusEntry, StatusFacts
from common.wording import count
from split.drop.left_out import FILES_LEFT_OUT, left_out_by_reason
from split.drop.refusal import Refusal
from split.images import CleanedDrop
from split.partition.dataset import Dataset
from split.readiness import Postponement
from split.settings import SplitSettings
from split.verdict import summary_of

LIMITS_REACHED = {
    "day": "droptrain: daily limit of runs reached",
    "month": "droptrain: monthly limit of training hours reached",
    "never": "droptrain: the limits allow no training job",
}


class DropReporter:
    """Reports on the drop as it was listed at one moment."""

    def __init__(self, bucket: Bucket, settings: SplitSettings, listed_at: datetime) -> None:
        self._bucket = bucket
        self._settings = settings
        self._listed_at = listed_at

    def refused(
        self, drop: str, cleaned: CleanedDrop, refusal: Refusal, warnings: Sequence[DropWarning]
    ) -> None:
        """Report why the drop isn't trained, and notify once for each `drop`."""
        verdict = keys.refused_verdict(drop)
        self._report(
            "refused",
            f"{refusal.sentence} {refusal.remedy}",
            code=refusal.code,
            warnings=[warning.sentence for warning in warnings] or None,
            left_out=left_out_by_reason(cleaned),
            verdict=verdict,
        )
        metrics.add_metric("DropsRefused", MetricUnit.Count, 1)
        left_out = [warning.sentence for warning in warnings if warning.code == FILES_LEFT_OUT]
        details = f"Details: {keys.s3_uri(self._bucket.name, verdict)}"
        paragraphs = (refusal.sentence, refusal.remedy, *left_out, details)
        lock = keys.notification_lock("refused", drop)
        self._notify_once(lock, "droptrain: the drop cannot be trained", *paragraphs)

    def postponed(self, dataset: Dataset, postponement: Postponement, trigger: TriggerKind) -> None:
        """Report why the dataset isn't trained now; a limit is notified once a day or month."""
        if postponement.obstacle:
            self._blocked(dataset, postponement.obstacle)
        match postponement.status:
            case "unchanged":
                # After a job ended, the status keeps the plot's report of it. But a launch that
                # was given up may have started the run, and nothing else says so.
                if trigger == "window" or not StatusBoard(self._bucket).is_settled():
                    run = postponement.run
                    sentence = (
                        f"Nothing new to train: {keys.run(run)} was started with the same images. "
                        f"Drop {keys.READY_MARKER} to train them again with changed parameters or "
                        "after a failure."
                    )
                    self._report("unchanged", sentence, dataset=dataset.identity, run=run)
            case "collecting":
                minimum = count(self._settings.minimum_changed_images, "changed image")
                self._report(
                    "collecting",
                    f"{postponement.changed_images:,} of the {minimum} that start a run have "
                    f"arrived (MinimumChangedImages). Drop {keys.READY_MARKER} to train them now.",
                    dataset=dataset.identity,
                    verdict=keys.verdict(dataset.identity),
                )

    def copying(self, dataset: Dataset, missing: int) -> None:
        """Report that copying begins."""
        self._report("splitting", f"Copying {count(missing, 'image')}.", dataset=dataset.identity)

    def out_of_time(self, dataset: Dataset, done: int, missing: int) -> None:
        """Report how many images this attempt copied, and that another one continues."""
        self._report(
            "splitting",
            f"Copied {done:,} of {count(missing, 'image')} in this attempt; the next one continues "
            "by itself within minutes. If this is still shown after an hour, drop "
            f"{keys.READY_MARKER}.",
            dataset=dataset.identity,
        )

    def ready(
        self, dataset: Dataset, cleaned: CleanedDrop, warnings: Sequence[DropWarning]
    ) -> None:
        """Report that the dataset is complete."""
        self._report(
            "ready",
            summary_of(dataset),
            dataset=dataset.identity,
            left_out=left_out_by_reason(cleaned),
            # None, so that the page shows no empty line.
            warnings=[warning.sentence for warning in warnings] or None,
            verdict=keys.verdict(dataset.identity),
        )

    def _blocked(self, dataset: Dataset, obstacle: Obstacle) -> None:
        sentence = explain(obstacle, self._settings)
        if obstacle.kind == "running":
            self._report("queued", sentence, dataset=dataset.identity)
            return
        facts = StatusFacts(dataset=dataset.identity)
        if obstacle.free_at:
            facts["not_before"] = clock.to_text(obstacle.free_at.replace(microsecond=0))
        self._report("capped", sentence, **facts)
        metrics.add_metric("RunsCapped", MetricUnit.Count, 1)
        lock = keys.notification_lock("capped", self._period_of(obstacle))
        self._notify_once(lock, LIMITS_REACHED[obstacle.kind], sentence)

    def _period_of(self, obstacle: Obstacle) -> str:
        """Name the day, or the month and its limit: people are notified once for each."""
        if obstacle.kind == "day":
            return f"{self._listed_at:%Y-%m-%d}"
        hours = self._settings.maximum_training_hours_per_month
        return f"{self._listed_at:%Y-%m}-{obstacle.kind}-{hours}"

    def _report(self, state: DropState, sentence: str, **facts: Unpack[StatusFacts]) -> None:
        StatusBoard(self._bucket).report_drop(state, sentence, as_of=self._listed_at, **facts)

    def _notify_once(self, lock: str, subject: str, *paragraphs: str) -> None:
        topic = Topic(self._settings.topic_arn)
        lines = [line for paragraph in paragraphs for line in (paragraph, "")][:-1]
        once(self._bucket, lock, NOTIFY_SECONDS, lambda: topic.publish(subject, *lines))


def may_report_failing(shown: StatusEntry) -> bool:
    """Return whether a failed split may report itself: not while a later one is certain to come."""
    if shown.get("state") != "waiting" or "until" not in shown:
        return True
    return clock.from_text(shown["until"]) <= clock.now()
