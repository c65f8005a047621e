"""Predict, step by step: read the messages, answer each image, write answers, plan pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from common import clock, keys
from common.current_model import read_current_model
from common.observability import MetricUnit, logger, metrics
from common.s3 import Bucket
from predict import batches, reporting, scheduler, sqs
from predict.inbox import Batch, asking_again, is_image_key, read_batch
from predict.judge import MAXIMUM_FILE_BYTES, Answered, Judge, current_judge
from predict.settings import PredictSettings
from predict.window import PagesEvent


class Predict:
    """Answers what lies in inbox/; `function_arn` is its own, for the schedule of the pages."""

    def __init__(self, settings: PredictSettings, function_arn: str) -> None:
        self._settings = settings
        self._function_arn = function_arn
        self._bucket = Bucket(settings.bucket)

    def answer_messages(self, bodies: Mapping[str, str], request_id: str) -> list[str]:
        """Answer the images that messages, by id, name; return the ids of those that failed.

        Without a model nothing is answered and no message fails: when the first model is there,
        all images in inbox/ are asked about.
        """
        batch = read_batch(bodies)
        for name, reason in batch.unreadable.items():
            logger.error("not a notification of S3", message_id=name, reason=reason)
        failed = set(batch.unreadable)
        if batch.tells_of_model:
            self._ask_about_all_after_the_first_model()
        if batch.images:
            now = clock.now()
            judge = current_judge(self._bucket, self._settings.minimum_confidence)
            if judge:
                failed |= self._answer(batch, judge, now, request_id)
            else:
                logger.info("no model yet", images=len(batch.images))
            scheduler.schedule_pages(now.date(), self._function_arn, self._settings)
        return sorted(failed)

    def write_pages(self, event: PagesEvent) -> int:
        """Write the tables and pages of a day, and of a day that is over its drift."""
        day = event.day or reporting.yesterday(clock.now())
        answers = reporting.write_pages(self._bucket, day)
        if event.kind == "daily":
            reporting.report_drift(self._bucket, answers, self._settings.minimum_confidence)
        return len(answers)

    def _answer(self, batch: Batch, judge: Judge, now: datetime, request_id: str) -> set[str]:
        answers: list[Answered] = []
        failed: set[str] = set()
        for key, messages in batch.images.items():
            try:
                if answered := self._answer_one(key, judge, now):
                    answers.append(answered)
            except Exception:  # the other images are answered; this one is tried again
                logger.exception("an image couldn't be answered", key=key)
                failed |= messages
        if answers:
            batches.write_batch(self._bucket, batches.name_of(now, request_id), answers)
        metrics.add_metric("Answers", MetricUnit.Count, len(answers))
        return failed

    def _answer_one(self, key: str, judge: Judge, now: datetime) -> Answered | None:
        stored = self._bucket.get_with_etag(key, MAXIMUM_FILE_BYTES + 1)
        # Moved or deleted meanwhile, for example by a command of the review.
        return judge.answer(key, stored, now) if stored else None

    def _ask_about_all_after_the_first_model(self) -> None:
        current = read_current_model(self._bucket)
        if current and current.previous is None:
            images = [key for key in self._bucket.keys(keys.INBOX) if is_image_key(key)]
            sqs.send(self._settings.inbox_queue_url, asking_again(images))
            logger.info("the first model answers what was there before it", images=len(images))
