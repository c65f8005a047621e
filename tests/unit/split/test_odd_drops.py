"""Each common mistake in a drop gets a refusal or a warning that helps."""

from __future__ import annotations

from hashlib import md5

import pytest

from split.drop.class_names import unusable_name
from split.drop.cleaning import clean, suspicious
from split.drop.file_kinds import SNIFF_BYTES
from split.drop.refusal import refusal_of_classes
from split.drop.warnings import warnings_of_drop
from split.images import CleanedDrop, RawObject
from tests.support import odd_drops
from tests.support.odd_drops import Objects


def cleaned(objects: Objects) -> CleanedDrop:
    listed = [
        RawObject(key, len(body), md5(body, usedforsecurity=False).hexdigest())
        for key, body in {**objects, "raw/_READY": b""}.items()
    ]
    first_bytes = {item.key: objects[item.key][:SNIFF_BYTES] for item in suspicious(listed)}
    return clean(listed, first_bytes)


@pytest.mark.parametrize(
    ("objects", "code", "words"),
    [
        (
            odd_drops.ALL_HEIC,
            "no-images",
            "Left out: a HEIC picture (24). Convert them to JPEG",
        ),
        (
            odd_drops.EMPTY_CLASS,
            "one-class",
            "in one class, 'good'. 'oil': 12 of 12 files left out: empty. The upload,",
        ),
        (odd_drops.ZIP, "no-images", "Left out: an archive (1). Unpack it"),
        (
            odd_drops.FLAT_WITH_LABELS,
            "no-images",
            "Left out: not in a class folder (24), a table (1). Put each image into the folder of "
            "its class, raw/<class>/. Tables aren't read",
        ),
        (
            odd_drops.TWO_SPELLINGS,
            "class-too-small",
            f"'{odd_drops.NFD}' (as macOS writes it, Unicode NFD) has 6, "
            f"'{odd_drops.NFC}' (as Windows and Linux write it, Unicode NFC) has 6. If two of "
            "these are one class, move their images into one folder.",
        ),
        (odd_drops.DOUBLE_SLASH, "unusable-class-name", "raw//… has two slashes. Upload to"),
        (
            odd_drops.DOT_CLASS,
            "unusable-class-name",
            "Some images are under raw/./, and '.' isn't a folder",
        ),
        (
            odd_drops.BACKSLASHES,
            "no-images",
            "Left out: a backslash in its key instead of a folder",
        ),
        (
            odd_drops.COPIES,
            "class-too-small",
            "'oil' has 1 (19 of 20 files left out: the same content as another image). Each "
            "image counts once",
        ),
        (odd_drops.MANY_CLASSES, "too-many-classes", "1,001 classes; the maximum is 1,000"),
        ({}, "no-images", "There are no images to train on under raw/. Drop images into"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_to_do(objects: Objects, code: str, words: str):
    refusal = refusal_of_classes(cleaned(objects), 2 if objects is odd_drops.MANY_CLASSES else 10)

    assert refusal is not None
    assert refusal.code == code
    assert words in f"{refusal.sentence} {refusal.remedy}"
    assert "marker" not in refusal.sentence


@pytest.mark.parametrize(
    ("objects", "code", "words"),
    [
        (
            odd_drops.ONE_CLASS_HEIC,
            "files-left-out",
            "'scratch': 40 of 40 files left out: a HEIC picture. Convert them to JPEG",
        ),
        (
            odd_drops.PLACEHOLDERS,
            "files-left-out",
            "'oil': 60 of 72 files left out: a cloud placeholder instead of the image. The images",
        ),
        (
            odd_drops.ZIP_BESIDE_CLASSES,
            "files-left-out",
            "Directly in raw/: 1 of 1 files left out: an archive. Unpack it",
        ),
        (
            odd_drops.RAW_FILES,
            "files-left-out",
            "'oil': 30 of 42 files left out: a camera's raw file. Develop them",
        ),
        (
            odd_drops.VOC,
            "files-left-out",
            "'Annotations': 12 of 12 files left out: an annotation or text file. Boxes",
        ),
        (odd_drops.VOC, "class-named-like-no-class", "the layout of Pascal VOC"),
        (
            odd_drops.GROUND_TRUTH_BELOW,
            "masks-below-a-class",
            "masks or annotations: raw/oil/ground_truth/.",
        ),
        (odd_drops.MASK_PREFIX, "image-and-mask", "raw/good/0.jpg and raw/good/mask_0.png"),
    ],
)
def test_a_warning_says_what_is_wrong_and_what_to_do(objects: Objects, code: str, words: str):
    drop = cleaned(objects)

    assert refusal_of_classes(drop, 10) is None
    assert any(
        warning.code == code and words in warning.sentence for warning in warnings_of_drop(drop)
    )


@pytest.mark.parametrize(
    "objects", [odd_drops.ODD_NAMES, odd_drops.BIGTIFF, odd_drops.YOLO, odd_drops.FILMS]
)
def test_what_is_fine_is_not_warned_of(objects: Objects):
    drop = cleaned(objects)

    assert refusal_of_classes(drop, 10) is None
    assert {warning.code for warning in warnings_of_drop(drop)} == {"small-class"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "two slashes"),
        (".", "the folder itself"),
        ("..", "the folder above"),
        ("ta\tb", r"'ta\tb' contains a control character"),
        ("a\x7f", "control character"),
        ("a\x85b", "control character"),
        ("ö" * 128, "has 256 bytes in UTF-8; a folder's name has at most 255"),
    ],
)
def test_a_name_that_no_folder_can_have(name: str, words: str):
    problem = unusable_name(name)

    assert problem is not None
    sentence, _ = problem
    assert words in sentence
    assert len(sentence) < 200


def test_warnings_stay_few_and_short_whatever_is_dropped():
    objects: dict[str, bytes] = {}
    for number in range(300):
        name = f"{'long ' * 30}{number}"
        objects |= odd_drops.folder(name, 2) | odd_drops.folder(name.upper(), 2)
        objects |= {f"raw/{name}/{n}.{ending}": b"x" for n in range(9) for ending in ("zip", "nef")}

    warnings = warnings_of_drop(cleaned(objects))

    assert len(warnings) < 20
    assert max(len(warning.sentence) for warning in warnings) < 2000
    assert "295 more folders" in " ".join(warning.sentence for warning in warnings)
