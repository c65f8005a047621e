"""Decides whether the model of a finished run may become the current one. Pure.

There are two bars: a least macro F1, and that the run isn't proven to be worse than the current
model on the images that both were measured on, those of the sealed test set if there are enough.
Where nothing is proven, the images may be too few to tell: the run may have lost more than is
tolerated. Then a parameter says whether it passes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from common.status_document import ModelState
from common.wording import percent
from plot.analysis import Analysis
from plot.statistics.comparison import Comparison, loss_below

# Share of the shared images. What is proven to have lost less counts as no worse.
TOLERATED_LOSS = 0.05


@dataclass(frozen=True)
class GateRules:
    """What the parameters demand of a model; 0 demands no macro F1."""

    minimum_macro_f1: float
    promote_when_undecided: bool


@dataclass(frozen=True)
class MeasuredF1:
    """The mean F1 of the classes, and in words the images that it was measured on."""

    value: float
    measured_on: str

    def __str__(self) -> str:
        return f"{percent(self.value)} on {self.measured_on}"


@dataclass(frozen=True)
class GateDecision:
    """What becomes of a model, and why."""

    model: ModelState
    reason: str

    @property
    def sentence(self) -> str:
        """The decision in words, which stay true when another model becomes the current one."""
        became = "the current model" if self.model == "current" else "a candidate only"
        return f"It became {became}: {self.reason}"


def promotion_of(run: str) -> str:
    """The command that makes a candidate the current model."""
    return f"droptrain promote {run}"


def macro_f1_of(analysis: Analysis) -> MeasuredF1 | None:
    """Return the most honest macro F1 that there is; None when no image was judged.

    Nothing was trained or tuned on the sealed test set. The validation images come last: near
    copies of them may have been trained on.
    """
    if analysis.sealed_test:
        return MeasuredF1(analysis.sealed_test.scores.macro_f1, "the sealed test set")
    judged = analysis.out_of_sample
    if judged and judged.can_tell:
        return MeasuredF1(judged.scores.macro_f1, "all images, out of sample")
    scores = analysis.scores
    if scores is None or math.isnan(scores.macro_f1):
        return None
    return MeasuredF1(scores.macro_f1, "the validation images")


def telling_of(
    on_test_set: Comparison | None, on_validation_images: Comparison | None
) -> Comparison | None:
    """Return the comparison to decide by: on the sealed test set, if that could prove anything.

    With fewer images than it takes to exclude a loss where the two runs agree on all, it couldn't.
    """
    if on_test_set and loss_below(0, 0, on_test_set.shared_images) <= TOLERATED_LOSS:
        return on_test_set
    return on_validation_images


def decide(
    macro_f1: MeasuredF1 | None,
    current: str | None,
    comparison: Comparison | None,
    rules: GateRules,
) -> GateDecision:
    """Decide on a model that would replace that of the run `current`, if there is one.

    `comparison` is with that run, None when the two can't be compared.
    """
    if macro_f1 is None:
        reason = "it left no readable predictions, so nobody knows how good it is."
        return GateDecision("candidate", reason)
    if macro_f1.value < rules.minimum_macro_f1:
        least = percent(rules.minimum_macro_f1)
        reason = f"its macro F1, {macro_f1}, is below MinimumMacroF1, {least}."
        return GateDecision("candidate", reason)
    if current is None:
        return GateDecision("current", f"there was none before. Its macro F1 is {macro_f1}.")
    if comparison is None or not comparison.shared_images:
        return _undecided(current, "There is no image to compare them on.", rules)
    return _compared(current, comparison, rules)


def _compared(current: str, comparison: Comparison, rules: GateRules) -> GateDecision:
    found = f"{comparison.counts} ({comparison.chance})."
    if comparison.verdict == "worse":
        reason = f"it is worse than the current model, {current}: {found}"
        return GateDecision("candidate", reason)
    if comparison.verdict == "better":
        return GateDecision("current", f"it is better than the one before, {current}: {found}")
    loss = percent(max(comparison.loss_below, 0.001))
    found += f" With 95 % confidence it lost less than {loss} of accuracy."
    if comparison.loss_below > TOLERATED_LOSS:
        return _undecided(current, f"{found[0].upper()}{found[1:]}", rules)
    reason = f"it isn't proven to be worse than the one before, {current}: {found}"
    return GateDecision("current", reason)


def _undecided(current: str, found: str, rules: GateRules) -> GateDecision:
    setting = f"PromoteWhenUndecided is {str(rules.promote_when_undecided).lower()}"
    return GateDecision(
        "current" if rules.promote_when_undecided else "candidate",
        f"too few images tell whether it is worse than {current}, and {setting}. {found}",
    )
