"""Puts the end of a run into words: for the status page and for the notification. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from common import keys
from plot.explanations import RETRY, Explanation, explain
from plot.history import History
from plot.job_event import JobEnd
from plot.results import Results


@dataclass(frozen=True)
class Report:
    """How a run ended: a state of the status page, a sentence, and facts beside it."""

    state: str
    sentence: str
    facts: dict[str, Any] = field(default_factory=dict)


def report_done(job: JobEnd, results: Results) -> Report:
    """Report a completed job whose results are in the bucket."""
    sentence = f"Training is done after {_epochs(results.history)}. {_achieved(results)}"
    return Report("done", sentence, _facts(job) | _result_facts(results))


def report_ended_early(job: JobEnd, results: Results | None) -> Report:
    """Report a failed or stopped job, with what it had reached if it left anything."""
    explanation = explain(job)
    state = "failed" if job.status == "Failed" else "stopped"
    facts = _facts(job) | {
        "what_to_do": explanation.next_step,
        "failure_reason": job.failure_reason or job.secondary_status,
    }
    if results is None:
        return Report(state, str(explanation), facts)
    reached = f"It had trained {_epochs(results.history)}. {_achieved(results)}"
    return Report(state, f"{explanation} {reached}", facts | _result_facts(results))


def report_unusable(job: JobEnd, fault: str) -> Report:
    """Report a completed job whose results are missing or cannot be read."""
    explanation = Explanation(
        "Training is done, but its results cannot be read, so there are no plots.",
        f"If you changed the training code, make it write history.json to /opt/ml/output/data; "
        f"then {RETRY}.",
    )
    facts = _facts(job) | {"what_to_do": explanation.next_step, "failure_reason": fault}
    return Report("failed", str(explanation), facts)


def write_message(bucket: str, job: JobEnd, report: Report) -> tuple[str, str]:
    """Write the subject and the body of the notification."""
    accuracy = report.facts.get("validation_accuracy")
    subject = f"droptrain: training {report.state}"
    if report.state == "done" and accuracy:
        subject += f", {accuracy} of validation images right"
    lines = [report.sentence, ""]
    lines += [
        f"{name.replace('_', ' ')}: {value}"
        for name, value in report.facts.items()
        if name not in {"plots", "what_to_do"} and value not in (None, "")
    ]
    lines += [f"plot: {keys.s3_uri(bucket, key)}" for key in report.facts.get("plots", ())]
    lines += [
        f"all of this run: {keys.s3_uri(bucket, keys.run(job.run))}",
        f"status: {keys.s3_uri(bucket, keys.STATUS_HTML)}",
    ]
    return subject, "\n".join(lines) + "\n"


def _facts(job: JobEnd) -> dict[str, Any]:
    minutes = None if job.seconds is None else round(job.seconds / 60, 1)
    return {"run": job.run, "dataset": job.dataset, "training_minutes": minutes}


def _result_facts(results: Results) -> dict[str, Any]:
    return {
        "epochs": results.history.epochs,
        "best_epoch": results.history.best_epoch,
        "exported_epoch": results.exported_epoch,
        "validation_accuracy": _accuracy(results, results.exported_epoch)
        or _accuracy(results, results.history.best_epoch),
        "images": results.configuration.images,
        "plots": list(results.plots),
    }


def _epochs(history: History) -> str:
    return "1 epoch" if history.epochs == 1 else f"{history.epochs} epochs"


def _achieved(results: Results) -> str:
    best = results.history.best_epoch
    if best is None:
        return (
            "No epoch had a finite validation loss, so the model is of no use: try a smaller "
            "LearningRate."
        )
    best_words = f"The lowest validation loss was in epoch {best}"
    best_accuracy = _accuracy(results, best)
    if best_accuracy:
        best_words += f", with {best_accuracy} right"
    exported = _accuracy(results, results.exported_epoch)
    if exported is None:
        return f"{best_words}."
    words = f"The model, that of epoch {results.exported_epoch}, gets {exported} of the validation"
    words += " images right."
    return words if best == results.exported_epoch else f"{words} {best_words}."


def _accuracy(results: Results, epoch: int | None) -> str | None:
    if epoch is None:
        return None
    share = results.history.val_accuracy[epoch - 1]
    return None if math.isnan(share) else f"{100 * share:.1f} %"
