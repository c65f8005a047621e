"""Says of a drop why it cannot be trained, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from common import keys
from split.objects import SIDES, Cleaned, Side

SIDE_NAMES = frozenset({"train", "training", "val", "valid", "validation", "test", "testing"})
# Each class is a folder in the training container.
MAXIMUM_FOLDER_NAME_BYTES = 255


@dataclass(frozen=True)
class Refusal:
    """Why a drop is not trained: a code for machines, a sentence and a remedy for people."""

    code: str
    sentence: str
    remedy: str


def refusal_of_classes(cleaned: Cleaned, minimum_images: int) -> Refusal | None:
    """Return why the classes of a drop cannot be trained, or None when they can."""
    sizes = cleaned.class_sizes()
    checks = (_no_images, _sides_as_classes, _one_class, _unusable_names)
    for check in checks:
        refusal = check(sizes)
        if refusal:
            return refusal
    return _too_few(sizes, minimum_images)


def refusal_of_sides(counts: Mapping[str, Mapping[Side, int]]) -> Refusal | None:
    """Return why a partition cannot be trained: a class that has images on one side only."""
    for class_name, of_class in counts.items():
        for side in SIDES:
            if of_class[side] == 0:
                return Refusal(
                    "one-sided-class",
                    f"The class '{class_name}' has no {side} image: every image in it was on the "
                    "other side before, and an image never changes its side.",
                    f"Drop new images into {keys.RAW}{class_name}/.",
                )
    return None


def _no_images(sizes: Mapping[str, int]) -> Refusal | None:
    if sizes:
        return None
    return Refusal(
        "no-images",
        "There is no image under raw/.",
        "Drop images into one folder per class: raw/<class>/<image>.jpg.",
    )


def _sides_as_classes(sizes: Mapping[str, int]) -> Refusal | None:
    if not all(name.lower() in SIDE_NAMES for name in sizes):
        return None
    folders = ", ".join(f"{keys.RAW}{name}/" for name in sizes)
    return Refusal(
        "sides-as-classes",
        f"The folders {folders} look like the sides of a split, not like classes.",
        "Drop all images of a class into one folder, raw/<class>/; droptrain splits them itself.",
    )


def _one_class(sizes: Mapping[str, int]) -> Refusal | None:
    if len(sizes) > 1:
        return None
    [name] = sizes
    return Refusal(
        "one-class",
        f"All images are in one class, '{name}': there is nothing to tell apart.",
        "Drop images of at least one more class into a folder of its own under raw/.",
    )


def _unusable_names(sizes: Mapping[str, int]) -> Refusal | None:
    for name in sizes:
        if not name.isprintable() or len(name.encode()) > MAXIMUM_FOLDER_NAME_BYTES or not name:
            return Refusal(
                "unusable-class-name",
                f"The class name {name!r} cannot be the name of a folder.",
                "Name each class with printable characters, at most 255 bytes.",
            )
    return None


def _too_few(sizes: Mapping[str, int], minimum: int) -> Refusal | None:
    small = {name: size for name, size in sizes.items() if size < minimum}
    if not small:
        return None
    counts = ", ".join(f"'{name}' has {size}" for name, size in small.items())
    return Refusal(
        "class-too-small",
        f"Each class needs at least {minimum} images; {counts}.",
        "Drop more images into these classes, or remove their folders, or lower "
        "MinimumImagesPerClass.",
    )
