"""One image file of any kind a camera or a person may leave, read as a square of RGB bytes."""

from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

Pixels = npt.NDArray[np.uint8]  # (size, size, 3) or (images, size, size, 3), 0 to 255

_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<svg")
_SIXTEEN_BIT_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I")


class UnreadableImageError(Exception):
    """When a file does not hold a picture; the message is the reason, in a few words."""


def read(path: Path, size: int) -> Pixels:
    """Decode a file by its content, whatever its name, into uint8 of shape (size, size, 3).

    The camera's rotation (EXIF) is applied, transparency is laid on white, 16-bit grey is scaled to
    8 bits, an animation gives its first frame. The picture is scaled with antialiasing to a square:
    its proportions are not kept. Raises UnreadableImageError.
    """
    try:
        with Image.open(path) as image:
            # A JPEG is decoded at the smallest scale that still leaves twice the wanted size.
            image.draft("", (2 * size, 2 * size))
            picture = _to_rgb(ImageOps.exif_transpose(image))
        resized = picture.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=2.0)
        return cast(Pixels, np.asarray(resized, dtype=np.uint8))
    except UnreadableImageError:
        raise
    except UnidentifiedImageError:
        raise UnreadableImageError(_what_instead(path)) from None
    # Decoders fail in every way there is: SyntaxError, struct.error, EOFError, zlib.error, ...
    except Exception as error:
        raise UnreadableImageError(f"damaged or unreadable image ({error})") from error


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in _SIXTEEN_BIT_MODES:
        return Image.fromarray(_eight_bits(np.asarray(image))).convert("RGB")
    if image.mode == "F":
        raise UnreadableImageError("floating point pixels, for which black and white are undefined")
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        image = white
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bits(grey: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """Scale 0..65535 to 0..255; PIL's own conversion would clip everything above 255 to white."""
    values = grey.astype(np.int64)
    if values.min() < 0 or values.max() > 65535:
        raise UnreadableImageError("more than 16 bits per pixel")
    return np.round(values / 257).astype(np.uint8)


def _what_instead(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(64)
    if not start:
        return "empty file"
    if start.startswith(_LFS_POINTER):
        return "a Git LFS pointer instead of the image (git lfs pull fetches it)"
    if start.lstrip().lower().startswith(_MARKUP):
        return "a web page or XML text instead of an image"
    return "not an image, or in a format that is not known here"
