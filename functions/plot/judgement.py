"""Judges a run in a few sentences: what its figures prove and what they don't. Pure.

An accuracy isn't praised when always predicting the majority class is as good, when the training's
own audit found a reason to doubt it, when a class has so few images that they prove nothing, or
when a class is missed too often.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from common.wording import count, interval, percent, share_of
from plot.analysis import Analysis
from plot.run_record import RunEnd
from plot.statistics.intervals import images_to_prove_below, proven_below
from plot.statistics.metrics import Scores

# Warnings that don't question the figures. Near-copies, if many, have a warning of their own.
HARMLESS_WARNINGS = {
    *("reading", "tflite", "dark"),
    *("files-left-out", "copies-in-two-classes", "copies-on-both-sides"),
}

Level = Literal["good", "doubtful", "bad"]

WANTED_MISS_RATE = 0.05
# A model that misses more than a fifth of a class isn't called good; fewer images of a class than
# this can't prove that it misses less.
TOLERATED_MISS_RATE = 0.2
FEW_IMAGES = images_to_prove_below(TOLERATED_MISS_RATE)


@dataclass(frozen=True)
class Judgement:
    """The verdict at the top of a report."""

    level: Level
    sentence: str


@dataclass(frozen=True)
class Proof:
    """What the validation images of one class prove about its miss rate.

    The miss rate is `below` this share; `enough` images without a miss would prove the wanted rate,
    None when there are as many.
    """

    name: str
    missed: int
    images: int
    below: float
    enough: int | None

    @property
    def sentence(self) -> str:
        """The statement in words."""
        if not self.images:
            return f"{self.name}: no validation image, so nothing is proven."
        missed = f"{self.name}: {self.missed:,} of {count(self.images, 'image')} missed"
        if self.below >= 1:
            return f"{missed}, which proves nothing."
        proven = f"a miss rate below {percent(self.below)}"
        if self.below <= WANTED_MISS_RATE:
            return f"{missed}, which proves {proven}."
        if self.enough:
            wanted = percent(WANTED_MISS_RATE)
            return (
                f"{missed}, which proves only {proven}; {self.enough} images without a miss would "
                f"prove one below {wanted}."
            )
        return f"{missed}, which proves only {proven}."


def judge(analysis: Analysis, end: RunEnd) -> Judgement:
    """Judge a run."""
    scores = analysis.scores
    if end.state != "done":
        return Judgement("bad", end.sentence)
    if scores is None:
        return Judgement(
            "doubtful", f"{end.sentence} Without predictions, the model can't be judged."
        )
    level, reason = _level(analysis, scores)
    accuracy = scores.accuracy
    return Judgement(
        level,
        f"The model classifies {percent(accuracy.value)} of the validation images correctly "
        f"({accuracy.hits:,} of {accuracy.of:,}; 95 % interval "
        f"{interval(accuracy.low, accuracy.high)}). {reason}",
    )


def _level(analysis: Analysis, scores: Scores) -> tuple[Level, str]:
    """Return how good the model is, and the main reason in a sentence."""
    majority, baseline = scores.majority
    if scores.accuracy.low <= baseline.value:
        return "bad", (
            "That isn't proven to be better than the baseline, always predicting the majority "
            f"class: {majority}, {percent(baseline.value)}."
        )
    audit = analysis.results.audit
    warnings = (
        [item for item in audit.warnings if item.code not in HARMLESS_WARNINGS] if audit else []
    )
    if warnings:
        first_sentence = re.split(r"(?<=[.!?])\s+(?=[A-Z])", warnings[0].sentence)[0]
        return "doubtful", f"Don't rely on it yet. {first_sentence}"
    smallest = min(scores.by_class, key=lambda score: score.images)
    if smallest.images < FEW_IMAGES:
        return "doubtful", (
            f"Smallest class: {smallest.name}, {count(smallest.images, 'validation image')}. That "
            "is too few to prove anything about it."
        )
    weakest = scores.weakest
    if weakest is None or weakest.recall.value == 1:
        return "good", "No image of any class is missed."
    recall = share_of(weakest.recall.hits, weakest.images)
    if 1 - weakest.recall.value > TOLERATED_MISS_RATE:
        return (
            "doubtful",
            f"It misses too much of its weakest class: {weakest.name}, recall {recall}.",
        )
    return "good", f"Weakest class: {weakest.name}, recall {recall}."


def proofs(scores: Scores) -> dict[str, Proof]:
    """Return what the validation images of each class prove, by name."""
    enough = images_to_prove_below(WANTED_MISS_RATE)
    by_name = {}
    for score in scores.by_class:
        images, missed = score.images, score.images - score.recall.hits
        below = proven_below(missed, images)
        more = enough if images < enough else None
        by_name[score.name] = Proof(score.name, missed, images, below, more)
    return by_name
