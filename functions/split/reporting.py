"""What people are told of a drop: its state in the bucket, and by notification what needs them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Unpack

from common import clock, keys
from common.documents import DropState, StatusEntry, StatusFacts
from common.lock import once
from common.observability import MetricUnit, metrics
from common.s3 import JSON, JSON_LINES, Bucket
from common.sns import NOTIFY_SECONDS, Topic
from common.status import StatusBoard
from common.training_job import Obstacle
from split import losses, records
from split.drop_warnings import warnings_of_drop
from split.objects import Cleaned, Dataset, DropWarning
from split.refusal import Refusal
from split.settings import SplitSettings


class Reporter:
    """Speaks of the drop as it was listed at one moment."""

    def __init__(self, bucket: Bucket, settings: SplitSettings, listed_at: datetime) -> None:
        self._bucket = bucket
        self._settings = settings
        self._listed_at = listed_at

    def refused(self, cleaned: Cleaned, refusal: Refusal) -> None:
        """Say why the drop is not trained, in the bucket and, once, by notification."""
        bucket, drop = self._bucket, _drop_name(cleaned)
        bucket.put(keys.refused_manifest(drop), records.manifest(cleaned, None), JSON_LINES)
        warnings = warnings_of_drop(cleaned)
        verdict = records.verdict_of_refusal(cleaned, refusal, self._settings.facts(), warnings)
        bucket.put(keys.refused_verdict(drop), verdict, JSON)
        self._report(
            "refused",
            f"{refusal.sentence} {refusal.remedy}",
            code=refusal.code,
            warnings=[warning.sentence for warning in warnings] or None,
            left_out=losses.reasons_of(cleaned),
            verdict=keys.refused_verdict(drop),
        )
        metrics.add_metric("DropsRefused", MetricUnit.Count, 1)
        lost = [warning.sentence for warning in warnings if warning.code == losses.CODE]
        details = f"Details: {keys.s3_uri(bucket.name, keys.refused_verdict(drop))}"
        paragraphs = (refusal.sentence, refusal.remedy, *lost, details)
        self._notify_once(
            keys.refused_lock(drop), "droptrain: the drop cannot be trained", *paragraphs
        )

    def unchanged(self, dataset: Dataset, run: str) -> None:
        """Say that these images have been trained on already."""
        self._report(
            "unchanged",
            f"Nothing new to train: a run of these images was started before, {keys.run(run)}. "
            f"Drop {keys.READY_MARKER} to train them again with changed settings or after a "
            "failure.",
            dataset=dataset.identity,
            run=run,
        )

    def collecting(self, dataset: Dataset, changed: int) -> None:
        """Say that too little has changed for another run."""
        minimum = self._settings.minimum_changed_images
        self._report(
            "collecting",
            f"{changed} of the {minimum} changed images that start a run have arrived "
            f"(MinimumChangedImages). Drop {keys.READY_MARKER} to train them now.",
            dataset=dataset.identity,
            verdict=keys.verdict(dataset.identity),
        )

    def held_back(self, dataset: Dataset, obstacle: Obstacle) -> None:
        """Say what the drop waits for; of the daily limit people are told once a day."""
        if obstacle.free_at is None:
            sentence = (
                f"Waiting for the training job {obstacle.running} to end: one job runs at a time."
            )
            self._report("queued", sentence, dataset=dataset.identity)
            return
        free_at = clock.to_text(obstacle.free_at.replace(microsecond=0))
        sentence = (
            f"The limit of {self._settings.maximum_runs_per_day} training runs in 24 hours is "
            f"reached. The newest images are trained after {free_at}; to train them sooner, deploy "
            f"with a higher MaximumRunsPerDay and drop {keys.READY_MARKER}."
        )
        self._report("capped", sentence, dataset=dataset.identity, not_before=free_at)
        metrics.add_metric("RunsCapped", MetricUnit.Count, 1)
        lock = keys.capped_lock(f"{self._listed_at:%Y-%m-%d}")
        self._notify_once(lock, "droptrain: daily limit of runs reached", sentence)

    def copying(self, dataset: Dataset, images: int) -> None:
        """Say that copying begins."""
        self._report("splitting", f"Copying {images} images.", dataset=dataset.identity)

    def out_of_time(self, dataset: Dataset, done: int, wanted: int) -> None:
        """Say how far this try came, and that another one goes on."""
        self._report(
            "splitting",
            f"Copied {done} of {wanted} images in this try; the next try goes on by itself within "
            f"minutes. Should this stand here for more than an hour, drop {keys.READY_MARKER}.",
            dataset=dataset.identity,
        )

    def ready(self, dataset: Dataset, cleaned: Cleaned, warnings: Sequence[DropWarning]) -> None:
        """Say that the dataset is complete."""
        self._report(
            "ready",
            f"{dataset.side_count('train')} images to train on, "
            f"{dataset.side_count('validation')} to validate, of {len(dataset.counts())} classes.",
            dataset=dataset.identity,
            left_out=losses.reasons_of(cleaned),
            # None, so that the page shows no empty line.
            warnings=[warning.sentence for warning in warnings] or None,
            verdict=keys.verdict(dataset.identity),
        )

    def _report(self, state: DropState, sentence: str, **facts: Unpack[StatusFacts]) -> None:
        StatusBoard(self._bucket).report_drop(state, sentence, as_of=self._listed_at, **facts)

    def _notify_once(self, lock: str, subject: str, *paragraphs: str) -> None:
        topic = Topic(self._settings.topic_arn)
        lines = [line for paragraph in paragraphs for line in (paragraph, "")][:-1]
        once(self._bucket, lock, NOTIFY_SECONDS, lambda: topic.publish(subject, *lines))


def may_say_failing(shown: StatusEntry) -> bool:
    """Whether a split that fails may say so: not while a later one is certain to come."""
    if shown.get("state") != "waiting" or "until" not in shown:
        return True
    return clock.from_text(shown["until"]) <= clock.now()


def _drop_name(cleaned: Cleaned) -> str:
    sources = [image.source for image in cleaned.images]
    sources += [left_out.source for left_out in cleaned.left_out]
    lines = sorted(f"{source.key}\n{source.content}\n" for source in sources)
    return sha256("".join(lines).encode()).hexdigest()
