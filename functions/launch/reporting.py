"""What people are told of a launch: in the bucket, and by notification where they must act."""

from __future__ import annotations

from datetime import datetime

from common import clock, keys
from common.claim import once
from common.notify import NOTIFY_SECONDS, Topic
from common.observability import MetricUnit, metrics
from common.status import StatusBoard
from common.storage import Bucket
from launch.decision import MAXIMUM_ATTEMPTS, Decision
from launch.settings import LaunchSettings

AGAIN = f"Drop {keys.READY_MARKER} to try again."


class Reporter:
    """Speaks of the drop as it was listed at one moment."""

    def __init__(self, bucket: Bucket, settings: LaunchSettings, listed_at: datetime) -> None:
        self._bucket = bucket
        self._board = StatusBoard(bucket)
        self._settings = settings
        self._listed_at = listed_at

    def decided(self, dataset: str, decision: Decision, *, by_user: bool) -> None:
        """Report a decision; `by_user` is False when an ended job asked whether there is more."""
        run = str(decision.run)
        if decision.outcome in ("start", "running"):
            self._drop("launched", f"These images are trained in run {run}.", dataset, run)
            sentence = f"Training {run} on {self._settings.instance_type}."
            self._board.report_run("training", sentence, as_of=decision.began_at, run=run)
        elif decision.outcome in ("queued", "capped"):
            self._held_back(dataset, decision)
        elif by_user:
            self._ended(dataset, decision)
        # Else the job that just ended is the newest attempt; how it ended is the plot's to say.

    def not_started(self, dataset: str, run: str, trigger: str, sentence: str) -> None:
        """Say why SageMaker did not start the job; tell people once for each trigger."""
        self._drop("not started", sentence, dataset)
        metrics.add_metric("JobsRefused", MetricUnit.Count, 1)
        topic = Topic(self._settings.topic_arn)
        once(
            self._bucket,
            keys.unstarted_lock(run, trigger),
            NOTIFY_SECONDS,
            lambda: topic.publish("droptrain: no training job could be started", sentence),
        )

    def superseded(self, dataset: str) -> None:
        """Say that droptrain was deployed anew between the split and the launch."""
        sentence = f"droptrain was updated before this drop was trained. {AGAIN}"
        self._drop("not started", sentence, dataset)

    def _held_back(self, dataset: str, decision: Decision) -> None:
        """Say what it waits for: the split saw room a moment ago, but another was quicker."""
        if decision.not_before is None:
            sentence = f"Waiting for the training job {decision.running} to end: one job at a time."
            self._drop("queued", sentence, dataset)
        else:
            free_at = clock.to_text(decision.not_before)
            sentence = (
                f"The limit of {self._settings.maximum_runs_per_day} training runs in 24 hours is "
                f"reached until {free_at}."
            )
            self._drop("capped", sentence, dataset)

    def _ended(self, dataset: str, decision: Decision) -> None:
        """Say why these images are not trained once more."""
        run = str(decision.run)
        prefix = keys.run(run)
        sentences = {
            "trained": f"These images were trained with these settings: {prefix}.",
            "redraw": f"The results of {prefix} were never drawn: they are now.",
            "not again": f"These images failed to train in {prefix} after this drop was made. "
            + AGAIN,
            "given up": f"These images failed to train {MAXIMUM_ATTEMPTS} times with these "
            f"settings, last in {prefix}. Change the images or the settings.",
        }
        state = "unchanged" if decision.outcome in ("trained", "redraw") else "not started"
        self._drop(state, sentences[decision.outcome], dataset, run)

    def _drop(self, state: str, sentence: str, dataset: str, run: str | None = None) -> None:
        facts = {"run": run} if run else {}
        self._board.report_drop(state, sentence, as_of=self._listed_at, dataset=dataset, **facts)
