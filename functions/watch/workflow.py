"""The watch, step by step: describe the job; if its end was never handled, report and send it.

What it sends twice does no harm: plot and split look at what is there. The schedule of another look
comes before the event, so none is lost by a watch that dies.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from common import clock, keys, sagemaker
from common.documents import WatchEvent
from common.lock import is_done
from common.observability import MetricUnit, logger, metrics
from common.s3 import Bucket
from common.schedule import watch_name
from common.scheduler import create_schedule
from common.settings import ScheduleSettings
from common.training_job import RUNNING
from watch import eventbridge
from watch.job_end import ended_at, job_end
from watch.reporting import WatchReporter
from watch.stuck import is_stuck

# A job that still runs, and one whose end was sent, is looked at again after this time.
PAUSE = timedelta(hours=1)
# What is sent may get lost as well. After so many times only the next daily look goes on.
MAXIMUM_SENDINGS = 4
# States of a run whose end may not have been reported.
UNFINISHED = ("training", "failing")

JobOutcome = Literal["no job", "running", "reported", "sent"]


class Watch:
    """Looks after jobs and drops; `function_arn` is its own, for another look later."""

    def __init__(self, settings: ScheduleSettings, function_arn: str) -> None:
        self._settings = settings
        self._function_arn = function_arn
        self._bucket = Bucket(settings.bucket)
        self._reporter = WatchReporter(self._bucket)

    def check_job(self, event: WatchEvent) -> JobOutcome:
        """Send the end of a job to plot and split, unless it was handled.

        Raises:
            NotSentError: EventBridge refused the event; a retry helps.
        """
        job = sagemaker.describe(event.run)
        if job is None:
            return "no job"
        if job["TrainingJobStatus"] in RUNNING:
            if not event.draw_again:
                self._look_again(event)
            return "running"
        if not event.draw_again:
            if self._is_reported(event.run):
                return "reported"
            logger.warning("the end of the job was not handled", status=job["TrainingJobStatus"])
            metrics.add_metric("JobEndsMissed", MetricUnit.Count, 1)
            self._reporter.unreported(event.run, ended_at(job))
            if event.sent + 1 < MAXIMUM_SENDINGS:
                self._look_again(event.model_copy(update={"sent": event.sent + 1}))
        eventbridge.send(job_end(job, event.correlation_id, draw_again=event.draw_again))
        return "sent"

    def check_status(self) -> str:
        """Look at the news of the drop and of the newest run; return what was found."""
        status = self._reporter.read()
        drop, run = status.get("drop", {}), status.get("run", {})
        found = []
        if is_stuck(drop, clock.now()):
            self._reporter.stuck(drop)
            found.append("drop stuck")
        if run.get("state") in UNFINISHED and "run" in run:
            found.append(f"job {self.check_job(WatchEvent(kind='job', run=run['run']))}")
        self._reporter.repair_page()
        return ", ".join(found) or "nothing"

    def _is_reported(self, run: str) -> bool:
        """Whether plot finished: it writes the record, then notifies."""
        lock = keys.notification_lock("notified", run)
        return bool(self._bucket.keys(keys.run_metrics(run))) and is_done(self._bucket, lock)

    def _look_again(self, event: WatchEvent) -> None:
        moment = clock.now().replace(microsecond=0) + PAUSE
        name = watch_name(event.run, moment)
        create_schedule(name, event, moment, self._function_arn, self._settings)
