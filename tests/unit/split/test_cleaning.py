"""Which objects are images, and why others are left out."""

from __future__ import annotations

import pytest

from split.drop import reasons
from split.drop.cleaning import clean, group_of, suspicious
from split.drop.file_kinds import reason_by_first_bytes
from tests.unit.split.builders import raw


def reasons_of(*objects, first_bytes=None):
    return {item.source.key: item.reason for item in clean(objects, first_bytes or {}).left_out}


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("raw/_READY", reasons.MARKER),
        ("raw/oil/", reasons.FOLDER),
        ("raw/.DS_Store", reasons.HIDDEN),
        ("raw/oil/.DS_Store", reasons.HIDDEN),
        ("raw/oil/._1.jpg", reasons.HIDDEN),
        ("raw/.git/1.jpg", reasons.HIDDEN),
        ("raw/oil/Thumbs.db", reasons.HIDDEN),
        ("raw/__MACOSX/oil/1.jpg", reasons.HIDDEN),
        ("raw/1.jpg", reasons.NO_CLASS),
        ("raw/oil/1", reasons.NOT_AN_IMAGE_NAME),
        ("raw/oil/1.jpg.part", reasons.NOT_AN_IMAGE_NAME),
        ("raw/oil/IMG_1.HEIC", reasons.HEIC),
        ("raw/IMG_1.HEIC", reasons.HEIC),
        ("raw/oil/DSC_1.NEF", reasons.CAMERA_RAW),
        ("raw/oil/1.dng", reasons.CAMERA_RAW),
        ("raw/oil/1.psd", reasons.OTHER_PICTURE),
        ("raw/phones.zip", reasons.ARCHIVE),
        ("raw/phones.tar.gz", reasons.ARCHIVE),
        ("raw/oil/IMG_1.MOV", reasons.VIDEO),
        ("raw/oil/.IMG_1.jpg.icloud", reasons.PLACEHOLDER),
        ("raw/oil/1.jpg.nextcloud", reasons.PLACEHOLDER),
        ("raw/labels.csv", reasons.TABLE),
        ("raw/Annotations/1.xml", reasons.ANNOTATION),
        ("raw/instances_train.json", reasons.ANNOTATION),
        ("raw/oil/1.txt", reasons.ANNOTATION),
        ("raw/good\\1.jpg", reasons.BACKSLASH),
    ],
)
def test_left_out_by_name(key: str, reason: str):
    assert reasons_of(raw(key)) == {key: reason}


@pytest.mark.parametrize(
    "key",
    [
        "raw/oil/1.jpg",
        "raw/oil/1.JPEG",
        "raw/oil/monday/line 2/1.png",
        "raw/Öl & co/ein bild+100%.webp",
        "raw/oil/a//b.jpg",
        "raw/oil/1.2.3.tiff",
        "raw/oil/back\\slash.png",
        "raw/./1.jpg",  # the class is refused, not lost
        "raw/../1.jpg",
        "raw//oil/1.jpg",
        "raw/oil/./1.jpg",
    ],
)
def test_taken_in(key: str):
    assert [image.source.key for image in clean([raw(key)], {}).images] == [key]


def test_the_class_is_the_first_folder():
    [image] = clean([raw("raw/iron sheet ash/monday/1.jpg")], {}).images

    assert image.class_name == "iron sheet ash"


def test_empty_and_too_large():
    empty, large = raw("raw/a/0.jpg", size=0), raw("raw/a/1.jpg", size=5 * 1024**3 + 1)

    assert reasons_of(empty, large) == {
        "raw/a/0.jpg": reasons.EMPTY,
        "raw/a/1.jpg": reasons.TOO_LARGE,
    }


def test_only_small_images_are_suspicious():
    small, large, text = raw("raw/a/1.jpg", size=131), raw("raw/a/2.jpg"), raw("raw/a/3.txt")

    assert suspicious([small, large, text]) == [small]


@pytest.mark.parametrize(
    ("first_bytes", "reason"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a", reasons.LFS_POINTER),
        (b"<!DOCTYPE html>\n", reasons.WEB_PAGE),
        (b"\xef\xbb\xbf\r\n  <html lang=en>", reasons.WEB_PAGE),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied', reasons.WEB_PAGE),
        (b"404 Not Found", reasons.TEXT),
        ("Größe: 3 µm, Öl".encode(), reasons.TEXT),
        ("ü".encode() * 10 + b"\xc3", reasons.TEXT),
        ("ü".encode("latin-1") * 10, reasons.NOT_AN_IMAGE_CONTENT),
        (b"\x00" * 16, reasons.NOT_AN_IMAGE_CONTENT),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", reasons.HEIC),
        (b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00", reasons.OTHER_PICTURE),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00", reasons.NOT_AN_IMAGE_CONTENT),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", reasons.NOT_AN_IMAGE_CONTENT),
    ],
)
def test_left_out_by_first_bytes(first_bytes: bytes, reason: str):
    item = raw("raw/a/1.jpg", size=131)

    assert reasons_of(item, first_bytes={item.key: first_bytes}) == {item.key: reason}


@pytest.mark.parametrize(
    "first_bytes",
    [
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"GIF89a",
        b"BM\x00\x00",
        b"II*\x00",
        b"MM\x00*",
        b"II+\x00\x08\x00",
        b"MM\x00+\x00\x08",
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
    ],
)
def test_formats_known_by_their_first_bytes(first_bytes: bytes):
    assert reason_by_first_bytes(first_bytes) is None


def test_of_exact_duplicates_the_first_key_is_kept():
    cleaned = clean([raw("raw/a/2.jpg", "same"), raw("raw/a/1.jpg", "same")], {})

    assert [image.source.key for image in cleaned.images] == ["raw/a/1.jpg"]
    assert [(item.source.key, item.reason, item.detail) for item in cleaned.left_out] == [
        ("raw/a/2.jpg", reasons.DUPLICATE, "raw/a/1.jpg")
    ]


def test_of_exact_duplicates_the_one_in_a_group_is_kept():
    cleaned = clean([raw("raw/a/1.jpg", "same"), raw("raw/a/part 7/1.jpg", "same")], {})

    assert [image.group for image in cleaned.images] == ["part 7"]
    assert [(item.source.key, item.detail) for item in cleaned.left_out] == [
        ("raw/a/1.jpg", "raw/a/part 7/1.jpg")
    ]


@pytest.mark.parametrize(
    ("key", "group"),
    [
        ("raw/oil/1.jpg", None),
        ("raw/oil/part 7/1.jpg", "part 7"),
        ("raw/oil/part 7/left/close/1.jpg", "part 7"),
        ("raw/oil//1.jpg", None),
        ("raw/oil//part 7/1.jpg", "part 7"),
        ("raw/oil/\u00d6l/1.jpg", "\u00d6l"),
        ("raw/oil/O\u0308l/1.jpg", "\u00d6l"),
        ("raw/oil/./1.jpg", None),
    ],
)
def test_the_group_is_the_first_folder_below_the_class(key: str, group: str | None):
    assert group_of(key) == group


def test_the_same_content_in_two_classes_is_left_out_of_both():
    cleaned = clean([raw("raw/a/1.jpg", "same"), raw("raw/b/1.jpg", "same")], {})

    assert cleaned.images == []
    assert {item.reason for item in cleaned.left_out} == {reasons.TWO_CLASSES}
    assert {item.detail for item in cleaned.left_out} == {"a, b"}


def test_the_same_etag_of_another_size_is_another_content():
    cleaned = clean([raw("raw/a/1.jpg", "x", 10_000), raw("raw/a/2.jpg", "x", 10_001)], {})

    assert len(cleaned.images) == 2


def test_every_object_is_in_one_of_the_two_lists():
    objects = [raw(f"raw/{c}/{n}.jpg", f"{n % 7}") for c in "ab" for n in range(20)]
    objects += [raw("raw/x.txt"), raw("raw/a/"), raw("raw/_READY")]

    cleaned = clean(objects, {})
    listed = [image.source.key for image in cleaned.images]
    listed += [item.source.key for item in cleaned.left_out]

    assert sorted(listed) == sorted(item.key for item in objects)
