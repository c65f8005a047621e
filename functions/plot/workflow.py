"""What is done once when a training job has ended: results, status, and one notification.

    results    written if missing, by every event                      (plot.publish)
    claim      locks/notified-<run>.json; whoever holds it goes on     (common.claim)
    status     says how the run ended, unless a newer run is on the board
    message    published, then the claim is marked as done

SageMaker may send an event twice, late, and after the next job's: each step can be run again. An
invocation that dies leaves its claim to expire, and Lambda's retry takes over. Publishing
and marking are two calls: dying exactly between them is the one way to be told twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from common import clock, keys
from common.claim import once
from common.notify import NOTIFY_SECONDS, Topic
from common.observability import logger
from common.status import Entry, StatusBoard
from common.storage import Bucket
from plot import publish, reporting
from plot.analysis import analyse
from plot.errors import MissingArchiveError, ResultsError
from plot.inputs import collect
from plot.inputs.configuration import Configuration
from plot.inputs.results import NO_HISTORY, Results, read_results
from plot.job_end import JobEnd
from plot.publish import Publication, Telling
from plot.run_record import RunRecord, read_record
from plot.sagemaker import costs_of

# Lambda tries an event again after one and after two more minutes. Up to this age of the job's end
# a missing archive may still turn up; after it, the last attempt tells people instead of failing.
PATIENCE = timedelta(seconds=120)
# States of a run that is shown and whose end is still to be told.
UNFINISHED = ("training", "failing")


@dataclass(frozen=True)
class Outcome:
    """What this invocation did."""

    state: str
    plots_written: int
    notified: bool


def settle(bucket: Bucket, topic: Topic, job: JobEnd) -> Outcome:
    """Do everything that is still to be done for a job that ended.

    Raises:
        MissingArchiveError: a completed job's archive is not there, and a retry may find it.
        BusyError: another invocation is telling people right now; a retry sees whether it did.
    """
    present = set(bucket.keys(keys.run(job.run)))
    record = read_record(bucket.get(keys.run_metrics(job.run)), present)
    written = 0
    if record is None:
        record, written = publish.publish(bucket, _publication(bucket, job, present), present)
    publish.enter(bucket, record)
    notified = _tell_once(bucket, topic, job, record)
    return Outcome(record.state, written, notified)


def _publication(bucket: Bucket, job: JobEnd, present: Collection[str]) -> Publication:
    try:
        contents = collect.collect(bucket, job, present)
        results = read_results(contents.files, contents.faults)
        files: Mapping[str, bytes] = contents.files
        early = partial(reporting.report_ended_early, job, results)
        done = partial(reporting.report_done, job, results)
        tell: Telling = done if job.status == "Completed" else early
    except (MissingArchiveError, ResultsError) as error:
        files = {}
        results = _reached(bucket, job, present)
        if job.status != "Completed":
            # A job that failed early has left nothing but checkpoints; its reason is the news.
            logger.info("the job left no results", extra={"reason": str(error)})
            tell = partial(reporting.report_ended_early, job, results)
        elif isinstance(error, MissingArchiveError) and clock.now() - job.ended_at < PATIENCE:
            raise
        else:
            logger.error("a completed job's results cannot be used", extra={"reason": str(error)})
            tell = partial(reporting.report_unusable, job, str(error))
    verdict, manifest = collect.dataset_of(bucket, job)
    comparison = collect.comparison_of(
        bucket, publish.current_index(bucket), job, results.predictions, manifest
    )
    analysis = analyse(results, verdict, manifest, comparison)
    tell = partial(reporting.with_warnings, tell, analysis)
    return Publication(job, analysis, costs_of(job.run), files, tell)


def _reached(bucket: Bucket, job: JobEnd, present: Collection[str]) -> Results:
    """Read how far the training of a job without results came."""
    history = collect.history_of_checkpoints(bucket, present, job.run) or NO_HISTORY
    return Results(history, Configuration(), missing=tuple(collect.reached(history)))


def _tell_once(bucket: Bucket, topic: Topic, job: JobEnd, record: RunRecord) -> bool:
    told = record.report

    def tell() -> None:
        # Of two runs the status speaks of the one that began or ended last.
        StatusBoard(bucket).report_run(told.state, told.sentence, as_of=job.ended_at, **told.facts)
        subject, lines = reporting.write_message(bucket.name, job, told)
        topic.publish(subject, *lines)

    return once(bucket, keys.notified_lock(job.run), NOTIFY_SECONDS, tell)


def may_say_failing(shown: Entry, job: JobEnd) -> bool:
    """Whether a plot that fails may say so: not once it was said how this run ended."""
    return shown.get("run") != job.run or shown["state"] in UNFINISHED
