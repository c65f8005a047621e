"""Turns pixels of any kind into RGB bytes: Pillow's modes of 8 bits, and values of more bits.

A file of 16 bits a pixel rarely says that its camera had 12. The bits in use follow from the
largest value in all pictures of a drop: a range for each picture would hide that one is darker than
another.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from reading.formats import UnreadableImageError

_BAND_BYTES = 1 << 24  # of a band while it is converted
_BYTES_A_PIXEL = 16  # of a pixel while it is laid on white

# Memory in blocks of more than 32 MB goes back to the system when it is freed; smaller ones stay
# with the thread, and all threads together would keep several giants:
# https://man7.org/linux/man-pages/man3/mallopt.3.html (M_MMAP_THRESHOLD)
# https://pillow.readthedocs.io/en/stable/reference/block_allocator.html
Image.core.set_block_size(1 << 26)  # type: ignore[attr-defined]

INVISIBLE = "nothing to see: every pixel is transparent"

Pixels = npt.NDArray[np.uint8]
Values = npt.NDArray[np.integer[Any]]

USUAL_DEPTHS = (8, 10, 12, 14)  # bits of cameras; values that need more use all 16
FULL_DEPTH = 16
OWN_DEPTH = 0  # in place of a depth: the one that the picture itself needs


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert any mode of 8 bits; transparency is laid on white."""
    return _on_white(_believed(image))[0]


def bands(image: Image.Image) -> Iterator[tuple[int, Pixels]]:
    """Yield the first row and the pixels uint8 (rows, width, 3) of each band, from the top.

    Raises UnreadableImageError where all is transparent: there is nothing to see.
    """
    if image.mode == "F":
        raise UnreadableImageError("floating point pixels, for which black and white are undefined")
    image = _believed(image)
    width, height = image.size
    rows = max(1, _BAND_BYTES // (_BYTES_A_PIXEL * width))
    is_visible = False
    for top in range(0, height, rows):
        is_whole = rows >= height
        part = image if is_whole else image.crop((0, top, width, min(top + rows, height)))
        rgb, shows = _on_white(part)
        is_visible |= shows
        yield top, np.asarray(rgb)
    if not is_visible:
        raise UnreadableImageError(INVISIBLE)


def whole(image: Image.Image) -> Pixels:
    """Return all pixels as uint8 (height, width, 3)."""
    width, height = image.size
    parts = bands(image)
    top, first = next(parts)
    if len(first) == height:
        next(parts, None)  # whether it is visible
        return first
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[: len(first)] = first
    for top, part in parts:
        pixels[top : top + len(part)] = part
    return pixels


def digest(pixels: Pixels) -> int:
    """Return 64 bits that only the same pixels have: among a million pictures chance is 1e-8.

    Python's own hash is a tenth of the work of a cryptographic one. It's another number in every
    process: https://peps.python.org/pep-0456/
    """
    return hash(pixels.tobytes()) % 2**64


def _believed(image: Image.Image) -> Image.Image:
    """Treat a bitmap as opaque if its alpha is 0 everywhere: most programs mean padding."""
    is_bitmap = image.format == "BMP" and image.mode == "RGBA"
    is_clear = is_bitmap and image.getchannel("A").getextrema() == (0, 0)
    return image.convert("RGB") if is_clear else image


def _on_white(image: Image.Image) -> tuple[Image.Image, bool]:
    """Return the image in RGB, and whether any of it is not transparent."""
    if not image.has_transparency_data:
        return (image if image.mode == "RGB" else image.convert("RGB")), True
    clear = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(clear)
    return white.convert("RGB"), clear.getchannel("A").getbbox() is not None


def needed_depth(largest: int, container: int = FULL_DEPTH) -> int:
    """Return the bits in use where the largest value is so large and the file could hold more."""
    depths = (bits for bits in USUAL_DEPTHS if largest < 2**bits and bits < container)
    return next(depths, container)


def scaled(values: Values, depth: int) -> Pixels:
    """Keep the upper 8 of `depth` bits; larger values become white."""
    return np.asarray(np.minimum(values >> (depth - 8), 255), np.uint8)
