"""The reasons to doubt a model, the worst first. Pure.

What is proven to be wrong comes before what may be wrong, and that before what isn't known: no
better than the baseline, a class that it fails on, a sealed test set on which it is worse, a
warning of the training's own audit, a class that it seems to miss too often, and a class with too
few images to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from common.wording import count, first_few, percent, rate, share_of
from plot.analysis import Analysis
from plot.inputs.audit import AuditWarning
from plot.statistics.evidence import ClassEvidence
from plot.statistics.intervals import images_to_prove_below
from plot.statistics.metrics import Scores

Level = Literal["good", "doubtful", "bad"]

# Warnings that don't question the figures. Near-copies, if many, have a warning of their own.
HARMLESS_WARNINGS = {
    *("reading", "tflite", "dark"),
    *("files-left-out", "copies-in-two-classes", "copies-on-both-sides"),
}
NEAR_COPIES, FIXED_CAMERA = "near_copies", "fixed-camera"
# The others come after these, in the audit's own order.
WORST_WARNINGS = ("majority", NEAR_COPIES, FIXED_CAMERA, "border", "thumbnail")

# A model that misses more than a fifth of a class isn't called good; fewer images of a class than
# this can't prove that it misses less.
TOLERATED_MISS_RATE = 0.2
FEW_IMAGES = images_to_prove_below(TOLERATED_MISS_RATE)
# A class of which it is proven to miss more than half makes a model useless.
USELESS_RECALL = 0.5


@dataclass(frozen=True)
class Doubt:
    """A reason to doubt a model, how bad that is, and what to say before it in the headline."""

    level: Level
    sentence: str
    advice: str = ""


def doubts_of(analysis: Analysis) -> Iterator[Doubt]:
    """List the doubts, the worst first."""
    if analysis.scores is None:
        return
    yield from _no_better(analysis, analysis.scores)
    yield from _failures(analysis.evidence)
    yield from _worse_when_tested(analysis, analysis.scores)
    for warning in warnings_of(analysis):
        yield Doubt("doubtful", first_sentence(warning), "Don't rely on it yet.")
    others = tuple(item for item in analysis.evidence if not _fails(item))
    yield from _missed(others)
    yield from _too_few(others, "image" if analysis.has_evidence_of_all else "validation image")


def warnings_of(analysis: Analysis) -> list[AuditWarning]:
    """Return the audit's warnings that question the figures, the worst first."""
    audit = analysis.results.audit
    questioning = [
        warning
        for warning in (audit.warnings if audit else ())
        if warning.code not in HARMLESS_WARNINGS
    ]
    ranks = {code: rank for rank, code in enumerate(WORST_WARNINGS)}
    return sorted(questioning, key=lambda warning: ranks.get(warning.code, len(ranks)))


def first_sentence(warning: AuditWarning) -> str:
    """Return a warning without its explanation and its remedy."""
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z])", warning.sentence)
    # That images look alike means nothing without its consequence.
    return " ".join(sentences[: 2 if warning.code == FIXED_CAMERA else 1])


def _no_better(analysis: Analysis, scores: Scores) -> Iterator[Doubt]:
    if scores.accuracy.low <= scores.majority[1].value:
        yield Doubt("bad", f"That isn't proven to be better than {_baseline(scores)}")
    elif analysis.out_of_sample and analysis.has_evidence_of_all:
        judged = analysis.out_of_sample.scores
        if judged.accuracy.value <= judged.majority[1].value:
            yield Doubt("bad", f"Out of sample it is no better than {_baseline(judged)}")


def _worse_when_tested(analysis: Analysis, scores: Scores) -> Iterator[Doubt]:
    tested = analysis.sealed_test
    if tested and tested.accuracy_of_best.high < scores.accuracy.low:
        yield Doubt(
            "doubtful",
            "It is proven to be worse on the sealed test set than on the validation images: the "
            "drop lacks what the test set shows.",
        )


def _baseline(scores: Scores) -> str:
    name, share = scores.majority
    predicted = "the baseline, always predicting the majority class"
    return f"{predicted}: {name}, {rate(share.hits, share.of)}."


def _failures(evidence: tuple[ClassEvidence, ...]) -> Iterator[Doubt]:
    """Find the classes whose recall is proven to be too low, by an exact upper bound."""
    failed = sorted(filter(_fails, evidence), key=lambda item: item.recall_below)
    if failed:
        named = [
            f"{item.name} ({item.found:,} of {count(item.images, 'image')} found, which proves a "
            f"recall below {percent(item.recall_below)})"
            for item in failed
        ]
        useless = failed[0].recall_below < USELESS_RECALL
        yield Doubt(
            "bad" if useless else "doubtful",
            f"It {'fails on' if useless else 'misses too much of'} "
            f"{count(len(failed), 'class', 'classes')}: {first_few(named)}.",
        )


def _fails(evidence: ClassEvidence) -> bool:
    return evidence.recall_below < 1 - TOLERATED_MISS_RATE


def _missed(evidence: tuple[ClassEvidence, ...]) -> Iterator[Doubt]:
    weakest = weakest_of(evidence)
    if weakest and weakest.parts >= FEW_IMAGES:
        recall = weakest.found / weakest.images
        if 1 - recall > TOLERATED_MISS_RATE:
            yield Doubt(
                "doubtful",
                f"It misses too much of its weakest class: {weakest.name}, recall "
                f"{share_of(weakest.found, weakest.images)}.",
            )


def _too_few(evidence: tuple[ClassEvidence, ...], noun: str) -> Iterator[Doubt]:
    smallest = min(evidence, key=lambda item: item.parts, default=None)
    if smallest is None or smallest.parts >= FEW_IMAGES:
        return
    images = count(smallest.images, noun)
    if smallest.parts < smallest.images:
        images += f", {smallest.parts:,} with near copies counted once"
    missed = f", {smallest.missed:,} of them missed" if smallest.missed else ""
    yield Doubt(
        "doubtful",
        f"Smallest class: {smallest.name}, {images}{missed}. That is too few to prove anything "
        "about it.",
    )


def weakest_of(evidence: tuple[ClassEvidence, ...]) -> ClassEvidence | None:
    """Return the class with the lowest recall; None when no class has images."""
    judged = [item for item in evidence if item.images]
    return min(judged, key=lambda item: item.found / item.images, default=None)
