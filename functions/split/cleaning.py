"""Decides which objects of a drop are images to train on, and says why the others are not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from unicodedata import normalize

from common import keys
from split.objects import Cleaned, Image, LeftOut, RawObject

IMAGE_EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
)
SYSTEM_NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx", "$recycle.bin"})

# CopyObject takes no larger source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
MAXIMUM_COPY_BYTES = 5 * 1024**3

# Photographs are larger. Git-LFS pointers (below 1,024 bytes by their specification), S3's and most
# web servers' error pages and empty shells are smaller, so these are worth a request each. Reading
# all would be one request per image for what the training job sees anyway: it decodes each image,
# skips what is none and names it. The limit is of the file alone, not of the drop it lies in, so
# that junk beside it never changes what is taken in.
# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
SUSPICIOUS_BELOW_BYTES = 2048
SNIFF_BYTES = 256

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
TIFF_SIGNATURES = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")  # the latter of BigTIFF
SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", *TIFF_SIGNATURES)

MARKER = "the ready marker"
HIDDEN = "a hidden or system file"
FOLDER = "a folder marker"
NO_CLASS = "not in a class folder"
NOT_AN_IMAGE_NAME = "not an image by its name"
LFS_POINTER = "a Git LFS pointer instead of the image"
WEB_PAGE = "a web page instead of an image"
TEXT = "text instead of an image"
NOT_AN_IMAGE_CONTENT = "not an image by its first bytes"
EMPTY = "empty"
TOO_LARGE = "larger than the 5 GB that S3 copies"
DUPLICATE = "the same content as another image"
TWO_CLASSES = "the same content in more than one class"


def class_of(key: str) -> str:
    """Return the class of a key under `raw/`: the name of its first folder."""
    return key.removeprefix(keys.RAW).split("/", 1)[0]


def group_of(key: str) -> str | None:
    """Return the group of a key under `raw/`, the first folder below its class, if it has one.

    What lies deeper belongs to the same group. Of a name that Unicode can write in two ways both
    are the same group: macOS writes the one, most others the other.
    """
    folders = key.removeprefix(keys.RAW).split("/")[1:-1]
    return next((normalize("NFC", folder) for folder in folders if folder), None)


def suspicious(objects: Iterable[RawObject]) -> list[RawObject]:
    """Return the objects whose first bytes should be read before they are believed."""
    return [
        item
        for item in objects
        if item.size < SUSPICIOUS_BELOW_BYTES and _reason_by_listing(item) is None
    ]


def reason_by_first_bytes(first_bytes: bytes) -> str | None:
    """Return why what begins like this is no image of a known format, None if it can be one."""
    is_webp = first_bytes[:4] == b"RIFF" and first_bytes[8:12] == b"WEBP"
    if is_webp or first_bytes.startswith(SIGNATURES):
        return None
    start = first_bytes.removeprefix(BYTE_ORDER_MARK).lstrip().lower()
    if start.startswith(b"version https://git-lfs"):
        return LFS_POINTER
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<!--", b"<head", b"<error")):
        return WEB_PAGE
    return TEXT if _is_text(first_bytes) else NOT_AN_IMAGE_CONTENT


def _is_text(first_bytes: bytes) -> bool:
    # "ignore": the last character may be cut in two.
    text = first_bytes.decode("utf-8", "ignore")
    whole = len(text.encode()) >= len(first_bytes) - 3
    return whole and all(character.isprintable() or character.isspace() for character in text)


def clean(
    objects: Iterable[RawObject],
    first_bytes: Mapping[str, bytes],
    uncopyable: Mapping[str, str] | None = None,
) -> Cleaned:
    """Sort a drop.

    Args:
        objects: everything under `raw/`.
        first_bytes: what was read of the suspicious objects, by key.
        uncopyable: why S3 does not copy an object, by key.

    Of exact duplicates within a class the first key in order is kept, one that lies in a group
    before one that does not: the group's other images must not end up on another side. A content
    that lies in two classes is left out wherever it lies: nobody can say which label is right.
    """
    candidates: list[Image] = []
    left_out: list[LeftOut] = []
    for item in sorted(objects, key=lambda item: item.key):
        reason = _reason_by_listing(item)
        if reason is None and item.key in first_bytes:
            reason = reason_by_first_bytes(first_bytes[item.key])
        if reason is None:
            reason = (uncopyable or {}).get(item.key)
        if reason is None:
            candidates.append(Image(item, class_of(item.key), group_of(item.key)))
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
        first = min(same, key=lambda image: (image.group is None, image.source.key))
        kept.append(first)
        left_out += [
            LeftOut(image.source, DUPLICATE, first.source.key)
            for image in same
            if image is not first
        ]
    return kept, left_out
