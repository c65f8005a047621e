"""Drops with common mistakes that keep them from being trained: keys and contents.

The bytes need not be pictures: the split looks at names, sizes and, of small files, first bytes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from hashlib import sha256

Objects = Mapping[str, bytes]

NFC, NFD = (unicodedata.normalize(form, "Öl") for form in ("NFC", "NFD"))


def photo(name: str) -> bytes:
    """Bytes that begin like a JPEG; each name has its own."""
    return b"\xff\xd8\xff\xe0" + sha256(name.encode()).digest() * 100


def folder(name: str, count: int = 12, pattern: str = "{}.jpg", start: int = 0) -> dict[str, bytes]:
    """So many pictures in `raw/<name>/`."""
    keys = [f"raw/{name}/{pattern.format(n)}" for n in range(start, start + count)]
    return {key: photo(key) for key in keys}


def _filled(name: str, pattern: str, content: bytes, count: int = 12) -> dict[str, bytes]:
    return {f"raw/{name}/{pattern.format(n)}": content for n in range(count)}


HEIC = b"\0\0\0\x18ftypheic" + bytes(4000)
GOOD, OIL = folder("good"), folder("oil")

ALL_HEIC = _filled("good", "IMG_{}.HEIC", HEIC) | _filled("oil", "IMG_{}.HEIC", HEIC)
ONE_CLASS_HEIC = GOOD | OIL | _filled("scratch", "IMG_{}.HEIC", HEIC, 40)
EMPTY_CLASS = GOOD | _filled("oil", "{}.jpg", b"")
PLACEHOLDERS = (
    GOOD
    | OIL
    | _filled("good", ".IMG_{}.jpg.icloud", b"bplist00", 60)
    | _filled("oil", ".IMG_{}.jpg.icloud", b"bplist00", 60)
)
ZIP = {"raw/phones.zip": b"PK\x03\x04" + bytes(4000)}
ZIP_BESIDE_CLASSES = GOOD | OIL | ZIP
FLAT_WITH_LABELS = {f"raw/{n}.jpg": photo(f"flat {n}") for n in range(24)} | {
    "raw/labels.csv": b"file,label\n"
}
VOC = (
    folder("JPEGImages")
    | folder("SegmentationClass", pattern="{}.png")
    | folder("SegmentationObject", pattern="{}.png")
    | _filled("Annotations", "{}.xml", b"<annotation/>")
)
YOLO = GOOD | OIL | _filled("good", "{}.txt", b"0 0.5 0.5 1 1") | {"raw/oil/0.txt": b"0 0 0 1 1"}
GROUND_TRUTH_BELOW = GOOD | OIL | folder("oil/ground_truth", start=100)
MASK_PREFIX = GOOD | OIL | folder("good", pattern="mask_{}.png")
TWO_SPELLINGS = folder("gut") | folder(NFC, 6) | folder(NFD, 6, start=6)
DOUBLE_SLASH = folder("/good") | folder("/oil")
DOT_CLASS = GOOD | OIL | folder(".")
BACKSLASHES = {key.replace("raw/good/", "raw/good\\"): body for key, body in GOOD.items()}
COPIES = GOOD | {f"raw/oil/chart ({n}).jpg": photo("chart") for n in range(20)}
MANY_CLASSES = {f"raw/part {c}/{n}.png": photo(f"{c} {n}") for c in range(1001) for n in range(2)}
RAW_FILES = GOOD | OIL | _filled("oil", "DSC_{}.NEF", bytes(4000), 30)
FILMS = GOOD | OIL | _filled("oil", "{}.MOV", bytes(4000)) | _filled("good", "{}.AAE", b"<plist/>")
BIGTIFF = GOOD | OIL | {f"raw/oil/b{n}.tif": b"II+\0\x08\0\0\0" + bytes([n] * 9) for n in range(3)}
ODD_NAMES = (
    folder("\u826f\u54c1\u3000\u5927")  # an ideographic space
    | folder("\u0645\u06cc\u200c\u0634\u0648\u062f")  # a zero-width non-joiner
    | folder("oil\u00a0stain")
    | folder("\U0001f469\u200d\U0001f527")
    | folder("narrow\u202fspace")
)
