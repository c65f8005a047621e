"""The launch, step by step: lock, check that the split is the newest, decide, start, write, report.

It may be called twice, late, or for a drop that isn't the newest any more: under the lock it asks
the bucket and SageMaker for the current state.
"""

from __future__ import annotations

import json

from common import clock, keys
from common.errors import BusyError
from common.lock import acquire
from common.observability import logger
from common.s3 import Bucket
from common.sagemaker import TurnedDownError, find_obstacle
from common.splits import LaunchedRun, read_newest_split, write_launched_run
from common.training_job import TrainingJob
from launch import pretrained, run_name, sagemaker, start_errors, training_code, watching
from launch.decision import Decision, Results, decide
from launch.machines import NoMachineError
from launch.order import Order
from launch.reporting import LaunchReporter
from launch.run_name import DIGITS, RunName
from launch.settings import LaunchSettings
from launch.start import start_job

# Longer than the function may run: the lock of a launch that died expires by itself.
LOCK_SECONDS = 150
# With these outcomes the dataset has a run.
HAS_RUN = ("start", "running", "trained", "redraw", "not again", "given up")


def launch(order: Order, settings: LaunchSettings) -> Decision:
    """Start a job for the dataset, unless there is a reason not to.

    Raises:
        BusyError: another launch is at work; Lambda retries the event.
        TurnedDownError: SageMaker refused a request that it may accept later.
    """
    bucket = Bucket(settings.bucket)
    lock = acquire(bucket, keys.LAUNCH_LOCK, LOCK_SECONDS)
    if lock is None:
        raise BusyError("another launch is at work on this stack")
    try:
        return _launch(order, settings, bucket)
    finally:
        lock.end("free")


def _launch(order: Order, settings: LaunchSettings, bucket: Bucket) -> Decision:
    code, weights = training_code.read_files(), pretrained.read_weights()
    settings = pretrained.resolve(settings, weights)
    first = _first_attempt(order, settings, training_code.hash_of(code))
    reporter = LaunchReporter(bucket, settings, order)
    if not _is_newest(order, bucket, reporter):
        return Decision("outdated", first)
    if settings.architecture == pretrained.ARCHITECTURE and not weights:
        reporter.not_started(first, pretrained.MISSING)
        return Decision("not started", first)
    try:
        decision = _decide(order, settings, bucket, first)
        start = None
        if decision.outcome == "start":
            pretrained.upload_once(bucket, settings, weights)
            prefix = training_code.upload_once(bucket, code)
            # Before the job: a job that nobody looks after would be worse than a look at none.
            watching.look_after(decision.run, order, settings)
            start = start_job(str(decision.run), order, prefix, settings)
        elif decision.outcome == "redraw":
            watching.look_now(decision.run, order, settings)
    except (NoMachineError, TurnedDownError) as error:
        sentence = _why_not_started(error)
        if sentence is None:
            raise
        reporter.not_started(first, sentence)
        return Decision("not started", first)
    if decision.outcome in HAS_RUN:
        # Also when the job was already there: the launch that started it may have died before
        # this line.
        run = LaunchedRun(run=str(decision.run), dataset=order.dataset, asked_at=order.asked_at)
        write_launched_run(bucket, run)
    reporter.decided(decision, start)
    return decision


def _why_not_started(error: NoMachineError | TurnedDownError) -> str | None:
    if isinstance(error, NoMachineError):
        return str(error)
    logger.warning("not started", code=error.code, message_of_sagemaker=error.message)
    return start_errors.explain(error.code, error.message)


def _is_newest(order: Order, bucket: Bucket, reporter: LaunchReporter) -> bool:
    newest = read_newest_split(bucket)
    if newest is None:
        # An older version's split answered; it copied to a place that no job reads any more.
        reporter.superseded()
        return False
    if newest.dataset != order.dataset:
        # raw/ was listed again since; that split sends an answer of its own.
        logger.info("not the newest", newest=newest.dataset)
    return newest.dataset == order.dataset


def _first_attempt(order: Order, settings: LaunchSettings, code: str) -> RunName:
    # The image stands for its version alone: on another machine, with the image for GPUs, the same
    # images and settings are still the same run.
    configuration = run_name.configuration_hash(
        settings.hyperparameters(), settings.training_image_cpu, code, settings.pretrained_weights
    )
    return RunName(settings.stack_hash, order.dataset[:DIGITS], configuration, attempt=1)


def _decide(order: Order, settings: LaunchSettings, bucket: Bucket, first: RunName) -> Decision:
    newest = sagemaker.newest_attempt(first)
    decision = decide(
        first,
        newest,
        find_obstacle(settings),
        results=_results_of(bucket, newest),
        retry_after=order.retry_after,
        now=clock.now(),
    )
    logger.info("decided", outcome=decision.outcome, run=str(decision.run))
    return decision


def _results_of(bucket: Bucket, job: TrainingJob | None) -> Results:
    """Return what a completed job left, according to its record."""
    if job is None or job.status != "Completed":
        return "missing"
    record = bucket.get(keys.run_metrics(job.name))
    if record is None:
        return "missing"
    return "reported" if json.loads(record).get("state") == "done" else "unusable"
