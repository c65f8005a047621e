"""Decides what to answer an image: its class, unsure, unknown or unreadable. Pure.

The largest probability alone never tells an unknown image from a known one: a network is sure of
pictures of anything. Its distance from the images that were trained on does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import Field

from common.defect_decision import DefectDecision
from common.documents import JsonDocument, Timestamp
from common.wording import percent, threshold

Decision = Literal["class", "unsure", "unknown", "unreadable"]

DIGITS = 6  # of a probability, as in a run's tables and thresholds
_NOVELTY_DIGITS = 3


class Subject(NamedTuple):
    """The object that is answered, when, and with the model of which run."""

    key: str
    etag: str
    time: datetime
    run: str


class Answer(JsonDocument):
    """One line of `predictions/<date>/<time>-<batch>.jsonl`: the answer to one image.

    `class_name` is the most probable class, whatever the decision; None if unreadable. `rejected`
    says whether the run's decision.json takes the image for a defect, None without one. `novelty`
    is its distance from the images trained on, as a multiple of the bound: above 1 it is unknown,
    None where that wasn't measured. `reason` says why it isn't simply its class.
    """

    key: str
    etag: str
    time: Timestamp
    run: str
    decision: Decision
    class_name: str | None = Field(alias="class")
    probabilities: dict[str, float]
    rejected: bool | None
    novelty: float | None
    reason: str | None

    @property
    def probability(self) -> float | None:
        """That of the most probable class; None if unreadable."""
        return None if self.class_name is None else self.probabilities[self.class_name]

    def to_json(self) -> bytes:
        """Write the document as one line of JSON."""
        return self.model_dump_json(by_alias=True).encode()


class Rules(NamedTuple):
    """By what is decided: the run's operating point, if any, and the least probability."""

    operating_point: DefectDecision | None
    minimum_confidence: float


def unreadable(subject: Subject, reason: str) -> Answer:
    """Answer an object that has no readable picture."""
    return _answer(subject, "unreadable", reason)


def decide(
    subject: Subject, probabilities: Mapping[str, float], novelty: float | None, rules: Rules
) -> Answer:
    """Answer an image by its calibrated probabilities, by class, and its novelty."""
    rounded = {name: round(float(value), DIGITS) for name, value in probabilities.items()}
    class_name = max(rounded, key=lambda name: rounded[name])
    rejected = is_rejected(rounded, rules.operating_point)
    decision: Decision = "class"
    reason = None
    novelty = None if novelty is None else round(float(novelty), _NOVELTY_DIGITS)
    if novelty is not None and novelty > 1:
        decision, reason = "unknown", _why_unknown(novelty)
    elif reason := _why_unsure(class_name, rounded, rejected, rules):
        decision = "unsure"
    return _answer(subject, decision, reason, class_name, rounded, rejected, novelty)


def _answer(
    subject: Subject,
    decision: Decision,
    reason: str | None,
    class_name: str | None = None,
    probabilities: Mapping[str, float] | None = None,
    rejected: bool | None = None,
    novelty: float | None = None,
) -> Answer:
    return Answer.model_validate(
        {
            **subject._asdict(),
            "decision": decision,
            "class": class_name,
            "probabilities": probabilities or {},
            "rejected": rejected,
            "novelty": novelty,
            "reason": reason,
        }
    )


def is_rejected(
    probabilities: Mapping[str, float], operating_point: DefectDecision | None
) -> bool | None:
    """Return whether the operating point takes an image for a defect, None if it can't tell."""
    if operating_point is None or operating_point.accepted_class not in probabilities:
        return None
    defect = round(1 - probabilities[operating_point.accepted_class], DIGITS)
    return defect >= operating_point.threshold


def _why_unknown(novelty: float) -> str:
    return (
        f"unlike all images that were trained on: {novelty:.2f} times as far from them as ordinary "
        "images are at most"
    )


def _why_unsure(
    class_name: str, probabilities: Mapping[str, float], rejected: bool | None, rules: Rules
) -> str | None:
    largest = probabilities[class_name]
    if largest < rules.minimum_confidence:
        return (
            f"the most probable class has {percent(largest)}, less than the "
            f"{percent(rules.minimum_confidence)} that are wanted"
        )
    point = rules.operating_point
    if point is None or rejected is None or rejected == (class_name != point.accepted_class):
        return None
    defect = threshold(round(1 - probabilities[point.accepted_class], DIGITS))
    limit = threshold(point.threshold)
    if rejected:
        return f"a defect has a probability of {defect}, and from {limit} an image is rejected"
    return f"a defect has a probability of {defect}, and below {limit} an image is accepted"
