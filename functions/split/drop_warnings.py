"""Says of a drop what is allowed but looks like a mistake, or weakens what a run can show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from unicodedata import normalize

from common import keys
from split.objects import Cleaned, Dataset, Image
from split.partition import straddling
from split.refusal import SIDE_NAMES

SMALL_CLASS = 50
IMBALANCE = 10
EXAMPLES = 5

NO_CLASS_NAMES = frozenset(
    {
        *("annotation", "annotations", "ground_truth", "groundtruth", "gt", "label", "labels"),
        *("mask", "masks", "segmentation", "segmentations", "image", "images", "img", "imgs"),
        *("json", "xml", "unlabeled", "unlabelled"),
    }
)
MASK_SUFFIXES = ("_mask", "-mask", "_masks", "_seg", "_label", "_labels", "_gt", "_annotation")


@dataclass(frozen=True)
class DropWarning:
    """What to look at in a drop that is trained all the same."""

    code: str
    sentence: str


def warnings_of_drop(cleaned: Cleaned) -> list[DropWarning]:
    """Return what the classes and names of a drop make one doubt."""
    sizes = cleaned.class_sizes()
    return [
        *_class_names(sizes),
        *_small_classes(sizes),
        *_imbalance(sizes),
        *_images_and_masks(cleaned.images),
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


def _class_names(sizes: Mapping[str, int]) -> Iterator[DropWarning]:
    sides = [name for name in sizes if name.lower() in SIDE_NAMES]
    if sides:
        yield DropWarning(
            "class-named-like-a-side",
            f"{_folders(sides)} is taken for a class, but is called like a side of a split.",
        )
    others = [name for name in sizes if name.lower() in NO_CLASS_NAMES]
    if others:
        yield DropWarning(
            "class-named-like-no-class",
            f"{_folders(others)} is taken for a class, but its name says masks, annotations or "
            "just images.",
        )
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for name in sizes:
        alike[normalize("NFC", name).casefold().strip()].append(name)
    for names in alike.values():
        if len(names) > 1:
            yield DropWarning(
                "classes-look-alike",
                f"{_folders(names)} are different classes, though their names differ in nothing "
                "but case, spaces at the ends or the way Unicode writes a letter.",
            )


def _small_classes(sizes: Mapping[str, int]) -> Iterator[DropWarning]:
    small = [f"'{name}' has {size}" for name, size in sizes.items() if size < SMALL_CLASS]
    if small:
        yield DropWarning(
            "small-class",
            f"Below {SMALL_CLASS} images a class's figures say little; {_some(small)}.",
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


def _images_and_masks(images: Iterable[Image]) -> Iterator[DropWarning]:
    first: dict[str, str] = {}
    pairs: dict[str, tuple[str, str]] = {}
    for image in images:
        path = PurePosixPath(image.source.key)
        stem = path.stem.lower()
        for suffix in MASK_SUFFIXES:
            stem = stem.removesuffix(suffix)
        place = f"{path.parent}/{stem}"
        if place in first:
            pairs[place] = (first[place], image.source.key)
        first.setdefault(place, image.source.key)
    if pairs:
        example = " and ".join(next(iter(pairs.values())))
        yield DropWarning(
            "image-and-mask",
            f"{len(pairs)} names stand for two images in the same folder, such as "
            f"{example}: is one of them a mask or a second copy?",
        )


def _new_partition(others: Sequence[tuple[int, float]]) -> Iterator[DropWarning]:
    if others:
        before = [f"SplitSeed {seed} with ValidationShare {share}" for seed, share in others]
        yield DropWarning(
            "another-partition",
            f"SplitSeed or ValidationShare was changed: this bucket was also split with "
            f"{_some(before)}. Images validated on there may be trained on here, so runs of the "
            "two cannot be compared on the same images.",
        )


def _straddling_groups(dataset: Dataset) -> Iterator[DropWarning]:
    sides = {assigned.image.source.content: assigned.side for assigned in dataset.images}
    groups = straddling((assigned.image for assigned in dataset.images), sides)
    if groups:
        yield DropWarning(
            "straddling-group",
            f"{len(groups)} groups have images on both sides: {_some(groups)}. These images had "
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
            f"ValidationShare {validation_share}; to validate on are of {_some(far)}.",
        )


def _folders(names: Iterable[str]) -> str:
    return _some([f"{keys.RAW}{name}/" for name in names])


def _some(texts: Sequence[str]) -> str:
    more = len(texts) - EXAMPLES
    return ", ".join(texts[:EXAMPLES]) + (f" and {more} more" if more > 0 else "")
