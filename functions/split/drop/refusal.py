"""Decides whether a drop can be trained; if not, why, and what to do about it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from common import keys
from common.wording import count, first_few, most_frequent
from split.drop.class_names import distinct_names, look_of, unusable_name
from split.drop.left_out import LeftOutOfClass, left_out_by_class, left_out_by_reason
from split.drop.reasons import ADVICE, EXPECTED
from split.images import CleanedDrop, Image
from split.partition.dataset import SIDES, KnownSides, Side, Sides

TRAIN_NAMES = frozenset({"train", "training"})
VALIDATION_NAMES = frozenset({"val", "valid", "validation", "test", "testing"})
SIDE_NAMES = TRAIN_NAMES | VALIDATION_NAMES
# A limit of the report: its table of predictions has a column for each class.
MAXIMUM_CLASSES = 1000

DROPTRAIN_SPLITS = (
    "Drop all images of a class into one folder, raw/<class>/; droptrain splits them itself."
)


@dataclass(frozen=True)
class Refusal:
    """Why a drop isn't trained: a code for programs, a sentence and a remedy for people."""

    code: str
    sentence: str
    remedy: str


def refusal_of_classes(cleaned: CleanedDrop, minimum_images: int) -> Refusal | None:
    """Return why the classes of a drop can't be trained, or None when they can."""
    sizes, left_out = cleaned.class_sizes(), left_out_by_class(cleaned)
    unusable = (why for name in sizes if (why := unusable_name(name)))
    return (
        _no_images(cleaned)
        or next((Refusal("unusable-class-name", *why) for why in unusable), None)
        or _sides_as_classes(cleaned.images)
        or _sides_below_classes(cleaned.images)
        or _one_class(sizes, left_out)
        or _too_many_classes(sizes)
        or _too_few_images(sizes, left_out, minimum_images)
    )


def refusal_of_sides(images: Iterable[Image], sides: Sides, known: KnownSides) -> Refusal | None:
    """Return why a partition can't be trained: a class has images on one side only."""
    by_class: defaultdict[str, list[Image]] = defaultdict(list)
    for image in images:
        by_class[image.class_name].append(image)
    for class_name, of_class in sorted(by_class.items()):
        used = {sides[image.source.content] for image in of_class}
        for side in SIDES:
            if side not in used:
                return _one_sided(class_name, of_class, side, known)
    return None


def _no_images(cleaned: CleanedDrop) -> Refusal | None:
    if cleaned.images:
        return None
    reasons = left_out_by_reason(cleaned)
    reasons = {name: n for name, n in reasons.items() if name not in EXPECTED} or reasons
    left_out = f" Left out: {most_frequent(reasons)}." if reasons else ""
    advice = [ADVICE[reason] for reason in reasons if reason in ADVICE]
    return Refusal(
        "no-images",
        f"There are no images to train on under {keys.RAW}.{left_out}",
        " ".join(advice[:2]) or "Drop images into one folder per class: raw/<class>/<image>.jpg.",
    )


def _sides_as_classes(images: Iterable[Image]) -> Refusal | None:
    """Find raw/train/<class>/…: all classes have names of sides, or two sides share a folder."""
    folders: dict[str, set[str]] = {}
    for image in images:
        below = folders.setdefault(image.class_name, set())
        if image.group is not None:
            below.add(image.group)
    sides = [name for name in folders if name.lower() in SIDE_NAMES]
    train = [folders[name] for name in sides if name.lower() in TRAIN_NAMES]
    validation = [folders[name] for name in sides if name.lower() in VALIDATION_NAMES]
    share_a_folder = any(below & other for below in train for other in validation)
    if len(sides) < len(folders) and not share_a_folder:
        return None
    return Refusal(
        "sides-as-classes",
        f"The folders {', '.join(f'{keys.RAW}{name}/' for name in sorted(sides))} look like the "
        "sides of a split, not like classes.",
        DROPTRAIN_SPLITS,
    )


def _sides_below_classes(images: Iterable[Image]) -> Refusal | None:
    """Find raw/<class>/train/… with raw/<class>/validation/…, however deep."""
    sides: dict[str, str] = {}
    for image in images:
        folders = image.source.key.split("/")[2:-1]
        for folder in folders:
            if folder.lower() in SIDE_NAMES:
                sides.setdefault(folder.lower(), f"{keys.RAW}{image.class_name}/")
    if not (sides.keys() & TRAIN_NAMES and sides.keys() & VALIDATION_NAMES):
        return None
    examples = " and ".join(f"'{name}' (below {place})" for name, place in sorted(sides.items()))
    return Refusal(
        "sides-below-classes",
        f"The folders {examples} look like the sides of an existing split.",
        DROPTRAIN_SPLITS,
    )


def _one_class(
    sizes: Mapping[str, int], left_out: Mapping[str | None, LeftOutOfClass]
) -> Refusal | None:
    if len(sizes) > 1:
        return None
    [name] = sizes
    empty = [left for other, left in left_out.items() if other is not None and other not in sizes]
    if empty:
        return Refusal(
            "one-class",
            f"All usable images are in one class, '{name}'. "
            f"{first_few([str(of_class) for of_class in empty])}.",
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
        f"There are {len(sizes):,} classes; the maximum is {MAXIMUM_CLASSES:,}.",
        "If a folder is a part or a session rather than a class, put it below its class: "
        "raw/<class>/<part>/<image>.jpg. Otherwise merge classes.",
    )


def _too_few_images(
    sizes: Mapping[str, int], left_out: Mapping[str | None, LeftOutOfClass], minimum: int
) -> Refusal | None:
    small = {name: size for name, size in sizes.items() if size < minimum}
    if not small:
        return None
    names = distinct_names(small)
    counts = [
        f"{names[name]} has {size:,}" + (f" ({left_out[name].summary})" if name in left_out else "")
        for name, size in small.items()
    ]
    remedies = [left_out[name].remedy for name in small if name in left_out][:1]
    if len({look_of(name) for name in small}) < len(small):
        remedies.append("If two of these are one class, move their images into one folder.")
    remedies.append(
        "Drop more images into these classes, or remove their folders, or lower "
        "MinimumImagesPerClass."
    )
    return Refusal(
        "class-too-small",
        f"Each class needs at least {count(minimum, 'image')}; {first_few(counts)}.",
        " ".join(remedy for remedy in remedies if remedy),
    )


def _one_sided(class_name: str, images: list[Image], side: Side, known: KnownSides) -> Refusal:
    folder = f"{keys.RAW}{class_name}/"
    groups = {image.group for image in images}
    group = next(iter(groups))
    if len(groups) == 1 and group is not None:
        return Refusal(
            "one-group",
            f"All images of the class '{class_name}' are in one group, {folder}{group}/. A group "
            f"stays on one side as a whole, so the class would have no {side} image.",
            f"Drop images of another part or session into a second folder below {folder}. If the "
            "folder doesn't mean that its images belong together, move them up into "
            f"{folder} itself.",
        )
    if all(image.source.content in known.sides for image in images):
        return Refusal(
            "one-sided-class",
            f"The class '{class_name}' has no {side} image: all of its images were on the other "
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
