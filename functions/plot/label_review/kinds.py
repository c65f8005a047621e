"""The kinds of findings: what each means, and what to do. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of findings; `name` is its name in review.csv, `distance` what its distance is."""

    name: str
    title: str
    explanation: str
    distance: str = ""


BITS = "bits of 256 that differ"

CANDIDATES = Kind(
    "candidates",
    "Labels that may be wrong",
    "A model that was trained without the image would give it another label. Where you agree, run "
    "the command: it moves the image to the suggested class.",
)
IN_TWO_CLASSES = Kind(
    "in-two-classes",
    "Images in two classes",
    "The same picture has two labels, so one is wrong. Decide which, and run the command of the "
    "image that has the wrong one.",
)
ACROSS_CLASSES = Kind(
    "near-copies-across-classes",
    "Near copies in different classes",
    "Almost the same picture has two labels. Either one label is wrong, or the small difference is "
    "the defect. Only where a label is wrong, run the command of that image.",
    BITS,
)
ACROSS_SIDES = Kind(
    "near-copies-across-sides",
    "Near copies in training and validation",
    "A validation image is almost a training image, so its result says little about new images. "
    "Put photographs of the same part into one folder below the class before their first drop. "
    "Of two that are dropped already, run the command of one: it moves that image out of raw/.",
    BITS,
)
ODD = Kind(
    "odd",
    "Images unlike all others",
    "These may be broken, or show something else. If one doesn't belong to the drop, run its "
    "command: it moves the image out of raw/, and no later run trains on it.",
    "1 \N{MINUS SIGN} cosine to its fifth nearest neighbour",
)
