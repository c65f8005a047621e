"""Makes a run's model the current one because a person says so: `promote` and `rollback`.

The answer tells what changed; a request that can't be fulfilled is answered with the remedy. What
is asked for twice is done once.
"""

from __future__ import annotations

from typing import Final, Literal

from common import clock, keys
from common.current_model import CurrentModel, change_current_model, read_current_model
from common.documents import JsonDocument
from common.s3 import Bucket
from plot.model_files import copy_model
from plot.model_news import report_models
from plot.publish import write_page_of_runs
from plot.run_record import RunRecord, read_record

SOURCE: Final = "droptrain.model"
REASONS = {"promote": "it was promoted by hand.", "rollback": "somebody went back to it."}


class ModelRequest(JsonDocument):
    """A person's request: make the model of `run` the current one.

    promote    a candidate, or any other run
    rollback   a run that was current before; without `run` the previous one
    """

    source: Literal["droptrain.model"] = SOURCE
    kind: Literal["promote", "rollback"]
    run: str = ""


class ModelAnswer(JsonDocument):
    """What came of it: `run` is current now, after `previous`, or `sentence` says why not."""

    outcome: Literal["changed", "unchanged", "refused"]
    sentence: str
    run: str | None = None
    previous: str | None = None


def fulfil(bucket: Bucket, request: ModelRequest) -> ModelAnswer:
    """Change the current model as requested, and the pages that name it.

    Raises:
        ConflictError: others changed the current model each time; a retry helps.
    """
    current = read_current_model(bucket)
    run = request.run
    if request.kind == "rollback" and not run:
        run = (current.previous if current else None) or ""
        if not run:
            return _refused(
                "There is no model to go back to. `droptrain promote RUN` chooses any run of "
                f"{keys.s3_uri(bucket.name, keys.RUNS_HTML)}."
            )
    record = read_record(bucket.get(keys.run_metrics(run)))
    obstacle = _obstacle(bucket, run, record)
    if record is None or obstacle:
        return _refused(obstacle)
    answer = _change(bucket, request, record)
    # Also if nothing was changed: an attempt that died may have left the pages as they were.
    write_page_of_runs(bucket)
    report_models(bucket)
    return answer


def _obstacle(bucket: Bucket, run: str, record: RunRecord | None) -> str:
    """Say why a run's model can't be the current one, and what to do; nothing if it can."""
    if record is None:
        runs = keys.s3_uri(bucket.name, keys.RUNS_HTML)
        return (
            f"There is no report of a run {run!r}. {runs} lists all runs; if it is one of this "
            "stack's jobs, `droptrain plots RUN` writes its report."
        )
    if record.state != "done":
        return f"{run} {record.state}, so it has no model to use: {record.sentence}"
    # Runs of earlier versions have only the archive.
    if not copy_model(bucket, run, bucket.keys(keys.run(run))):
        return (
            f"{keys.run_model_archive(run)} was deleted, or has no model that can answer. Choose "
            "another run, or upload the archive again."
        )
    return ""


def _change(bucket: Bucket, request: ModelRequest, record: RunRecord) -> ModelAnswer:
    befores: list[CurrentModel | None] = []

    def decide(current: CurrentModel | None) -> CurrentModel | None:
        befores.append(current)
        if current and current.run == record.run:
            return None
        return CurrentModel(
            run=record.run,
            dataset=record.dataset,
            ended_at=record.ended_at,
            since=clock.now(),
            by=request.kind,
            reason=REASONS[request.kind],
            previous=current.run if current else None,
        )

    changed = change_current_model(bucket, decide)
    before = befores[-1]
    previous = before.run if before else None
    if changed is None:
        sentence = f"{record.run} is the current model already."
        return ModelAnswer(outcome="unchanged", sentence=sentence, run=record.run)
    after = f", after {previous}" if previous else ""
    return ModelAnswer(
        outcome="changed",
        sentence=f"{record.run} is the current model now{after}.",
        run=record.run,
        previous=previous,
    )


def _refused(sentence: str) -> ModelAnswer:
    return ModelAnswer(outcome="refused", sentence=sentence)
