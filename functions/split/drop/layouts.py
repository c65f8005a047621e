"""Warns of names that suggest another layout than one folder of images per class. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from posixpath import splitext

from common import keys
from common.documents import DropWarning
from common.wording import EXAMPLES, count, first_few
from split.drop.class_names import distinct_names, folders_of, look_of
from split.drop.reasons import FOLDERS_ARE_CLASSES
from split.drop.refusal import SIDE_NAMES
from split.images import Image

MASKS = frozenset(
    {
        *("annotation", "annotations", "groundtruth", "gt", "label", "labels"),
        *("mask", "masks", "segmentation", "segmentations"),
        *("segmentationclass", "segmentationobject", "instancemasks", "semanticmasks"),
    }
)
NOT_CLASSES = MASKS | {
    *("image", "images", "img", "imgs", "jpegimages", "imagesets"),
    *("json", "xml", "unlabeled", "unlabelled"),
}
VOC = frozenset({"jpegimages", "segmentationclass", "segmentationobject"})
MASK_WORDS = ("mask", "masks", "seg", "label", "labels", "gt", "annotation")
MASK_SUFFIXES = tuple(f"{mark}{word}" for word in MASK_WORDS for mark in "_-")
MASK_PREFIXES = tuple(f"{word}{mark}" for word in MASK_WORDS for mark in "_-")


def warnings_of_layout(sizes: Mapping[str, int], images: Iterable[Image]) -> list[DropWarning]:
    """Return the doubts that the names of classes, folders and files raise."""
    sentences = (
        ("class-named-like-a-side", _sides(sizes)),
        ("class-named-like-no-class", _not_classes(sizes)),
        ("class-with-backslash", _backslashes(sizes)),
        *(("classes-look-alike", sentence) for sentence in _twins(sizes)),
        ("masks-below-a-class", _mask_folders(images)),
        ("image-and-mask", _images_and_masks(images)),
    )
    return [DropWarning(code=code, sentence=text) for code, text in sentences if text]


def _plain(name: str) -> str:
    return name.lower().translate({ord(mark): None for mark in " _-."})


def _sides(sizes: Mapping[str, int]) -> str | None:
    sides = [name for name in sizes if name.lower() in SIDE_NAMES]
    if not sides:
        return None
    return f"Trained as a class, but named like a side of a split: {folders_of(sides)}."


def _not_classes(sizes: Mapping[str, int]) -> str | None:
    suspects = [name for name in sizes if _plain(name) in NOT_CLASSES]
    if not suspects:
        return None
    is_voc = VOC & {_plain(name) for name in suspects}
    return (
        "Trained as a class, but the name suggests masks, annotations or just images: "
        f"{folders_of(suspects)}.{' This is the layout of Pascal VOC.' if is_voc else ''} "
        f"{FOLDERS_ARE_CLASSES[0].upper()}{FOLDERS_ARE_CLASSES[1:]}."
    )


def _backslashes(sizes: Mapping[str, int]) -> str | None:
    names = [name for name in sizes if "\\" in name]
    if not names:
        return None
    return (
        f"A class name contains a backslash: {folders_of(names)}. S3 separates folders with / "
        "alone: if it should be two folders, upload it again with /."
    )


def _twins(sizes: Mapping[str, int]) -> Iterator[str]:
    by_look: defaultdict[str, list[str]] = defaultdict(list)
    for name in sizes:
        by_look[look_of(name)].append(name)
    twins = [names for names in by_look.values() if len(names) > 1]
    for names in twins[:EXAMPLES]:
        yield (
            f"{first_few(list(distinct_names(names).values()))} are different classes, although "
            "their names differ only in case, spaces or the way Unicode writes a letter. If they "
            "are one class, move their images into one folder."
        )


def _mask_folders(images: Iterable[Image]) -> str | None:
    folders = {
        f"{image.class_name}/{image.group}"
        for image in images
        if image.group is not None and _plain(image.group) in MASKS
    }
    if not folders:
        return None
    return (
        "Trained as images of their class, but the folder's name suggests masks or annotations: "
        f"{folders_of(sorted(folders))}. If it contains those, move it out of {keys.RAW}."
    )


def _images_and_masks(images: Iterable[Image]) -> str | None:
    """Find names that two images share: 1.jpg with 1_mask.png, mask_1.png or 1.png."""
    first: dict[str, str] = {}
    pairs = 0
    example = ""
    for image in images:
        folder, _, name = image.source.key.rpartition("/")
        place = f"{folder}/{_without_mask(splitext(name)[0].lower())}"
        if place in first:
            pairs += 1
            example = example or f"{first[place]} and {image.source.key}"
        first.setdefault(place, image.source.key)
    if not pairs:
        return None
    return (
        f"{count(pairs, 'pair')} of images in one folder share a name, such as {example}. If one "
        f"of them is a mask or a second copy, move it out of {keys.RAW}."
    )


def _without_mask(stem: str) -> str:
    for suffix in MASK_SUFFIXES:
        stem = stem.removesuffix(suffix)
    for prefix in MASK_PREFIXES:
        stem = stem.removeprefix(prefix)
    return stem
