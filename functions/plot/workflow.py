"""Reports the end of a run, step by step: collect, analyse, draw, write, record, index, notify.

SageMaker may send an event twice, late, or after the next job's, so each step can be run again:

    look                    a line of runs/test_looks.jsonl, if the run was measured on a test set
    files, plots, pages,    written only where missing
    model
    gate                    models/current.json, if the model passes; before the report, which says
                            so, and after the files that answering needs
    record                  runs/<run>/metrics.json, the last file of a run: once it and all that it
                            lists are there, nothing above is done again, unless a person asks
                            for it (`draw_again`)
    index                   the run's line in runs/index.json and on its page
    notification            status and message, once, under the lock locks/notified-<run>.json

The lock of an invocation that dies expires, and Lambda's retry takes over. Publishing the message
and marking the lock as done are two calls: dying exactly between them is the one way in which
people are notified twice.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from common import keys
from common.lock import is_done, once
from common.s3 import JSON, Bucket
from common.sns import NOTIFY_SECONDS, Topic
from common.status import StatusBoard
from plot import publish
from plot.admission import admit
from plot.analysis import Analysis, analyse
from plot.earlier_run import compare_with_previous
from plot.inputs.collect import collect_manifest, collect_results
from plot.inputs.dataset import read_verdict
from plot.job_end import JobEnd
from plot.judgement import judge
from plot.model_files import copy_model
from plot.model_news import report_models
from plot.operating_point import decide
from plot.reporting import describe_end, facts_of_machine, write_message
from plot.run_record import RunEnd, RunRecord, make_record, read_record
from plot.sagemaker import costs_of
from plot.settings import PlotSettings
from plot.test_looks import count_looks


@dataclass(frozen=True)
class ReportedRun:
    """What this invocation did."""

    state: str
    plots_written: int
    notified: bool


def report_run(bucket: Bucket, topic: Topic, job: JobEnd, settings: PlotSettings) -> ReportedRun:
    """Do whatever is still to be done for a job that ended.

    Raises:
        MissingArchiveError: a completed job's archive isn't there, and a retry may find it.
        BusyError: another invocation is notifying people; a retry sees whether it did.
    """
    present = set(bucket.keys(keys.run(job.run)))
    kept = set() if job.draw_again else present
    body = bucket.get(keys.run_metrics(job.run))
    record = read_record(body, present)
    plots: list[str] = []
    if record is None or job.draw_again:
        record, plots = _write_run(bucket, job, settings, present, read_record(body))
    publish.update_index(bucket, record)
    notified = _notify_once(bucket, topic, job, record)
    if job.draw_again and not notified:
        _report_status(bucket, job, record)
    return ReportedRun(record.state, len(set(plots) - kept), notified)


def _write_run(
    bucket: Bucket,
    job: JobEnd,
    settings: PlotSettings,
    present: Collection[str],
    earlier: RunRecord | None,
) -> tuple[RunRecord, list[str]]:
    """Write all that the bucket keeps of a run; return the record and the keys of the plots."""
    kept = set() if job.draw_again else present
    collected = collect_results(bucket, job, present)
    verdict = read_verdict(bucket.get(keys.verdict(job.dataset)))
    results = collected.results
    reviewed = results.review.files if results.review else ()
    manifest = collect_manifest(bucket, job.dataset, reviewed)
    comparison = compare_with_previous(bucket, job, results.predictions, manifest)
    looks = count_looks(bucket, job, results)
    analysis = analyse(results, verdict, manifest, comparison, looks)
    analysis = decide(analysis, job.run, settings.maximum_miss_rate)
    costs = costs_of(job.run)

    files = publish.write_files(bucket, job.run, collected.files, kept)
    model = copy_model(bucket, job.run, kept)
    plots = publish.write_plots(bucket, job, analysis, kept)
    end = describe_end(job, analysis, plots, collected.fault)
    if end.state == "done":
        files += publish.write_decision(bucket, analysis, kept)
        end.facts["judgement"] = judge(analysis, end).sentence
        if model:
            _pass_gate(bucket, job, analysis, settings, end, earlier)
    review = publish.write_review(bucket, job, analysis, kept)
    end.facts.update(facts_of_machine(costs))
    report = publish.write_report(bucket, job, analysis, costs, end, kept)
    record = make_record(job, end, analysis, costs, [*files, *model, *plots, *review, report])
    bucket.put(keys.run_metrics(record.run), record.to_json(), JSON)
    return record, plots


def _pass_gate(
    bucket: Bucket,
    job: JobEnd,
    analysis: Analysis,
    settings: PlotSettings,
    end: RunEnd,
    earlier: RunRecord | None,
) -> None:
    """Add to the end of a run what becomes of its model; what was decided once stays so."""
    if earlier and earlier.model:
        end.model, end.facts["gate"] = earlier.model, earlier.facts["gate"]
        return
    decision = admit(bucket, job, analysis, settings.gate_rules)
    end.model, end.facts["gate"] = decision.model, decision.sentence


def _notify_once(bucket: Bucket, topic: Topic, job: JobEnd, record: RunRecord) -> bool:
    """Report the status, then notify people under the lock, which only lasts for that."""
    lock = keys.notification_lock("notified", job.run)
    if is_done(bucket, lock):
        return False
    _report_status(bucket, job, record)
    subject, lines = write_message(bucket.name, job, record)
    return once(bucket, lock, NOTIFY_SECONDS, lambda: topic.publish(subject, *lines))


def _report_status(bucket: Bucket, job: JobEnd, record: RunRecord) -> None:
    """Report the run; of two runs the status shows the one that began or ended last."""
    StatusBoard(bucket).report_run(
        record.state, record.sentence, as_of=job.ended_at, **record.facts
    )
    report_models(bucket)
