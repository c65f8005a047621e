"""One image file of any kind a camera or a person may leave, read as a square of RGB bytes."""

import contextlib
import functools
import io
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from PIL import Image, UnidentifiedImageError

import decoding

Pixels = npt.NDArray[np.uint8]  # (size, size, 3) or (images, size, size, 3), 0 to 255

_compiling = threading.Lock()
_ORIENTATION = 0x0112  # EXIF's tag
_SIXTEEN_BIT_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I")
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<svg")
# Brands of ISO 14496-12 files: https://github.com/nokiatech/heif/wiki/Technical-Information
_PHONE_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis")

# Pillow refuses what has more than 178 million pixels; that half of it is much goes without saying.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


class UnreadableImageError(Exception):
    """When a file does not hold a picture; the message is the reason, in a few words."""


class Picture(NamedTuple):
    """A picture as it is trained on, uint8 (size, size, 3), and its own size before, upright."""

    pixels: Pixels
    width: int
    height: int


def read(path: Path, size: int) -> Picture:
    """Decode a file by its content, whatever its name, and scale it to size x size.

    The camera's rotation (EXIF) is applied, transparency is laid on white, 16-bit grey is scaled to
    8 bits, an animation gives its first frame. Raises UnreadableImageError.
    """
    try:
        data = path.read_bytes()
        with Image.open(io.BytesIO(data)) as image:  # reads the header alone
            orientation = _orientation(image)
            pixels = _square(data, image, size, orientation)
            width, height = image.size
    except UnreadableImageError:
        raise
    except Image.DecompressionBombError as bomb:
        raise UnreadableImageError(f"more pixels than can be decoded ({bomb})") from None
    except UnidentifiedImageError:
        raise UnreadableImageError(_what_instead(data)) from None
    # Decoders fail in every way there is: SyntaxError, struct.error, EOFError, zlib.error, ...
    except Exception as error:
        raise UnreadableImageError(f"damaged or unreadable image ({error})") from error
    return Picture(pixels, height, width) if orientation > 4 else Picture(pixels, width, height)


def _square(data: bytes, image: Image.Image, size: int, orientation: int) -> Pixels:
    """Decode a JPEG as the exported model will do it, where the decoder decides on the pixels.

    The other formats say exactly what each pixel is, and Pillow knows more of their kinds. It also
    has the last word on a JPEG that TensorFlow cannot decode.
    """
    if image.format in ("JPEG", "MPO"):
        with contextlib.suppress(tf.errors.OpError):
            return _run(_from_jpeg, size, orientation, data)
    return _run(_from_pixels, size, orientation, np.asarray(to_rgb(image)))


def _run(compiled: Callable[[int, int], Any], size: int, orientation: int, value: Any) -> Pixels:
    with _compiling:  # once is enough, and all threads need it at the same moment
        function = compiled(size, orientation)
    with tf.device("/CPU:0"):
        return np.asarray(function(tf.constant(value)), np.uint8)


# Branches for each orientation and format would take longer to compile and to pass.


@functools.cache
def _from_jpeg(size: int, orientation: int) -> Any:
    """Compile what makes a square from the bytes of a JPEG."""

    def square(data: Any) -> Any:
        pixels = decoding.decode_jpeg(data, size)
        return decoding.upright_square(pixels, size, orientation)

    return _compiled(square, tf.TensorSpec((), tf.string))


@functools.cache
def _from_pixels(size: int, orientation: int) -> Any:
    """Compile what makes a square from pixels uint8 (height, width, 3)."""

    def square(pixels: Any) -> Any:
        return decoding.upright_square(pixels, size, orientation)

    return _compiled(square, tf.TensorSpec((None, None, 3), tf.uint8))


def _compiled(function: Callable[[Any], Any], argument: Any) -> Any:
    with tf.device("/CPU:0"):
        return tf.function(function, [argument], autograph=False).get_concrete_function()


def _orientation(image: Image.Image) -> int:
    """Return EXIF's orientation; 1, upright, where it says nothing or nothing that makes sense."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged EXIF fails like damaged images, and the image may be fine
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert any mode; raises UnreadableImageError when the values cannot become 8 bits."""
    if image.mode in _SIXTEEN_BIT_MODES:
        return Image.fromarray(_eight_bits(np.asarray(image))).convert("RGB")
    if image.mode == "F":
        raise UnreadableImageError("floating point pixels, for which black and white are undefined")
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        image = white
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bits(grey: npt.NDArray[np.generic]) -> Pixels:
    """Scale 0..65535 to 0..255; PIL's own conversion would clip everything above 255 to white."""
    values = grey.astype(np.int64)
    if values.min() < 0 or values.max() > 65535:
        raise UnreadableImageError("more than 16 bits per pixel")
    return (values >> 8).astype(np.uint8)


def _what_instead(data: bytes) -> str:
    start = data[:64]
    if not start:
        return "empty file"
    if start.startswith(_LFS_POINTER):
        return "a Git LFS pointer instead of the image (git lfs pull fetches it)"
    if start.lstrip().lower().startswith(_MARKUP):
        return "a web page or XML text instead of an image"
    if start[4:8] == b"ftyp" and start[8:12] in _PHONE_BRANDS:
        return "HEIC or AVIF, which cannot be read here (save it as JPEG)"
    return "not an image, or in a format that is not known here"
