"""What people read about a launch: in the status, and by notification where they must act."""

from __future__ import annotations

from common import keys
from common.limits import explain
from common.lock import once
from common.observability import MetricUnit, metrics
from common.run_index import RunIndex, read_index
from common.s3 import Bucket
from common.sns import NOTIFY_SECONDS, Topic
from common.status import StatusBoard
from common.status_document import DropState, StatusEntry, StatusFacts
from launch.decision import MAXIMUM_ATTEMPTS, Decision
from launch.estimate import estimate_of
from launch.order import Order
from launch.run_name import RunName
from launch.settings import LaunchSettings
from launch.start import Start

AGAIN = f"Drop {keys.READY_MARKER} to try again."


class LaunchReporter:
    """Reports on the drop that was listed for one order."""

    def __init__(self, bucket: Bucket, settings: LaunchSettings, order: Order) -> None:
        self._bucket = bucket
        self._settings = settings
        self._order = order

    def decided(self, decision: Decision, start: Start | None) -> None:
        """Report a decision, and the start that followed it."""
        run = str(decision.run)
        if decision.outcome in ("start", "running"):
            self._drop("launched", f"Run {run} was started on these images.", run)
            facts: StatusFacts = {"run": run}
            sentence = f"Training run {run}."
            if start:
                sentence = f"Training run {run} on {start.machines}."
                facts["machine"] = str(start.machines)
                facts["machines_refused"] = list(map(str, start.refusals)) or None
                index = read_index(self._bucket.get(keys.RUNS_JSON)) or RunIndex()
                images = self._order.images
                facts["estimate"] = estimate_of(index, decision.run, start.machines, images)
            StatusBoard(self._bucket).report_run(
                "training", sentence, as_of=decision.began_at, **facts
            )
        elif decision.obstacle:
            # Split saw room a moment ago, but another run took it.
            state: DropState = "queued" if decision.outcome == "queued" else "capped"
            self._drop(state, explain(decision.obstacle, self._settings))
        elif self._order.retry_after is not None:
            self._has_run(decision)
        # Else no user asked: the job that just ended is the newest attempt, and plot reports it.

    def not_started(self, run: RunName, sentence: str) -> None:
        """Report why SageMaker didn't start the job; notify people once for each trigger."""
        self._drop("not started", sentence)
        metrics.add_metric("JobsRefused", MetricUnit.Count, 1)
        topic = Topic(self._settings.topic_arn)
        once(
            self._bucket,
            keys.notification_lock("unstarted", str(run), self._order.correlation_id),
            NOTIFY_SECONDS,
            lambda: topic.publish("droptrain: no training job could be started", sentence),
        )

    def superseded(self) -> None:
        """Report that droptrain was updated between split and launch."""
        self._drop("not started", f"droptrain was updated before training started. {AGAIN}")

    def _has_run(self, decision: Decision) -> None:
        """Report why these images aren't trained again."""
        run = str(decision.run)
        results = keys.run(run)
        sentences = {
            "trained": "These images were already trained with these settings. The results are "
            f"in {results}.",
            "redraw": f"The plots and the report of {results} were missing and are drawn now.",
            "not again": f"Training on these images failed in {results} after this drop. {AGAIN}",
            "given up": f"Training on these images with these settings failed "
            f"{MAXIMUM_ATTEMPTS} times, last in {results}. Change the images or the settings.",
        }
        done = decision.outcome in ("trained", "redraw")
        self._drop("unchanged" if done else "not started", sentences[decision.outcome], run)

    def _drop(self, state: DropState, sentence: str, run: str | None = None) -> None:
        facts: StatusFacts = {"dataset": self._order.dataset}
        if run:
            facts["run"] = run
        board = StatusBoard(self._bucket)
        board.report_drop(state, sentence, as_of=self._order.listed_at, **facts)


def may_report_failing(shown: StatusEntry, dataset: str) -> bool:
    """Whether a failed launch may replace what is shown: only its own drop, not yet launched."""
    return shown.get("dataset") == dataset and shown["state"] != "launched"
