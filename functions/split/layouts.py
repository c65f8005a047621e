"""Warns of folders and names that look like another layout than one folder of pictures a class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from posixpath import splitext

from common import keys
from split import wording
from split.advice import FOLDERS_ARE_CLASSES
from split.objects import DropWarning, Image
from split.refusal import SIDE_NAMES

MASKS = frozenset(
    {
        *("annotation", "annotations", "groundtruth", "gt", "label", "labels"),
        *("mask", "masks", "segmentation", "segmentations"),
        *("segmentationclass", "segmentationobject", "instancemasks", "semanticmasks"),
    }
)
NO_CLASSES = MASKS | {
    *("image", "images", "img", "imgs", "jpegimages", "imagesets"),
    *("json", "xml", "unlabeled", "unlabelled"),
}
VOC = frozenset({"jpegimages", "segmentationclass", "segmentationobject"})
MASK_WORDS = ("mask", "masks", "seg", "label", "labels", "gt", "annotation")
MASK_SUFFIXES = tuple(f"{mark}{word}" for word in MASK_WORDS for mark in "_-")
MASK_PREFIXES = tuple(f"{word}{mark}" for word in MASK_WORDS for mark in "_-")


def warnings_of_layout(sizes: Mapping[str, int], images: Iterable[Image]) -> list[DropWarning]:
    """Return what the names of classes, folders and files make one doubt."""
    return [
        *_sides(sizes),
        *_no_classes(sizes),
        *_backslashes(sizes),
        *_twins(sizes),
        *_mask_folders(images),
        *_images_and_masks(images),
    ]


def _plain(name: str) -> str:
    return name.lower().translate({ord(mark): None for mark in " _-."})


def _sides(sizes: Mapping[str, int]) -> Iterator[DropWarning]:
    sides = [name for name in sizes if name.lower() in SIDE_NAMES]
    if sides:
        yield DropWarning(
            "class-named-like-a-side",
            f"{wording.folders(sides)} is taken for a class, but is called like a side of a split.",
        )


def _no_classes(sizes: Mapping[str, int]) -> Iterator[DropWarning]:
    others = [name for name in sizes if _plain(name) in NO_CLASSES]
    if others:
        voc = " This is the layout of Pascal VOC." if VOC & {_plain(n) for n in others} else ""
        yield DropWarning(
            "class-named-like-no-class",
            f"{wording.folders(others)} is taken for a class, but its name says masks, annotations "
            f"or just images.{voc} {FOLDERS_ARE_CLASSES[0].upper()}{FOLDERS_ARE_CLASSES[1:]}.",
        )


def _backslashes(sizes: Mapping[str, int]) -> Iterator[DropWarning]:
    names = [name for name in sizes if "\\" in name]
    if names:
        yield DropWarning(
            "class-with-backslash",
            f"{wording.folders(names)} has a backslash in its name, and S3 knows / alone: should "
            "it be two folders? Upload it again with /.",
        )


def _twins(sizes: Mapping[str, int]) -> Iterator[DropWarning]:
    of_looks: defaultdict[str, list[str]] = defaultdict(list)
    for name in sizes:
        of_looks[wording.alike(name)].append(name)
    twins = [names for names in of_looks.values() if len(names) > 1]
    for names in twins[: wording.EXAMPLES]:
        shown = wording.told_apart(names)
        yield DropWarning(
            "classes-look-alike",
            f"{wording.some([shown[name] for name in names])} are different classes, though their "
            "names differ in nothing but case, spaces or the way Unicode writes a letter. If they "
            "are one class, move their pictures into one folder.",
        )


def _mask_folders(images: Iterable[Image]) -> Iterator[DropWarning]:
    folders = {
        f"{image.class_name}/{image.group}"
        for image in images
        if image.group is not None and _plain(image.group) in MASKS
    }
    if folders:
        yield DropWarning(
            "masks-below-a-class",
            f"{wording.folders(sorted(folders))} is trained as pictures of its class, but its name "
            "says masks or annotations. If that is what it holds, move it out of raw/.",
        )


def _images_and_masks(images: Iterable[Image]) -> Iterator[DropWarning]:
    """Find names that stand for two pictures: 1.jpg with 1_mask.png, mask_1.png or 1.png."""
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
    if pairs:
        yield DropWarning(
            "image-and-mask",
            f"{pairs} names stand for two images in the same folder, such as {example}: is one of "
            f"them a mask or a second copy? If so, move it out of {keys.RAW}.",
        )


def _without_mask(stem: str) -> str:
    for suffix in MASK_SUFFIXES:
        stem = stem.removesuffix(suffix)
    for prefix in MASK_PREFIXES:
        stem = stem.removeprefix(prefix)
    return stem
