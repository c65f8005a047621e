"""Decides which objects of a drop are images to train on, and why the others are left out. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from posixpath import splitext
from unicodedata import normalize

from common import keys
from common.file_names import NOT_FOLDERS, is_hidden
from split.drop import reasons
from split.drop.file_kinds import IMAGE_EXTENSIONS, REASON_BY_EXTENSION, reason_by_first_bytes
from split.images import CleanedDrop, Image, LeftOut, RawObject

# CopyObject takes no larger source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
MAXIMUM_COPY_BYTES = 5 * 1024**3

# Photographs are larger. Git-LFS pointers (below 1,024 bytes by their specification), error pages
# of S3 and of most web servers, and empty shells are smaller, so these are worth a request each.
# Reading every object would be one request per image, and the training job finds the rest anyway:
# it decodes each image, skips files that aren't images and names them. The limit looks at one file,
# never at the drop around it, so junk beside an image never changes which images are taken in.
# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
SUSPICIOUS_BELOW_BYTES = 2048


def class_of(key: str) -> str:
    """Return the class of a key: the name of the first folder below `raw/` or `test/`."""
    return _path_of(key).split("/", 1)[0]


def group_of(key: str) -> str | None:
    """Return the group of a key: the first folder below its class, or None.

    Deeper folders belong to the same group. A name that Unicode can write in two ways is one group:
    macOS decomposes letters, most other systems compose them.
    """
    folders = _path_of(key).split("/")[1:-1]
    return next((normalize("NFC", folder) for folder in folders if folder not in NOT_FOLDERS), None)


def suspicious(objects: Iterable[RawObject]) -> list[RawObject]:
    """Return the objects whose first bytes should be read before they count as images."""
    return [
        source
        for source in objects
        if source.size < SUSPICIOUS_BELOW_BYTES and _reason_by_listing(source) is None
    ]


def clean(
    objects: Iterable[RawObject],
    first_bytes: Mapping[str, bytes],
    uncopyable: Mapping[str, str] | None = None,
    sealed: Mapping[str, str] | None = None,
) -> CleanedDrop:
    """Sort a drop, or the test set, into images and objects that are left out.

    `first_bytes` are those of the suspicious objects, by key; `uncopyable` is the reason why S3
    doesn't copy an object, by key. `sealed` are the contents of the test set, each with a key:
    nothing is trained on them.

    Of exact duplicates within a class the first key is kept; a key in a group comes before one
    that is in no group, or the group's other images could end up on another side. A content that is
    in two classes is left out of both: nobody can say which label is right.
    """
    candidates: list[Image] = []
    left_out: list[LeftOut] = []
    for source in sorted(objects, key=lambda source: source.key):
        reason = _reason_by_listing(source)
        if reason is None and source.key in first_bytes:
            reason = reason_by_first_bytes(first_bytes[source.key])
        if reason is None:
            reason = (uncopyable or {}).get(source.key)
        if reason is not None:
            left_out.append(LeftOut(source, reason))
        elif sealed and source.content in sealed:
            left_out.append(LeftOut(source, reasons.IN_TEST_SET, sealed[source.content]))
        else:
            candidates.append(Image(source, class_of(source.key), group_of(source.key)))
    images, duplicates = _without_duplicates(candidates)
    return CleanedDrop(images, sorted([*left_out, *duplicates], key=lambda item: item.source.key))


def _reason_by_listing(source: RawObject) -> str | None:
    *folders, name = _path_of(source.key).split("/")
    extension = splitext(name)[1].lower()
    reason_by_name = REASON_BY_EXTENSION.get(extension, reasons.NOT_AN_IMAGE_NAME)
    rules = (
        (source.key == keys.READY_MARKER, reasons.MARKER),
        (not name, reasons.FOLDER),
        (reason_by_name == reasons.PLACEHOLDER, reasons.PLACEHOLDER),
        (any(is_hidden(part) for part in (*folders, name)), reasons.HIDDEN),
        (not folders and "\\" in name, reasons.BACKSLASH),
        (extension not in IMAGE_EXTENSIONS, reason_by_name),
        (not folders, reasons.NO_CLASS),
        (source.size == 0, reasons.EMPTY),
        (source.size > MAXIMUM_COPY_BYTES, reasons.TOO_LARGE),
    )
    return next((reason for applies, reason in rules if applies), None)


def _path_of(key: str) -> str:
    return key.partition("/")[2]


def _without_duplicates(candidates: list[Image]) -> tuple[list[Image], list[LeftOut]]:
    by_content: defaultdict[str, list[Image]] = defaultdict(list)
    for image in candidates:
        by_content[image.source.content].append(image)
    kept: list[Image] = []
    left_out: list[LeftOut] = []
    for same in by_content.values():
        classes = sorted({image.class_name for image in same})
        if len(classes) > 1:
            detail = ", ".join(classes)
            left_out += [LeftOut(image.source, reasons.TWO_CLASSES, detail) for image in same]
            continue
        first = min(same, key=lambda image: (image.group is None, image.source.key))
        kept.append(first)
        left_out += [
            LeftOut(image.source, reasons.DUPLICATE, first.source.key)
            for image in same
            if image is not first
        ]
    return kept, left_out
