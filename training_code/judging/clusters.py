"""Finds which images belong together: equal ones, near copies, and those of one group.

A group is told by the user: the first folder below the class, as the split's manifest has it. The
same name under two classes is one group.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from judging import near_copies
from judging.near_copies import Rows
from loading.channel import Channel
from loading.dataset import ImageData, copies_in

_MOST_COMPARED = 50_000  # images: a minute and a half on two cores


@dataclass(frozen=True)
class Clusters:
    """numbers: int64 (images,), training images first: the first image of each one's cluster.

    remarks: why near copies may be apart, or a class can't be judged, for people.
    """

    numbers: Rows
    remarks: list[str]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(np.unique(self.numbers))


def find(
    sides: Sequence[Channel], classes: list[str], groups: list[str], check: Callable[[], None]
) -> Clusters:
    """Find the clusters of all images of some channels; `check` is called at times and may raise.

    `groups` has a name for each image, '' for none.
    """
    labels = np.concatenate([side.labels for side in sides])
    told = np.arange(len(labels))
    _join_equal(told, np.concatenate([side.digests for side in sides]))
    _join_equal(told, np.array(groups), np.array([bool(group) for group in groups]))
    if len(labels) > _MOST_COMPARED:
        remark = (
            f"There are more than {_MOST_COMPARED:,} images, so near copies weren't looked for: "
            "those that are in no group may be in two folds."
        )
        return Clusters(told, [remark, *_of_one_cluster(told, labels, classes)])
    seen = near_copies.joined(
        *(near_copies.appearances(side.pixels, np.arange(len(side.files))) for side in sides)
    )
    joined = told.copy()
    near_copies.join(joined, np.arange(len(labels)), near_copies.clusters(seen, check))
    numbers, remarks = _without_fixed_cameras(joined, told, labels, classes)
    return Clusters(numbers, [*remarks, *_of_one_cluster(numbers, labels, classes)])


def groups(dataset: ImageData, manifest: Path | None) -> list[str]:
    """Return the group of each image, training images first, '' for none."""
    sides = {"train": dataset.train.files, "validation": dataset.validation.files}
    return groups_of(sides, manifest)


def groups_of(sides: Mapping[str, list[str]], manifest: Path | None) -> list[str]:
    """Return the group of each file of some channels, '' for none.

    By the manifest; without one, by the folders. Raises JobError when it can't be read.
    """
    if manifest is None:
        return [_folder(file) for files in sides.values() for file in files]
    by_copy = {(side, file): group for side, file, group in copies_in(manifest)}
    return [by_copy.get((side, file), "") for side, files in sides.items() for file in files]


def _join_equal(
    numbers: Rows, values: npt.NDArray[np.generic], known: npt.NDArray[np.bool_] | None = None
) -> None:
    """Join the images whose values are equal, of those that have a known one."""
    rows = np.arange(len(values)) if known is None else np.flatnonzero(known)
    _, first, which = np.unique(values[rows], return_index=True, return_inverse=True)
    near_copies.join(numbers, rows, rows[first[which]])


def _folder(file: str) -> str:
    """Return the first folder below the class; a name that Unicode can spell twice is one name."""
    parts = file.split("/")
    return unicodedata.normalize("NFC", parts[1]) if len(parts) > 2 else ""


def _without_fixed_cameras(
    joined: Rows, told: Rows, labels: npt.NDArray[np.int32], classes: list[str]
) -> tuple[Rows, list[str]]:
    """Take near copies apart that are most of all images, or all of a class.

    A fixed camera makes any two photographs near copies, and folds would be of no use.
    """
    names, sizes = np.unique(joined, return_counts=True)
    remarks = {
        int(name): f"{size} of {len(labels)} images look alike, as those of a fixed camera do"
        for name, size in zip(names, sizes, strict=True)
        if size > len(labels) / 2
    }
    for label, name in enumerate(classes):
        inside = labels == label
        if len(np.unique(joined[inside])) == 1 < len(np.unique(told[inside])):
            sentence = f"All images of {name!r} look alike, as those of a fixed camera do"
            remarks.setdefault(int(joined[inside][0]), sentence)
    apart = np.isin(joined, list(remarks)) if remarks else np.zeros(len(labels), np.bool_)
    consequence = ": they were told apart by groups and equal pixels alone."
    return np.where(apart, told, joined), [sentence + consequence for sentence in remarks.values()]


def _of_one_cluster(numbers: Rows, labels: npt.NDArray[np.int32], classes: list[str]) -> list[str]:
    """Name the classes that no fold can be judged on."""
    return [
        f"All images of {name!r} are one group or equal: what judged them has seen no image of "
        "that class. Photograph more parts of it."
        for label, name in enumerate(classes)
        if len(np.unique(numbers[labels == label])) == 1
    ]
