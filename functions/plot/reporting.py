"""Describes the end of a run for the status, the report and the notification. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from common import keys
from common.status_document import RunState, StatusEntry, StatusFacts
from common.wording import count, percent
from plot.analysis import Analysis
from plot.explanations import RETRY, Explanation, explain
from plot.gate import promotion_of
from plot.inputs.results import Results
from plot.job_end import Costs, JobEnd
from plot.run_record import RunEnd

# Warnings of the split and of the training that the message and the status repeat.
REPEATED = frozenset(
    {"files-left-out", "unmeasured", "copies-in-two-classes", "copies-on-both-sides"}
)
MAXIMUM_WARNINGS = 10
# Facts that a message has in other lines.
IN_SENTENCES = {
    "plots",
    "report",
    "judgement",
    "gate",
    "doubtful_labels",
    "review",
    "what_to_do",
    "warnings",
}
# States of a run that is shown and whose end is still to be reported.
UNFINISHED = ("training", "failing")


def may_report_failing(shown: StatusEntry, run: str) -> bool:
    """Whether the status may show that plot fails: not once it shows how this run ended."""
    return shown.get("run") != run or shown["state"] in UNFINISHED


def describe_end(job: JobEnd, analysis: Analysis, plots: Sequence[str], fault: str = "") -> RunEnd:
    """Describe how a run ended.

    `plots` are the keys of the plots in the bucket; `fault` is why a job's results can't be used.
    """
    if job.status != "Completed":
        end = _ended_early(job, analysis, plots)
    elif fault:
        end = _unusable(job, fault, plots)
    else:
        sentence = f"Training finished after {_epochs(analysis)}. {_achieved(analysis)}"
        facts = _facts(job) | _facts_of_results(analysis, plots)
        end = RunEnd(state="done", sentence=sentence, facts=facts)
    audit = analysis.results.audit
    warnings = [*(analysis.split.warnings if analysis.split else ())]
    warnings += audit.warnings if audit else ()
    sentences = [warning.sentence for warning in warnings if warning.code in REPEATED]
    if sentences:
        end.facts["warnings"] = sentences[:MAXIMUM_WARNINGS]
    if analysis.findings and analysis.findings.doubtful:
        end.facts["doubtful_labels"] = analysis.findings.sentence
        end.facts["review"] = keys.run_review(job.run, "html")
    return end


def _ended_early(job: JobEnd, analysis: Analysis, plots: Sequence[str]) -> RunEnd:
    """Describe a failed or stopped job, with how far it came if it left anything."""
    explanation = explain(job)
    # On one line: in the status and in a message it stands among others.
    reason = " ".join(job.failure_reason.split()) or job.secondary_status
    facts = _facts(job, explanation, reason)
    sentence = str(explanation)
    if analysis.results.history.epochs:
        facts |= _facts_of_results(analysis, plots)
        sentence += f" It had completed {_epochs(analysis)}. {_achieved(analysis)}"
    state: RunState = "failed" if job.status == "Failed" else "stopped"
    return RunEnd(state=state, sentence=sentence, facts=facts)


def _unusable(job: JobEnd, fault: str, plots: Sequence[str]) -> RunEnd:
    """Describe a completed job whose results are missing or can't be read."""
    explanation = Explanation(
        "Training finished, but its results can't be read, so there are no plots.",
        f"If you changed the training code, make it write history.json to /opt/ml/output/data; "
        f"then {RETRY}.",
    )
    facts = _facts(job, explanation, fault)
    if plots:
        facts["plots"] = list(plots)
    return RunEnd(state="failed", sentence=str(explanation), facts=facts)


def facts_of_machine(costs: Costs) -> StatusFacts:
    """Return which machine was billed and which were refused; nothing that isn't known."""
    if costs.instance_type is None:
        return {}
    machine = f"{costs.instance_type} on spot" if costs.is_spot else costs.instance_type
    return {"machine": machine, "machines_refused": list(costs.machines_refused) or None}


def write_message(bucket: str, job: JobEnd, end: RunEnd) -> tuple[str, list[str]]:
    """Write the subject and the lines of the notification."""
    facts = end.facts
    subject = f"droptrain: training {end.state}"
    if end.state == "done" and (accuracy := facts.get("validation_accuracy")):
        subject += f", accuracy {accuracy} on validation images"
    lines = [end.sentence]
    if judgement := facts.get("judgement"):
        lines += [judgement]
    if gate := facts.get("gate"):
        lines += [gate]
    lines += [""]
    if end.model == "candidate":
        lines += [f"to make it the current model: {promotion_of(job.run)}"]
    lines += [f"warning: {sentence}" for sentence in facts.get("warnings") or []]
    lines += [f"to open the report: {keys.fetch(bucket, facts.get('report', ''))}"]
    if review := facts.get("review"):
        lines += [f"{facts.get('doubtful_labels')}: {keys.s3_uri(bucket, review)}"]
    lines += [
        f"{name.replace('_', ' ')}: {'; '.join(value) if isinstance(value, list) else value}"
        for name, value in facts.items()
        if name not in IN_SENTENCES and value not in (None, "")
    ]
    lines += [
        f"files of this run: {keys.s3_uri(bucket, keys.run(job.run))}",
        f"all runs: {keys.s3_uri(bucket, keys.RUNS_HTML)}",
        f"status: {keys.s3_uri(bucket, keys.STATUS_HTML)}",
    ]
    return subject, lines


def _facts(job: JobEnd, explanation: Explanation | None = None, reason: str = "") -> StatusFacts:
    facts = StatusFacts(
        run=job.run,
        report=keys.run_report(job.run),
        dataset=job.dataset,
        training_minutes=None if job.seconds is None else round(job.seconds / 60, 1),
    )
    if explanation:
        facts |= StatusFacts(what_to_do=explanation.next_step, failure_reason=reason)
    return facts


def _facts_of_results(analysis: Analysis, plots: Sequence[str]) -> StatusFacts:
    results = analysis.results
    return StatusFacts(
        epochs=results.history.epochs,
        best_epoch=results.history.best_epoch,
        exported_epoch=results.exported_epoch,
        validation_accuracy=_measured(analysis)
        or _accuracy(results, results.exported_epoch)
        or _accuracy(results, results.history.best_epoch),
        images=results.configuration.images,
        plots=list(plots),
    )


def _epochs(analysis: Analysis) -> str:
    epochs = analysis.results.history.epochs
    return count(epochs, "epoch") if epochs else "an unknown number of epochs"


def _achieved(analysis: Analysis) -> str:
    results = analysis.results
    best = results.history.best_epoch
    measured = _measured(analysis)
    if best is None and measured is None:
        return (
            "No epoch had a finite validation loss, so the model is useless: try a smaller "
            "LearningRate."
        )
    sentences = []
    exported = measured or _accuracy(results, results.exported_epoch)
    if exported:
        epoch = f" of epoch {results.exported_epoch}" if results.exported_epoch else ""
        sentences.append(
            f"The model{epoch} has an accuracy of {exported} on the validation images."
        )
    judged = analysis.out_of_sample
    if judged and judged.can_tell:
        sentences.append(
            f"Judged out of sample on {count(judged.scores.images, 'image')}, it is "
            f"{percent(judged.accuracy.value)}."
        )
    if best is not None and (best != results.exported_epoch or not exported):
        accuracy = _accuracy(results, best)
        reached = f" (accuracy {accuracy})" if accuracy else ""
        sentences.append(f"The validation loss was lowest in epoch {best}{reached}.")
    return " ".join(sentences)


def _measured(analysis: Analysis) -> str | None:
    """Write the accuracy of the exported model: measured after training, unlike any epoch's."""
    return percent(analysis.scores.accuracy.value) if analysis.scores else None


def _accuracy(results: Results, epoch: int | None) -> str | None:
    accuracy = results.history.val_accuracy[epoch - 1] if epoch else math.nan
    return None if math.isnan(accuracy) else percent(accuracy)
