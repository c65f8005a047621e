"""Lets the model of a finished run through the gate, so that it becomes the current one.

Events come late and twice. So the decision of a run is made once and kept in its record; a run that
is older than the current model's never replaces it, and neither does one that had ended when a
person chose. Whoever writes the current model at the same time is seen, and then decided anew.
"""

from __future__ import annotations

from common import clock
from common.current_model import CurrentModel, change_current_model
from common.s3 import Bucket
from common.wording import moment
from plot import gate
from plot.analysis import Analysis
from plot.earlier_run import compare_on_test_set, compare_with_current
from plot.gate import GateDecision, GateRules
from plot.job_end import JobEnd


def admit(bucket: Bucket, job: JobEnd, analysis: Analysis, rules: GateRules) -> GateDecision:
    """Decide on a completed run's model, and make it the current one if it passes.

    Raises:
        ConflictError: others changed the current model each time; a retry helps.
    """
    decisions: list[GateDecision] = []

    def decide(current: CurrentModel | None) -> CurrentModel | None:
        decision = _decide(bucket, job, analysis, rules, current)
        decisions.append(decision)
        if decision.model == "candidate" or (current and current.run == job.run):
            return None
        return CurrentModel(
            run=job.run,
            dataset=job.dataset,
            ended_at=job.ended_at,
            since=clock.now(),
            by="gate",
            reason=decision.reason,
            previous=current.run if current else None,
        )

    change_current_model(bucket, decide)
    return decisions[-1]


def _decide(
    bucket: Bucket,
    job: JobEnd,
    analysis: Analysis,
    rules: GateRules,
    current: CurrentModel | None,
) -> GateDecision:
    macro_f1 = gate.macro_f1_of(analysis)
    if current is None:
        return gate.decide(macro_f1, None, None, rules)
    if current.run == job.run:  # an attempt before this one came so far
        return GateDecision("current", current.reason)
    if current.by != "gate" and current.since > job.ended_at:
        chosen = f"{current.run} was chosen by hand at {moment(current.since)}"
        return GateDecision("candidate", f"{chosen}, after this run had ended.")
    if current.ended_at > job.ended_at:
        return GateDecision("candidate", f"{current.run}, the current model, was trained later.")
    comparison = gate.telling_of(
        compare_on_test_set(bucket, current, analysis.results.test_predictions),
        compare_with_current(bucket, current, job, analysis),
    )
    return gate.decide(macro_f1, current.run, comparison, rules)
