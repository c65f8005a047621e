"""Says of a drop what is allowed but looks like a mistake, or weakens what a run can show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from split.layouts import warnings_of_layout
from split.losses import warnings_of_losses
from split.objects import Cleaned, Dataset, DropWarning
from split.partition import straddling
from split.wording import some

SMALL_CLASS = 50
IMBALANCE = 10


def warnings_of_drop(cleaned: Cleaned) -> list[DropWarning]:
    """Return what was left out, and what the classes and names of a drop make one doubt."""
    sizes = cleaned.class_sizes()
    return [
        *warnings_of_losses(cleaned),
        *warnings_of_layout(sizes, cleaned.images),
        *_small_classes(sizes),
        *_imbalance(sizes),
    ]


def warnings_of_dataset(
    dataset: Dataset, validation_share: float, other_partitions: Sequence[tuple[int, float]]
) -> list[DropWarning]:
    """Return what groups, history and changed parameters make one doubt."""
    return [
        *_new_partition(other_partitions),
        *_straddling_groups(dataset),
        *_far_from_share(dataset, validation_share),
    ]


def _small_classes(sizes: Mapping[str, int]) -> Iterator[DropWarning]:
    small = [f"'{name}' has {size}" for name, size in sizes.items() if size < SMALL_CLASS]
    if small:
        yield DropWarning(
            "small-class",
            f"Below {SMALL_CLASS} images a class's figures say little; {some(small)}.",
        )


def _imbalance(sizes: Mapping[str, int]) -> Iterator[DropWarning]:
    large, small = (
        max(sizes, key=sizes.__getitem__, default=""),
        min(sizes, key=sizes.__getitem__, default=""),
    )
    if sizes and sizes[large] > IMBALANCE * sizes[small]:
        yield DropWarning(
            "imbalance",
            f"'{large}' has {sizes[large]} images, '{small}' {sizes[small]}, more than "
            f"{IMBALANCE} to 1: look at the figures of each class, not at the accuracy alone.",
        )


def _new_partition(others: Sequence[tuple[int, float]]) -> Iterator[DropWarning]:
    if others:
        before = [f"SplitSeed {seed} with ValidationShare {share}" for seed, share in others]
        yield DropWarning(
            "another-partition",
            f"SplitSeed or ValidationShare was changed: this bucket was also split with "
            f"{some(before)}. Images validated on there may be trained on here, so runs of the "
            "two cannot be compared on the same images.",
        )


def _straddling_groups(dataset: Dataset) -> Iterator[DropWarning]:
    sides = {assigned.image.source.content: assigned.side for assigned in dataset.images}
    groups = straddling((assigned.image for assigned in dataset.images), sides)
    if groups:
        yield DropWarning(
            "straddling-group",
            f"{len(groups)} groups have images on both sides: {some(groups)}. These images had "
            "their sides before they came into the group, and an image never changes its side.",
        )


def _far_from_share(dataset: Dataset, validation_share: float) -> Iterator[DropWarning]:
    far = []
    for class_name, counts in dataset.counts().items():
        size = counts["train"] + counts["validation"]
        wanted = validation_share * size
        # Half as many again, or half as many, and not by rounding.
        if abs(counts["validation"] - wanted) > max(wanted / 2, 1):
            far.append(f"'{class_name}' {counts['validation']} of {size}")
    if far:
        yield DropWarning(
            "far-from-share",
            f"Whole groups, or the sides of earlier splits, keep classes away from "
            f"ValidationShare {validation_share}; to validate on are of {some(far)}.",
        )
