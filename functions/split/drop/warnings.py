"""Warns of what is allowed in a drop but suspicious, or weakens a run's evidence. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from common.documents import DropWarning
from common.wording import count, first_few
from split.drop.layouts import warnings_of_layout
from split.drop.left_out import warnings_of_left_out
from split.images import CleanedDrop
from split.partition.assignment import straddling_groups
from split.partition.dataset import Dataset

SMALL_CLASS = 50
IMBALANCE = 10


def warnings_of_drop(cleaned: CleanedDrop) -> list[DropWarning]:
    """Return the warnings about files left out, folders, names and class sizes."""
    sizes = cleaned.class_sizes()
    return [
        *warnings_of_left_out(cleaned),
        *warnings_of_layout(sizes, cleaned.images),
        *_warnings({"small-class": _small_classes(sizes), "imbalance": _imbalance(sizes)}),
    ]


def warnings_of_dataset(
    dataset: Dataset, validation_share: float, other_partitions: Sequence[tuple[int, float]]
) -> list[DropWarning]:
    """Return the warnings about groups, earlier splits and changed parameters."""
    return _warnings(
        {
            "another-partition": _new_partition(other_partitions),
            "straddling-group": _straddling_groups(dataset),
            "far-from-share": _far_from_share(dataset, validation_share),
        }
    )


def _warnings(sentences: Mapping[str, str | None]) -> list[DropWarning]:
    return [DropWarning(code=code, sentence=text) for code, text in sentences.items() if text]


def _small_classes(sizes: Mapping[str, int]) -> str | None:
    small = [f"'{name}' has {size:,}" for name, size in sizes.items() if size < SMALL_CLASS]
    start = f"The figures of classes with fewer than {SMALL_CLASS} images are imprecise: "
    return f"{start}{first_few(small)}." if small else None


def _imbalance(sizes: Mapping[str, int]) -> str | None:
    if not sizes:
        return None
    large, small = max(sizes, key=sizes.__getitem__), min(sizes, key=sizes.__getitem__)
    if sizes[large] <= IMBALANCE * sizes[small]:
        return None
    return (
        f"'{large}' has {count(sizes[large], 'image')}, '{small}' {sizes[small]:,}: more than "
        f"{IMBALANCE} to 1. Look at the figures of each class, not only at the accuracy."
    )


def _new_partition(others: Sequence[tuple[int, float]]) -> str | None:
    if not others:
        return None
    partitions = [f"SplitSeed {seed} with ValidationShare {share}" for seed, share in others]
    return (
        f"SplitSeed or ValidationShare was changed: this bucket was also split with "
        f"{first_few(partitions)}. Images validated on there may be trained on here, so runs of "
        "the two cannot be compared on the same images."
    )


def _straddling_groups(dataset: Dataset) -> str | None:
    sides = {assigned.image.source.content: assigned.side for assigned in dataset.images}
    groups = straddling_groups((assigned.image for assigned in dataset.images), sides)
    if not groups:
        return None
    return (
        f"Groups with images on both sides: {first_few(groups)}. These images had their sides "
        "before they joined the group, and an image never changes its side."
    )


def _far_from_share(dataset: Dataset, validation_share: float) -> str | None:
    far = []
    for class_name, counts in dataset.counts().items():
        size = counts["train"] + counts["validation"]
        wanted = validation_share * size
        # Off by more than half of the wanted number, and not by rounding.
        if abs(counts["validation"] - wanted) > max(wanted / 2, 1):
            far.append(f"'{class_name}' {counts['validation']:,} of {size:,}")
    if not far:
        return None
    return (
        "Whole groups, or the sides of earlier splits, keep classes away from ValidationShare "
        f"{validation_share}. Validation images: {first_few(far)}."
    )
