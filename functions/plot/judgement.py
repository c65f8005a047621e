"""Says in one sentence what a run is worth, and what its figures do and do not prove. Pure.

An accuracy is not praised when naming one class every time is as good, when the training's own
audit found a reason to doubt it, when so few images stand behind a class that they prove nothing,
or when a class is missed too often.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from plot.analysis import Analysis
from plot.run_record import RunEnd
from plot.statistics.intervals import images_to_prove_below, proven_below
from plot.statistics.metrics import ClassScore, Scores

# Warnings that say nothing against the figures; near copies, if many, have a warning of their own.
NO_DOUBTS = {
    *("reading", "tflite", "dark"),
    *("files-left-out", "copies-in-two-classes", "copies-on-both-sides"),
}

Level = Literal["good", "doubtful", "bad"]

WANTED = 0.05
# A model that misses more than a fifth of a class is not called good; fewer images of a class than
# this cannot prove that it misses less.
TOLERATED = 0.2
FEW = images_to_prove_below(TOLERATED)


@dataclass(frozen=True)
class Judgement:
    """The verdict on top of a report."""

    level: Level
    sentence: str


@dataclass(frozen=True)
class Proof:
    """What the images of one class prove about how often it is missed."""

    name: str
    missed: int
    images: int
    below: float
    enough: int | None

    @property
    def sentence(self) -> str:
        """The statement in words."""
        if not self.images:
            return f"Without an image of '{self.name}' nothing is known of it."
        seen = f"{self.missed} of {self.images:,} images of '{self.name}' missed"
        if self.below >= 1:
            return f"{seen}: that proves nothing."
        proven = f"{seen}: proves only a miss rate below {100 * self.below:.1f} %"
        if self.below <= WANTED:
            return f"{seen}: proves a miss rate below {100 * self.below:.1f} %."
        if self.enough:
            return f"{proven}; {self.enough} without a miss would prove below 5 %."
        return f"{proven}."


def judge(analysis: Analysis, told: RunEnd) -> Judgement:
    """Judge a run in one sentence."""
    scores = analysis.results.scores
    if told.state != "done":
        return Judgement("bad", told.sentence)
    if scores is None:
        return Judgement("doubtful", f"{told.sentence} There are no predictions to judge it by.")
    return _judge(analysis, scores)


def _judge(analysis: Analysis, scores: Scores) -> Judgement:
    accuracy = scores.accuracy
    reached = (
        f"The model gets {accuracy.hits:,} of {accuracy.of:,} validation images right "
        f"({100 * accuracy.value:.1f} %, 95 % interval {100 * accuracy.low:.1f} to "
        f"{100 * accuracy.high:.1f} %)"
    )
    name, majority = scores.majority
    if accuracy.low <= majority.value:
        return Judgement(
            "bad",
            f"{reached}: not proven to be better than naming '{name}' every time, which is right "
            f"in {100 * majority.value:.1f} %.",
        )
    audit = analysis.results.audit
    doubts = [one for one in audit.warnings if one.code not in NO_DOUBTS] if audit else []
    if doubts:
        return Judgement(
            "doubtful", f"{reached}, but do not rely on it yet: {_inner(doubts[0].sentence)}"
        )
    few = [one for one in scores.by_class if one.images < FEW]
    if few:
        fewest = min(few, key=lambda one: one.images)
        return Judgement(
            "doubtful",
            f"{reached}, but only {fewest.images} of them show '{fewest.name}': too few to prove "
            "that class.",
        )
    weakest = scores.weakest
    if weakest and 1 - weakest.recall.value > TOLERATED:
        missed = weakest.images - weakest.recall.hits
        return Judgement(
            "doubtful", f"{reached}, but misses {missed} of {weakest.images:,} of '{weakest.name}'."
        )
    return Judgement("good", f"{reached}; {_found_least(weakest)}.")


def _inner(text: str) -> str:
    """Take the first sentence, beginning in small letters unless its first word is in capitals."""
    sentence = re.split(r"(?<=[.!?])\s+(?=[A-Z])", text)[0]
    return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]


def _found_least(weakest: ClassScore | None) -> str:
    if weakest is None or weakest.recall.value == 1:
        return "no image of any class is missed"
    return (
        f"the class found least is '{weakest.name}' with {100 * weakest.recall.value:.1f} % of "
        f"{weakest.images:,}"
    )


def proofs(scores: Scores) -> dict[str, Proof]:
    """Say for each class what its validation images prove, by name."""
    found = {}
    for one in scores.by_class:
        missed = one.images - one.recall.hits
        enough = images_to_prove_below(WANTED)
        found[one.name] = Proof(
            name=one.name,
            missed=missed,
            images=one.images,
            below=proven_below(missed, one.images),
            enough=enough if one.images < enough else None,
        )
    return found
