"""Reports on a drop: its state in the bucket, and a notification when people must act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from common import clock, keys
from common.documents import DropState, DropWarning, StatusEntry, StatusFacts, TriggerKind
from common.lock import once
from common.observability import MetricUnit, metrics
from common.s3 import Bucket
from common.sns import NOTIFY_SECONDS, Topic
from common.status import StatusBoard
from common.wording import count, moment
from split.drop.left_out import FILES_LEFT_OUT, left_out_by_reason
from split.drop.refusal import Refusal
from split.images import CleanedDrop
from split.partition.dataset import Dataset
from split.readiness import Postponement
from split.settings import SplitSettings
from split.verdict import summary_of


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
        """Report why the dataset isn't trained now; the daily limit is notified once a day."""
        match postponement.status:
            case "unchanged":
                # After a job ended, the status keeps the plot's report of it.
                if trigger == "window":
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
            case "queued":
                job = f"the training job {postponement.run}"
                sentence = f"Waiting for {job} to end: one job runs at a time."
                self._report("queued", sentence, dataset=dataset.identity)
            case "capped":
                self._capped(dataset, postponement.free_at or self._listed_at)

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

    def _capped(self, dataset: Dataset, free_at: datetime) -> None:
        limit = count(self._settings.maximum_runs_per_day, "training run")
        sentence = (
            f"The limit of {limit} in 24 hours is reached. The newest images are trained after "
            f"{moment(free_at)}; to train them sooner, deploy with a higher MaximumRunsPerDay and "
            f"drop {keys.READY_MARKER}."
        )
        not_before = clock.to_text(free_at.replace(microsecond=0))
        self._report("capped", sentence, dataset=dataset.identity, not_before=not_before)
        metrics.add_metric("RunsCapped", MetricUnit.Count, 1)
        lock = keys.notification_lock("capped", f"{self._listed_at:%Y-%m-%d}")
        self._notify_once(lock, "droptrain: daily limit of runs reached", sentence)

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
