"""A folder as people really drop them: everything legal that hurts, and much that is no image.

What only S3 can hold (folder markers, `//`, archived objects, 5 GB) is tested on the split alone.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = 32  # pixels
LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1\n"
WEB_PAGE = b"<!DOCTYPE html><html><body>404</body></html>"
GOOD, GREASE, MASKS = "good", "oil & grease", "masks"
IN_A_GROUP = 4  # of "session 1", in each of two classes
ODD_STEMS = (
    "with space",
    "a+b",
    "100%25",
    "q?#;&=",
    'it\'s "quoted"',
    "back\\slash",
    unicodedata.normalize("NFC", "Öl größe"),
    unicodedata.normalize("NFD", "Öl groß"),
    "📱",
    "Case",
    "case",
    "x" * 250,
)


@dataclass
class Drop:
    """What was dropped: images by class, and of the rest how many for each reason."""

    folder: Path
    images: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)  # what only the training finds
    skipped: list[str] = field(default_factory=list)  # what cannot be uploaded

    def files(self) -> int:
        """Count what can be uploaded."""
        return sum(len(names) for _, _, names in os.walk(self.folder, followlinks=True)) - len(
            self.skipped
        )


def make(folder: Path) -> Drop:
    """Draw three classes, each with a bright quarter of its own, and the filth between them."""
    drop = Drop(folder)
    artist = _Artist(np.random.default_rng(0))
    for quarter, (name, size) in enumerate({GOOD: 118, GREASE: 10, MASKS: 12}.items()):
        for number in range(size):
            artist.draw(quarter).save(
                _path(folder, name, f"{number}.{'png' if number % 2 else 'jpg'}")
            )
        drop.images[name] = size
    before = _count(folder / GOOD)
    for stem in ODD_STEMS:
        artist.draw(0).save(_path(folder, GOOD, f"{stem}.png"))
    drop.images[GOOD] += _count(folder / GOOD) - before  # some systems ignore the case of a name
    for quarter, name in enumerate((GOOD, GREASE)):
        for number in range(IN_A_GROUP):
            artist.draw(quarter).save(_path(folder, f"{name}/session 1/left", f"{number}.jpg"))
        drop.images[name] += IN_A_GROUP
    drop.images[GOOD] += _odd_pictures(folder, lambda: artist.draw(0))
    _unreadable(drop, artist.draw(0))
    _repeats(drop, artist.draw(0))
    _junk(drop)
    _links_and_names(drop)
    return drop


@dataclass
class _Artist:
    random: np.random.Generator

    def draw(self, quarter: int) -> Image.Image:
        pixels = self.random.integers(0, 120, (SIZE, SIZE, 3), dtype=np.uint8)
        row, column = divmod(quarter, 2)
        half = SIZE // 2
        pixels[row * half : (row + 1) * half, column * half : (column + 1) * half] += 130
        return Image.fromarray(pixels)


def _count(folder: Path) -> int:
    return len(list(folder.iterdir()))


def _path(folder: Path, below: str, name: str) -> Path:
    path = folder / below / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _odd_pictures(folder: Path, draw: Callable[[], Image.Image]) -> int:
    """Pictures of every kind that training must read; returns how many."""
    good = folder / GOOD
    draw().save(good / "really a png.jpg", "PNG")
    draw().convert("CMYK").save(good / "cmyk.JPG", "JPEG")
    draw().convert("L").save(good / "grey.jpeg")
    draw().convert("RGBA").save(good / "alpha.png")
    draw().quantize(64).save(good / "palette.png")
    draw().save(good / "progressive.jpg", progressive=True)
    rotated = Image.Exif()
    rotated[274] = 6
    draw().save(good / "rotated.jpg", exif=rotated)
    sixteen = np.asarray(draw().convert("L")).astype(np.uint16) * 257
    Image.fromarray(sixteen).save(good / "sixteen bits.png")
    for suffix in ("bmp", "gif", "webp", "tif"):
        draw().save(good / f"other.{suffix}")
    # Same stem as a picture that is there: it looks like a mask.
    draw().save(good / "1_mask.png")
    return 13


def _unreadable(drop: Drop, picture: Image.Image) -> None:
    """Files that are images by name and first bytes, and that only decoding tells from them."""
    whole = drop.folder / GOOD / "whole.png"
    picture.resize((64, 64)).effect_spread(40).save(whole)
    (drop.folder / GOOD / "truncated.png").write_bytes(whole.read_bytes()[:2500])
    whole.unlink()
    (drop.folder / GOOD / "heic.jpg").write_bytes(b"\0\0\0\x18ftypheic" + bytes(4000))
    drop.unreadable += ["truncated.png", "heic.jpg"]
    drop.images[GOOD] += 2


def _repeats(drop: Drop, picture: Image.Image) -> None:
    first = drop.folder / GOOD / "2.jpg"
    for number in range(3):
        (drop.folder / GOOD / f"copy {number} of 2.jpg").write_bytes(first.read_bytes())
    drop.left_out["the same content as another image"] = 3
    for name in (GOOD, GREASE):
        picture.save(drop.folder / name / "undecided.png")
    drop.left_out["the same content in more than one class"] = 2


def _links_and_names(drop: Drop) -> None:
    """A class that lies elsewhere, and what `aws s3 sync` does not upload either."""
    elsewhere = drop.folder.with_name("elsewhere")
    (drop.folder / MASKS).rename(elsewhere)
    (drop.folder / MASKS).symlink_to(elsewhere)
    (drop.folder / GOOD / "gone.jpg").symlink_to("nowhere.jpg")
    drop.skipped.append("good/gone.jpg")
    if sys.platform != "darwin":  # macOS has no such names
        Path(os.fsdecode(bytes(drop.folder / GOOD) + b"/caf\xe9.jpg")).write_bytes(b"junk")
        drop.skipped.append(r"good/caf\xe9.jpg")


def _junk(drop: Drop) -> None:
    files = {
        "a hidden or system file": {
            ".DS_Store": b"junk",
            "good/.DS_Store": b"junk",
            "good/._1.jpg": b"junk",
            "good/Thumbs.db": b"junk",
            "__MACOSX/good/1.jpg": b"junk",
        },
        "not in a class folder": {"stray.jpg": b"junk"},
        "an annotation or text file": {"README.txt": b"junk", "good/1.jpg.xml": b"<xml/>"},
        "not an image by its name": {"good/notes.unknown": b"junk"},
        "empty": {"good/empty.jpg": b""},
        "a Git LFS pointer instead of the image": {"good/pointer.jpg": LFS_POINTER},
        "a web page instead of an image": {"good/page.jpg": WEB_PAGE},
        "text instead of an image": {"good/text.png": b"not found"},
        "not an image by its first bytes": {"good/noise.jpg": bytes(range(256))},
    }
    for reason, contents in files.items():
        for name, content in contents.items():
            _path(drop.folder, "", name).write_bytes(content)
        drop.left_out[reason] = len(contents)
