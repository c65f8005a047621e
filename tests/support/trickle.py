"""A camera that drops an image every few minutes: split and launch on a clock of their own."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common import clock, keys
from common.documents import ScheduleEvent
from common.schedule import window_name
from common.training_job import TrainingJob
from launch import handler as launch
from split import handler as split
from split import readiness, scheduler
from split.s3 import copying
from tests.support.aws import Stack, png
from tests.support.context import LambdaContext
from tests.support.events import load_event

START = datetime(2026, 11, 22, 6, tzinfo=UTC)
QUIET = timedelta(minutes=4)  # from an upload to its split
TRAINING = timedelta(minutes=20)


@dataclass
class Trickle:
    """What was done so far; `now` is the time."""

    aws: Stack
    now: datetime = START
    copies: int = 0
    splits: int = 0
    jobs: list[TrainingJob] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    _events: list[tuple[datetime, int, dict[str, Any]]] = field(default_factory=list)
    _number: itertools.count[int] = field(default_factory=itertools.count)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of clock, Scheduler and SageMaker; count what is copied."""
        copy_all = copying.copy_all

        def counted(bucket: str, pairs: Sequence[tuple[str, str]], *rest: Any) -> Any:
            self.copies += len(pairs)
            return copy_all(bucket, pairs, *rest)

        monkeypatch.setattr(clock, "now", lambda: self.now)
        monkeypatch.setattr(copying, "copy_all", counted)
        monkeypatch.setattr(scheduler, "create_schedule", self._schedule)
        # No event is lost here, so nothing has to be watched.
        monkeypatch.setattr("launch.watching.create_schedule", lambda *_schedule: None)
        monkeypatch.setattr(readiness.sagemaker, "recent_jobs", self._recent)
        monkeypatch.setattr("common.sagemaker.recent_jobs", self._recent)
        monkeypatch.setattr("launch.workflow.sagemaker.newest_attempt", self._newest)
        monkeypatch.setattr("launch.workflow.sagemaker.start", self._start)

    def drop(self, images: int, at: datetime) -> None:
        """Drop so many images, in turn into two classes; a split follows once it is quiet."""
        self.run_until(at)
        for number in itertools.islice(self._number, images):
            name = f"raw/{('good', 'oil')[number % 2]}/{number}.png"
            self.aws.put(name, png(name.ljust(3000)))
        fires_at = at + QUIET
        event = load_event("scheduler/window") | {
            "window": window_name(int(fires_at.timestamp())),
            "triggered_at": clock.to_text(at),
        }
        self._add(fires_at, event)

    def run_until(self, end: datetime) -> None:
        """Let happen what is due by then, in its order."""
        while self._events and self._events[0][0] <= end:
            self.now, _, event = self._events.pop(0)
            self._split(event)
        self.now = end

    def _split(self, event: dict[str, Any]) -> None:
        self.splits += 1
        if event["source"] == "aws.sagemaker":
            job = self.jobs[-1]
            self.jobs[-1] = TrainingJob(job.name, "Completed", job.created_at, self.now)
            self.aws.put(keys.run_metrics(job.name), b'{"state": "done"}')
        answer = split.handle(event, LambdaContext())
        launch.handle({"responsePayload": answer}, LambdaContext())
        self.messages += [message["Subject"] for message in self.aws.messages()]

    def _add(self, moment: datetime, event: dict[str, Any]) -> None:
        self._events.append((moment, next(self._number), event))
        self._events.sort(key=lambda item: item[:2])

    def _schedule(self, _: str, event: ScheduleEvent, fires_at: datetime, *__: Any) -> None:
        if not any(planned.get("window") == event.window for _, _, planned in self._events):
            self._add(fires_at, event.model_dump(mode="json"))

    def _recent(self, _: str) -> list[TrainingJob]:
        return self.jobs[::-1]

    def _newest(self, first: Any) -> TrainingJob | None:
        return next((job for job in self.jobs[::-1] if job.name.startswith(first.identity)), None)

    def _start(self, request: dict[str, Any]) -> bool:
        self.jobs.append(TrainingJob(request["TrainingJobName"], "InProgress", self.now))
        ends_at = self.now + TRAINING
        event = load_event("sagemaker/job_completed") | {"time": clock.to_text(ends_at)}
        self._add(ends_at, event)
        return True


def trickle(aws: Stack, monkeypatch: pytest.MonkeyPatch, images: int, further: int) -> Trickle:
    """Drop `images`, then one more every five minutes; return what was done after the last."""
    made = Trickle(aws)
    made.install(monkeypatch)
    made.drop(images, START)
    for number in range(1, further + 1):
        made.drop(1, START + number * timedelta(minutes=5))
    made.run_until(made.now + timedelta(minutes=5))
    return made
