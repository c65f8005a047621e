"""The operating point of a run, `runs/<run>/decision.json`: when an image is a defect. Pure.

Plot writes it; whoever predicts with the run's model reads it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from common.documents import JsonDocument
from common.wording import count, interval, percent, share_of, threshold


class FalseRejects(JsonDocument):
    """The good images rejected: a share, the ends of its 95 % interval, and the counts."""

    value: float
    low: float
    high: float
    hits: int
    of: int


class DefectDecision(JsonDocument):
    """Reject an image as a defect when 1 - p(`accepted_class`), to six digits, is >= `threshold`.

    `defect_class` is the class rejected, "any other class" if there are several. Rates and shares
    are numbers from 0 to 1. `missed` of `defects` images have a lower probability. On new images
    the miss rate is at most `proven_miss_rate`, with 95 % confidence; the bound counts the near
    copies in a cluster once, which leaves `defect_parts`. If that is above `wanted_miss_rate`, the
    rate isn't `proven`: the threshold is the highest that misses none, and `parts_needed` without a
    miss would prove it. `temperature` is the one that the model's logits are divided by, None where
    it is unknown.
    """

    run: str
    defect_class: str = Field(alias="class")
    accepted_class: str
    threshold: float
    wanted_miss_rate: float
    proven: bool
    proven_miss_rate: float
    missed: int
    defects: int
    defect_parts: int
    parts_needed: int | None
    false_rejects: FalseRejects
    measured_on: Literal["out of sample", "validation"]
    temperature: float | None

    @property
    def sentence(self) -> str:
        """The operating point and what it proves, in words."""
        wanted, proven = percent(self.wanted_miss_rate), percent(self.proven_miss_rate)
        rejects = self.false_rejects
        rejected = (
            f"Expected false rejects: {share_of(rejects.hits, rejects.of)}, 95 % interval "
            f"{interval(rejects.low, rejects.high)}."
        )
        if self.proven:
            return (
                f"To miss at most {wanted} of the defects, reject from a threshold of "
                f"{threshold(self.threshold)}: {self.missed:,} of {count(self.defects, 'defect')} "
                f"missed, which proves a miss rate below {proven}. {rejected}"
            )
        once = ", near copies counted once" if self.defect_parts < self.defects else ""
        return (
            f"A miss rate of at most {wanted} can't be proven: that takes {self.parts_needed:,} "
            f"defects without a miss, and there are {self.defect_parts:,}{once}. A threshold of "
            f"{threshold(self.threshold)} misses none of them, which proves a miss rate below "
            f"{proven}. {rejected}"
        )

    def to_json(self) -> bytes:
        """Write the document as JSON that people can read."""
        return self.model_dump_json(indent=2, by_alias=True).encode()
