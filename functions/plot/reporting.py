"""Puts the end of a run into words: for the status page and for the notification. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Any

from common import keys
from plot.analysis import Analysis
from plot.explanations import RETRY, Explanation, explain
from plot.inputs.history import History
from plot.inputs.results import Results
from plot.job_end import JobEnd

# Warnings of the split and of the training that the message and the status repeat.
REPEATED = frozenset(
    {"files-left-out", "unmeasured", "copies-in-two-classes", "copies-on-both-sides"}
)
MAXIMUM_WARNINGS = 10


@dataclass(frozen=True)
class RunEnd:
    """How a run ended: a state of the status page, a sentence, and facts beside it."""

    state: str
    sentence: str
    facts: dict[str, Any] = field(default_factory=dict)


def report_done(job: JobEnd, results: Results, plots: Collection[str]) -> RunEnd:
    """Report a completed job whose results are in the bucket; `plots` are keys."""
    sentence = f"Training is done after {_epochs(results.history)}. {_achieved(results)}"
    return RunEnd("done", sentence, _facts(job) | _result_facts(results, plots))


def report_ended_early(job: JobEnd, results: Results, plots: Collection[str]) -> RunEnd:
    """Report a failed or stopped job, with what it had reached if it left anything."""
    explanation = explain(job)
    state = "failed" if job.status == "Failed" else "stopped"
    facts = _facts(job) | {
        "what_to_do": explanation.next_step,
        # One line: in the status and in a message it stands among others.
        "failure_reason": " ".join(job.failure_reason.split()) or job.secondary_status,
    }
    if not results.history.epochs:
        return RunEnd(state, str(explanation), facts)
    reached = f"It had trained {_epochs(results.history)}. {_achieved(results)}"
    return RunEnd(state, f"{explanation} {reached}", facts | _result_facts(results, plots))


def report_unusable(job: JobEnd, fault: str, plots: Collection[str] = ()) -> RunEnd:
    """Report a completed job whose results are missing or cannot be read.

    `plots` are those of what its checkpoints tell.
    """
    explanation = Explanation(
        "Training is done, but its results cannot be read, so there are no plots.",
        f"If you changed the training code, make it write history.json to /opt/ml/output/data; "
        f"then {RETRY}.",
    )
    facts = _facts(job) | {"what_to_do": explanation.next_step, "failure_reason": fault}
    if plots:
        facts["plots"] = list(plots)
    return RunEnd("failed", str(explanation), facts)


def with_warnings(
    tell: Callable[[Collection[str]], RunEnd], analysis: Analysis, plots: Collection[str]
) -> RunEnd:
    """Add to a report what was lost of the images, as the split and the training found it."""
    told = tell(plots)
    audit = analysis.results.audit
    found = [*(analysis.split.warnings if analysis.split else ())]
    found += audit.warnings if audit else ()
    sentences = [one.sentence for one in found if one.code in REPEATED][:MAXIMUM_WARNINGS]
    return replace(told, facts=told.facts | {"warnings": sentences}) if sentences else told


def write_message(bucket: str, job: JobEnd, report: RunEnd) -> tuple[str, list[str]]:
    """Write the subject and the lines of the notification."""
    accuracy = report.facts.get("validation_accuracy")
    subject = f"droptrain: training {report.state}"
    if report.state == "done" and accuracy:
        subject += f", {accuracy} of validation images right"
    lines = [report.sentence, ""]
    lines += [f"warning: {sentence}" for sentence in report.facts.get("warnings", ())]
    lines += [f"report: {keys.s3_uri(bucket, report.facts['report'])}"]
    lines += [
        f"{name.replace('_', ' ')}: {value}"
        for name, value in report.facts.items()
        if name not in {"plots", "report", "what_to_do", "warnings"} and value not in (None, "")
    ]
    lines += [
        f"all of this run: {keys.s3_uri(bucket, keys.run(job.run))}",
        f"all runs: {keys.s3_uri(bucket, keys.RUNS_HTML)}",
        f"status: {keys.s3_uri(bucket, keys.STATUS_HTML)}",
    ]
    return subject, lines


def _facts(job: JobEnd) -> dict[str, Any]:
    minutes = None if job.seconds is None else round(job.seconds / 60, 1)
    return {
        "run": job.run,
        "report": keys.run_report(job.run),
        "dataset": job.dataset,
        "training_minutes": minutes,
    }


def _result_facts(results: Results, plots: Collection[str]) -> dict[str, Any]:
    return {
        "epochs": results.history.epochs,
        "best_epoch": results.history.best_epoch,
        "exported_epoch": results.exported_epoch,
        "validation_accuracy": _measured(results)
        or _accuracy(results, results.exported_epoch)
        or _accuracy(results, results.history.best_epoch),
        "images": results.configuration.images,
        "plots": list(plots),
    }


def _epochs(history: History) -> str:
    if not history.epochs:
        return "an unknown number of epochs"
    return "1 epoch" if history.epochs == 1 else f"{history.epochs} epochs"


def _achieved(results: Results) -> str:
    best = results.history.best_epoch
    measured = _measured(results)
    if best is None and measured is None:
        return (
            "No epoch had a finite validation loss, so the model is of no use: try a smaller "
            "LearningRate."
        )
    sentences = []
    exported = measured or _accuracy(results, results.exported_epoch)
    if exported:
        of_epoch = f", that of epoch {results.exported_epoch}," if results.exported_epoch else ""
        sentences.append(f"The model{of_epoch} gets {exported} of the validation images right.")
    if best is not None and (best != results.exported_epoch or not exported):
        accuracy = _accuracy(results, best)
        right = f", with {accuracy} right" if accuracy else ""
        sentences.append(f"The lowest validation loss was in epoch {best}{right}.")
    return " ".join(sentences)


def _measured(results: Results) -> str | None:
    """Write what the exported model itself got right: later than, and without, any epoch's mean."""
    return _percent(results.scores.accuracy.value) if results.scores else None


def _accuracy(results: Results, epoch: int | None) -> str | None:
    if epoch is None:
        return None
    return _percent(results.history.val_accuracy[epoch - 1])


def _percent(share: float) -> str | None:
    return None if math.isnan(share) else f"{100 * share:.1f} %"
