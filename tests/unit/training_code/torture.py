"""Folders of pictures of every kind a camera or a colleague leaves, and of what only looks so."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from tests.unit.training_code.pictures import picture

ORIENTATION = 274  # EXIF's tag

Encode = Callable[[Image.Image], bytes]


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def rotated(image: Image.Image, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return encoded(image, "JPEG", exif=exif, quality=95)


def _sixteen_bits(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)


def _frames(image: Image.Image, kind: str) -> bytes:
    others = [image.rotate(90), image.rotate(180)]
    return encoded(image, kind, save_all=True, append_images=others)


def _with_alpha(image: Image.Image) -> Image.Image:
    clear = image.convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(image.size))
    return clear


def _clear_palette(image: Image.Image) -> bytes:
    return encoded(image.quantize(40), "PNG", transparency=bytes(range(0, 240, 6)))


READABLE: dict[str, Encode] = {
    "progressive.jpg": lambda image: encoded(image, "JPEG", progressive=True),
    "no chroma subsampling.jpeg": lambda image: encoded(image, "JPEG", subsampling=0),
    "print.jpg": lambda image: encoded(image.convert("CMYK"), "JPEG"),
    "grey.JPG": lambda image: encoded(image.convert("L"), "JPEG"),
    "two in one.mpo.jpg": lambda image: encoded(image, "MPO", save_all=True, append_images=[image]),
    "alpha.png": lambda image: encoded(_with_alpha(image), "PNG"),
    "grey alpha.png": lambda image: encoded(_with_alpha(image).convert("LA"), "PNG"),
    "palette.png": lambda image: encoded(image.quantize(200), "PNG"),
    "palette of seven.png": lambda image: encoded(image.quantize(7), "PNG", bits=4),
    "palette alpha.png": _clear_palette,
    "grey.png": lambda image: encoded(image.convert("L"), "PNG"),
    "black and white.png": lambda image: encoded(image.convert("1"), "PNG"),
    "sixteen bits.png": lambda image: encoded(_sixteen_bits(image), "PNG"),
    "really a png.jpg": lambda image: encoded(image, "PNG"),
    "bitmap.bmp": lambda image: encoded(image, "BMP"),
    "grey bitmap.bmp": lambda image: encoded(image.convert("L"), "BMP"),
    "still.gif": lambda image: encoded(image, "GIF"),
    "moving.gif": lambda image: _frames(image, "GIF"),
    "lossy.webp": lambda image: encoded(image, "WEBP"),
    "alpha.webp": lambda image: encoded(_with_alpha(image), "WEBP", lossless=True),
    "moving.webp": lambda image: _frames(image, "WEBP"),
    "scan.tiff": lambda image: encoded(image, "TIFF", compression="tiff_lzw"),
    "pages.tif": lambda image: _frames(image, "TIFF"),
    "sixteen bits.tif": lambda image: encoded(_sixteen_bits(image), "TIFF"),
    "no ending": lambda image: encoded(image, "PNG"),
    "wide.png": lambda image: encoded(image.resize((400, 10)), "PNG"),
    "high.jpg": lambda image: encoded(image.resize((10, 400)), "JPEG"),
    "one pixel.png": lambda image: encoded(image.resize((1, 1)), "PNG"),
    "large.jpg": lambda image: encoded(image.resize((1600, 1200)), "JPEG"),
    "session 2/deep/down.png": lambda image: encoded(image, "PNG"),
} | {
    f"rotated {number}.jpg": lambda image, number=number: rotated(image, number)  # type: ignore[misc]
    for number in range(1, 9)
}


def _bomb() -> bytes:
    """400 million pixels of one bit in 50 kB."""
    side = 20_000
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((1 + side // 8) * side), level=1)

    def chunk(name: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + checksum

    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


_JPEG = encoded(picture((190, 100, 60), seed=1, size=(80, 60)), "JPEG")
_PNG = encoded(picture((190, 100, 60), seed=1, size=(80, 60)), "PNG")


class NoPicture(NamedTuple):
    """A file that is left out, and how the reason begins."""

    content: Callable[[], bytes]
    reason: str


UNREADABLE = {
    "half.jpg": NoPicture(lambda: _JPEG[: len(_JPEG) // 2], "damaged or unreadable image"),
    "half.png": NoPicture(lambda: _PNG[: len(_PNG) // 2], "damaged or unreadable image"),
    "end of zeros.jpg": NoPicture(lambda: _JPEG[:-40] + bytes(40), "damaged or unreadable image"),
    "empty.jpg": NoPicture(bytes, "empty file"),
    "pointer.jpg": NoPicture(
        lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
        "a Git LFS pointer instead of the image",
    ),
    "not found.jpg": NoPicture(
        lambda: b"\n <!DOCTYPE html><title>Not found</title>",
        "a web page or XML text instead of an image",
    ),
    "phone.heic": NoPicture(lambda: b"\0\0\0\x18ftypheic" + bytes(400), "HEIC or AVIF"),
    "bomb.png": NoPicture(_bomb, "more pixels than can be decoded"),
    "float.tiff": NoPicture(
        lambda: encoded(Image.fromarray(np.full((20, 20), 0.5, np.float32)), "TIFF"),
        "floating point pixels",
    ),
    "notes.txt": NoPicture(lambda: b"the lamp was replaced", "not an image"),
}
SYSTEM = (".DS_Store", "._grey.png", "Thumbs.db", "desktop.ini", "__MACOSX/._grey.png")


def fill(folder: Path, colour: tuple[int, int, int] = (90, 200, 150)) -> None:
    """Put every kind of picture, of that colour, and of other files into the folder of a class."""
    for number, (name, encode) in enumerate(READABLE.items()):
        _write(folder / name, encode(picture(colour, seed=number, size=(48 + number, 36))))
    for name, (content, _) in UNREADABLE.items():
        _write(folder / name, content())
    for name in SYSTEM:
        _write(folder / name, b"\0")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
