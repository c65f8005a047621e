"""Says of a drop why it cannot be trained, and what to do about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from common import keys
from split import wording
from split.advice import what_to_do
from split.class_names import fault_of_name
from split.losses import NO_NEWS, Loss, losses_of, reasons_of
from split.objects import SIDES, Cleaned, Image, Known, Side

TRAIN_NAMES = frozenset({"train", "training"})
VALIDATION_NAMES = frozenset({"val", "valid", "validation", "test", "testing"})
SIDE_NAMES = TRAIN_NAMES | VALIDATION_NAMES
# What the report bears: a table of predictions has a column for each class.
MAXIMUM_CLASSES = 1000

DROPTRAIN_SPLITS = (
    "Drop all images of a class into one folder, raw/<class>/; droptrain splits them itself."
)


@dataclass(frozen=True)
class Refusal:
    """Why a drop is not trained: a code for machines, a sentence and a remedy for people."""

    code: str
    sentence: str
    remedy: str


def refusal_of_classes(cleaned: Cleaned, minimum_images: int) -> Refusal | None:
    """Return why the classes of a drop cannot be trained, or None when they can."""
    sizes, losses = cleaned.class_sizes(), losses_of(cleaned)
    return (
        _no_images(cleaned)
        or _unusable_names(sizes)
        or _sides_as_classes(cleaned.images)
        or _sides_below_classes(cleaned.images)
        or _one_class(sizes, losses)
        or _too_many_classes(sizes)
        or _too_few(sizes, losses, minimum_images)
    )


def refusal_of_sides(
    images: Iterable[Image], sides: Mapping[str, Side], known: Known
) -> Refusal | None:
    """Return why a partition cannot be trained: a class that has images on one side only.

    Args:
        images: of the drop.
        sides: the side of each content.
        known: what was decided before these sides.
    """
    by_class: defaultdict[str, list[Image]] = defaultdict(list)
    for image in images:
        by_class[image.class_name].append(image)
    for class_name, of_class in sorted(by_class.items()):
        found = {sides[image.source.content] for image in of_class}
        for side in SIDES:
            if side not in found:
                return _one_sided(class_name, of_class, side, known)
    return None


def _no_images(cleaned: Cleaned) -> Refusal | None:
    if cleaned.images:
        return None
    reasons = reasons_of(cleaned)
    reasons = {name: n for name, n in reasons.items() if name not in NO_NEWS} or reasons
    only = f", only: {wording.counted(reasons)}" if reasons else ""
    advice = [text for reason in reasons if (text := what_to_do(reason))]
    return Refusal(
        "no-images",
        f"There is no image to train on under {keys.RAW}{only}.",
        " ".join(advice[:2]) or "Drop images into one folder per class: raw/<class>/<image>.jpg.",
    )


def _sides_as_classes(images: Iterable[Image]) -> Refusal | None:
    """Find raw/train/<class>/…: every class is called like a side, or two sides hold the same."""
    folders: dict[str, set[str]] = {}
    for image in images:
        below = folders.setdefault(image.class_name, set())
        if image.group is not None:
            below.add(image.group)
    sides = [name for name in folders if name.lower() in SIDE_NAMES]
    train = [folders[name] for name in sides if name.lower() in TRAIN_NAMES]
    validation = [folders[name] for name in sides if name.lower() in VALIDATION_NAMES]
    same_below = any(one & other for one in train for other in validation)
    if len(sides) < len(folders) and not same_below:
        return None
    return Refusal(
        "sides-as-classes",
        f"The folders {', '.join(f'{keys.RAW}{name}/' for name in sorted(sides))} look like the "
        "sides of a split, not like classes.",
        DROPTRAIN_SPLITS,
    )


def _sides_below_classes(images: Iterable[Image]) -> Refusal | None:
    """Find raw/<class>/train/… with raw/<class>/validation/…, however deep."""
    found: dict[str, str] = {}
    for image in images:
        folders = image.source.key.split("/")[2:-1]
        for folder in folders:
            if folder.lower() in SIDE_NAMES:
                found.setdefault(folder.lower(), f"{keys.RAW}{image.class_name}/")
    if not (found.keys() & TRAIN_NAMES and found.keys() & VALIDATION_NAMES):
        return None
    examples = " and ".join(f"'{name}' (below {place})" for name, place in sorted(found.items()))
    return Refusal(
        "sides-below-classes",
        f"The folders {examples} look like the sides of a split that was made before.",
        DROPTRAIN_SPLITS,
    )


def _unusable_names(sizes: Mapping[str, int]) -> Refusal | None:
    fault = next((fault for name in sizes if (fault := fault_of_name(name))), None)
    return Refusal("unusable-class-name", *fault) if fault else None


def _one_class(sizes: Mapping[str, int], losses: Mapping[str | None, Loss]) -> Refusal | None:
    if len(sizes) > 1:
        return None
    [name] = sizes
    empty = [loss for other, loss in losses.items() if other is not None and other not in sizes]
    if empty:
        return Refusal(
            "one-class",
            f"All images that can be used are in one class, '{name}'. "
            f"{wording.some([str(loss) for loss in empty])}.",
            empty[0].remedy,
        )
    return Refusal(
        "one-class",
        f"All images are in one class, '{name}': there is nothing to tell apart.",
        "Drop images of at least one more class into a folder of its own under raw/. If the "
        f"folders in {keys.RAW}{name}/ are your classes, drop them directly under raw/.",
    )


def _too_many_classes(sizes: Mapping[str, int]) -> Refusal | None:
    if len(sizes) <= MAXIMUM_CLASSES:
        return None
    return Refusal(
        "too-many-classes",
        f"There are {len(sizes):,} classes, and {MAXIMUM_CLASSES:,} are the most.",
        "If a folder is a part or a session rather than a class, put it below its class: "
        "raw/<class>/<part>/<image>.jpg. Otherwise join classes.",
    )


def _too_few(
    sizes: Mapping[str, int], losses: Mapping[str | None, Loss], minimum: int
) -> Refusal | None:
    small = {name: size for name, size in sizes.items() if size < minimum}
    if not small:
        return None
    shown = wording.told_apart(small)
    counts = [
        f"{shown[name]} has {size}" + (f" ({losses[name].left_out})" if name in losses else "")
        for name, size in small.items()
    ]
    remedies = [losses[name].remedy for name in small if name in losses][:1]
    if len({wording.alike(name) for name in small}) < len(small):
        remedies.append("If two of these are one class, move their pictures into one folder.")
    remedies.append(
        "Drop more images into these classes, or remove their folders, or lower "
        "MinimumImagesPerClass."
    )
    return Refusal(
        "class-too-small",
        f"Each class needs at least {minimum} images; {wording.some(counts)}.",
        " ".join(text for text in remedies if text),
    )


def _one_sided(class_name: str, images: list[Image], side: Side, known: Known) -> Refusal:
    folder = f"{keys.RAW}{class_name}/"
    groups = {image.group for image in images}
    group = next(iter(groups))
    if len(groups) == 1 and group is not None:
        return Refusal(
            "one-group",
            f"All images of the class '{class_name}' are in one group, {folder}{group}/. A group "
            f"stays whole on one side, so the class would have no {side} image.",
            f"Drop images of another part or session into a second folder below {folder}. If the "
            "folder does not say which images belong together, move them up into "
            f"{folder} itself.",
        )
    if all(image.source.content in known.sides for image in images):
        return Refusal(
            "one-sided-class",
            f"The class '{class_name}' has no {side} image: every image in it was on the other "
            "side before, and an image never changes its side.",
            f"Drop new images into {folder}.",
        )
    return Refusal(
        "groups-too-few",
        f"The class '{class_name}' would have no {side} image: its groups stay whole, and the "
        "other classes or earlier splits need them on the other side.",
        f"Drop images of another part or session into a new folder below {folder}, or images "
        f"that belong to no group into {folder} itself.",
    )
