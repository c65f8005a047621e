"""Judges a run in a few sentences: what its figures prove and what they don't. Pure.

An accuracy isn't praised while there is a doubt, and the worst doubt is named. Where the judgement
out of sample or the audit says how much a random split flatters, the headline says it as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from common.wording import FEW, count, interval, percent, share_of
from plot.analysis import Analysis
from plot.doubts import (
    FIXED_CAMERA,
    NEAR_COPIES,
    Doubt,
    Level,
    doubts_of,
    first_sentence,
    warnings_of,
    weakest_of,
)
from plot.run_record import RunEnd
from plot.statistics.evidence import ClassEvidence
from plot.statistics.intervals import Estimate, images_to_prove_below

# Where MaximumMissRate is 0: nobody wants a rate, but a bound needs one to be compared with.
USUAL_MISS_RATE = 0.05


@dataclass(frozen=True)
class Judgement:
    """The verdict at the top of a report; `others` are the doubts after the worst one."""

    level: Level
    sentence: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proof:
    """What the images of one class prove about its miss rate.

    The miss rate is `below` this share; `enough` images without a miss would prove the `wanted`
    rate, None when there are as many.
    """

    name: str
    missed: int
    images: int
    below: float
    wanted: float
    enough: int | None

    @property
    def sentence(self) -> str:
        """The statement in words."""
        if not self.images:
            return f"{self.name}: no image was judged, so nothing is proven."
        missed = f"{self.name}: {self.missed:,} of {count(self.images, 'image')} missed"
        if self.below >= 1:
            return f"{missed}, which proves nothing."
        proven = f"a miss rate below {percent(self.below)}"
        if self.below <= self.wanted:
            return f"{missed}, which proves {proven}."
        if self.enough:
            return (
                f"{missed}, which proves only {proven}; {self.enough:,} images without a miss "
                f"would prove one below {percent(self.wanted)}."
            )
        return f"{missed}, which proves only {proven}."


def judge(analysis: Analysis, end: RunEnd) -> Judgement:
    """Judge a run."""
    if end.state != "done":
        return Judgement("bad", end.sentence)
    if analysis.scores is None:
        return Judgement(
            "doubtful", f"{end.sentence} Without predictions, the model can't be judged."
        )
    worst, *others = [*doubts_of(analysis)] or [_praise(analysis.evidence)]
    sentences = [_accuracy("The model classifies", "validation images", analysis.scores.accuracy)]
    if analysis.out_of_sample and analysis.out_of_sample.can_tell:
        accuracy = analysis.out_of_sample.accuracy
        sentences.append(_accuracy("Judged out of sample, it classifies", "images", accuracy))
    if tested := analysis.sealed_test:
        look = f", at look {tested.looks:,}," if tested.looks > 1 else ","
        subject = f"On the sealed test set{look} it classifies"
        sentences.append(_accuracy(subject, "images", tested.accuracy_of_best))
    bounds = [
        warning for warning in warnings_of(analysis) if warning.code in {NEAR_COPIES, FIXED_CAMERA}
    ]
    if bounds and first_sentence(bounds[0]) not in worst.sentence:
        sentences.append(first_sentence(bounds[0]))
    return Judgement(
        worst.level,
        " ".join(filter(None, [*sentences, worst.advice, worst.sentence])),
        tuple(other.sentence for other in others),
    )


def _accuracy(subject: str, images: str, accuracy: Estimate) -> str:
    ends = f"95 % interval {interval(accuracy.low, accuracy.high)}"
    if accuracy.of < FEW:
        return f"{subject} {accuracy.hits:,} of {accuracy.of:,} {images} correctly ({ends})."
    return (
        f"{subject} {percent(accuracy.value)} of the {images} correctly ({accuracy.hits:,} of "
        f"{accuracy.of:,}; {ends})."
    )


def _praise(evidence: tuple[ClassEvidence, ...]) -> Doubt:
    weakest = weakest_of(evidence)
    if weakest is None or not weakest.missed:
        return Doubt("good", "No image of any class is missed.")
    recall = share_of(weakest.found, weakest.images)
    return Doubt("good", f"Weakest class: {weakest.name}, recall {recall}.")


def proofs(evidence: tuple[ClassEvidence, ...], wanted_miss_rate: float) -> dict[str, Proof]:
    """Return what the images of each class prove, by name; 0 wants the usual rate."""
    wanted = wanted_miss_rate or USUAL_MISS_RATE
    enough = images_to_prove_below(wanted)
    return {
        item.name: Proof(
            name=item.name,
            missed=item.missed,
            images=item.images,
            below=item.miss_rate_below,
            wanted=wanted,
            enough=enough if item.parts < enough else None,
        )
        for item in evidence
    }
