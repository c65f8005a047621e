"""The audit of parts that were photographed several times.

The classifier needs no training: it predicts the class of the image with the nearest thumbnail.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from auditing import audit
from benchmarks.accuracy import parts
from benchmarks.accuracy.parts import FLAWED, PHOTOGRAPHS
from benchmarks.accuracy.sets import GOOD
from judging import clusters, near_copies
from judging.folds import Judged
from loading.channel import Channel
from loading.dataset import ImageData

CLASSES = [GOOD, FLAWED]
PARTS = 40  # of each class
SIDE = 64  # pixels


@cache
def photographs(draw: Callable[[str, int, int], Image.Image]) -> tuple[Any, Any, Any]:
    """Return pixels, labels and parts of all images."""
    shown = [
        (label, part, draw(CLASSES[label], part, photograph))
        for label in range(len(CLASSES))
        for part in range(PARTS)
        for photograph in range(PHOTOGRAPHS)
    ]
    pixels = np.stack(
        [np.asarray(image.convert("RGB").resize((SIDE, SIDE))) for _, _, image in shown]
    )
    labels = np.array([label for label, _, _ in shown], np.int32)
    return pixels, labels, np.array([PARTS * label + part for label, part, _ in shown])


class Split:
    """Photographs on two sides: training images first, as in the job."""

    def __init__(self, draw: Any, held_out: npt.NDArray[np.bool_]) -> None:
        pixels, labels, shown = photographs(draw)
        order = np.argsort(held_out, kind="stable")
        self.labels, self.parts = labels[order], shown[order]
        self.held_out = np.sort(held_out)
        self.looks = near_copies.appearances(pixels, order)
        digests = np.array([hash(one.tobytes()) % 2**64 for one in pixels], np.uint64)[order]
        sides = [
            Channel(
                [f"{CLASSES[labels[row]]}/{row}.png" for row in order[side]],
                self.labels[side],
                pixels[order[side]],
                [],
                digests=digests[side],
            )
            for side in (~self.held_out, self.held_out)
        ]
        self.data = ImageData(CLASSES, *sides)

    def answers(self, knows: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
        """Answer to each image (images,), of which it `knows` some (images, images)."""
        likeness = self.looks.shapes @ self.looks.shapes.T
        nearest = np.where(knows, likeness, -2).argmax(axis=1)
        return np.eye(len(CLASSES), dtype=np.float32)[self.labels[nearest]]

    def accuracy(self, answers: npt.NDArray[np.float32]) -> float:
        return float((answers.argmax(axis=1) == self.labels).mean())

    def audited(self, groups: list[str]) -> dict[str, Any]:
        trained_on = self.answers(np.tile(~self.held_out, (len(self.labels), 1)))
        sides = (self.data.train, self.data.validation)
        found = clusters.find(sides, CLASSES, groups, lambda: None).numbers
        judged = Judged(found, self.answers(found[:, None] != found))
        answers = audit.Answers(trained_on[self.held_out], judged, groups)
        return {**audit.of(self.data, answers, [])}


def test_the_bound_of_bursts_lies_between_the_random_figure_and_the_one_on_new_parts() -> None:
    count = 2 * PARTS * PHOTOGRAPHS
    split = Split(parts.burst, np.random.default_rng(0).random(count) < 0.2)
    found = split.audited([""] * count)
    random, bound = found["model"]["accuracy"], found["near_copies"]["accuracy_at_most"]
    on_new_parts = split.accuracy(split.answers(split.parts[:, None] != split.parts))
    assert on_new_parts + 0.1 < bound < random - 0.1
    assert found["near_copies"]["share"] < 0.8  # the detector misses copies
    warning = found["warnings"][0]
    assert warning["code"] == "near_copies"
    assert warning["sentence"].startswith(
        f"On new parts it is right on at most {100 * bound:.1f} %: "
    )
    assert found["near_copies"]["accuracy_without"] > bound  # as a clean remainder it would deceive


def test_parts_in_groups_under_a_fixed_camera_raise_no_alarm() -> None:
    count = 2 * PARTS * PHOTOGRAPHS
    _, _, shown = photographs(parts.under_a_fixed_camera)
    split = Split(parts.under_a_fixed_camera, shown % 5 == 0)
    found = split.audited([f"part {part}" for part in split.parts])
    assert found["near_copies"]["share"] > 0.7
    assert found["warnings"] == []
    ungrouped = split.audited([""] * count)
    assert [warning["code"] for warning in ungrouped["warnings"]] == ["fixed-camera"]
