"""Decides which objects of a drop are images to train on, and says why the others are not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from common import keys
from split.objects import Cleaned, Image, LeftOut, RawObject

IMAGE_EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
)
SYSTEM_NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx", "$recycle.bin"})

# CopyObject takes no larger source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
MAXIMUM_COPY_BYTES = 5 * 1024**3

# Real photographs are larger. Git-LFS pointers (about 130 bytes), "not found" pages and empty
# shells are smaller, so only these are worth a request each.
SUSPICIOUS_BELOW_BYTES = 2048
SNIFF_BYTES = 16

SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")

MARKER = "the ready marker"
HIDDEN = "a hidden or system file"
FOLDER = "a folder marker"
NO_CLASS = "not in a class folder"
NOT_AN_IMAGE_NAME = "not an image by its name"
NOT_AN_IMAGE_CONTENT = "not an image by its first bytes"
EMPTY = "empty"
TOO_LARGE = "larger than the 5 GB that S3 copies"
DUPLICATE = "the same content as another image"
TWO_CLASSES = "the same content in more than one class"


def class_of(key: str) -> str:
    """Return the class of a key under `raw/`: the name of its first folder."""
    return key.removeprefix(keys.RAW).split("/", 1)[0]


def suspicious(objects: Iterable[RawObject]) -> list[RawObject]:
    """Return the objects whose first bytes should be read before they are believed."""
    return [
        item
        for item in objects
        if item.size < SUSPICIOUS_BELOW_BYTES and _reason_by_listing(item) is None
    ]


def looks_like_image(first_bytes: bytes) -> bool:
    """Tell by an object's first 16 bytes whether it can be an image of a known format."""
    is_webp = first_bytes[:4] == b"RIFF" and first_bytes[8:12] == b"WEBP"
    return is_webp or first_bytes.startswith(SIGNATURES)


def clean(objects: Iterable[RawObject], first_bytes: Mapping[str, bytes]) -> Cleaned:
    """Sort a drop; `first_bytes` holds what was read of the suspicious objects, by key.

    Of exact duplicates within a class the first key in order is kept. A content that lies in two
    classes is left out wherever it lies: nobody can say which label is right.
    """
    candidates: list[Image] = []
    left_out: list[LeftOut] = []
    for item in sorted(objects, key=lambda item: item.key):
        reason = _reason_by_listing(item)
        if reason is None and not looks_like_image(first_bytes.get(item.key, SIGNATURES[0])):
            reason = NOT_AN_IMAGE_CONTENT
        if reason is None:
            candidates.append(Image(item, class_of(item.key)))
        else:
            left_out.append(LeftOut(item, reason))
    images, repeated = _without_repeats(candidates)
    return Cleaned(images, sorted([*left_out, *repeated], key=lambda item: item.source.key))


def _reason_by_listing(item: RawObject) -> str | None:
    path = PurePosixPath(item.key.removeprefix(keys.RAW))
    rules = (
        (item.key == keys.READY_MARKER, MARKER),
        (item.key.endswith("/"), FOLDER),
        (any(part.startswith(".") or part.lower() in SYSTEM_NAMES for part in path.parts), HIDDEN),
        ("/" not in item.key.removeprefix(keys.RAW), NO_CLASS),
        (path.suffix.lower() not in IMAGE_EXTENSIONS, NOT_AN_IMAGE_NAME),
        (item.size == 0, EMPTY),
        (item.size > MAXIMUM_COPY_BYTES, TOO_LARGE),
    )
    return next((reason for applies, reason in rules if applies), None)


def _without_repeats(candidates: list[Image]) -> tuple[list[Image], list[LeftOut]]:
    by_content: defaultdict[str, list[Image]] = defaultdict(list)
    for image in candidates:
        by_content[image.source.content].append(image)
    kept: list[Image] = []
    left_out: list[LeftOut] = []
    for same in by_content.values():
        classes = sorted({image.class_name for image in same})
        if len(classes) > 1:
            detail = ", ".join(classes)
            left_out += [LeftOut(image.source, TWO_CLASSES, detail) for image in same]
            continue
        kept.append(same[0])
        first = same[0].source.key
        left_out += [LeftOut(image.source, DUPLICATE, first) for image in same[1:]]
    return kept, left_out
