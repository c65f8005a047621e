"""Reads one image file of any kind as a square of RGB bytes."""

import io
import os
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import tensorflow as tf
from PIL import Image, UnidentifiedImageError

from reading import as_served, damage, decoding, formats, memory, orientation, pixels, tiff
from reading.formats import UnreadableImageError
from reading.pixels import Pixels

_memory = memory.Budget(memory.AT_ONCE)
_HEADER = 1 << 16  # bytes that are looked at to say what an unknown file is
_AT_ONCE = 1 << 22  # bytes; a longer file is read once there is memory for it

# Files are refused by the memory they need, not by Pillow's limit of pixels.
Image.MAX_IMAGE_PIXELS = None


class Picture(NamedTuple):
    """A picture as it is trained on, uint8 (size, size, 3), and its original size, upright.

    depth: the bits that its values need, where the file has 16 and doesn't declare fewer.
    differs: the kind of file, where the exported model reads it differently.
    """

    pixels: Pixels
    width: int
    height: int
    depth: int | None = None
    differs: str | None = None


def read(path: Path, size: int, depth: int = pixels.OWN_DEPTH) -> Picture:
    """Decode a file by its content, whatever its name, and scale it to size x size.

    The camera's rotation (EXIF) is applied, transparency is laid on white, an animation gives its
    first frame. Of a file of 16 bits `depth` are in use; OWN: as many as the picture needs. Waits
    until there is memory for it. Raises UnreadableImageError.
    """
    try:
        with path.open("rb") as file:
            length = os.fstat(file.fileno()).st_size
            # Pillow reads a header in some forty pieces, and every thread waits for the file's.
            source = io.BytesIO(file.read()) if length <= _AT_ONCE else file
            return _read(source, length, size, depth)
    except UnreadableImageError:
        raise
    # Decoders fail in every way there is: SyntaxError, struct.error, EOFError, zlib.error, ...
    except Exception as error:
        raise UnreadableImageError(f"damaged or unreadable image ({error})") from error


def _read(file: IO[bytes], length: int, size: int, depth: int) -> Picture:
    head = file.read(formats.HEAD)
    if reason := formats.refusal(head):
        raise UnreadableImageError(reason)
    with open_image(file) as image:  # reads the header alone
        needed = memory.bytes_needed(image, length, size)
        with _memory.taking(needed):
            file.seek(0)
            data = file.read()
            if image.format in ("JPEG", "MPO"):
                return _read_jpeg(data, image, size)
            if image.format == "PNG" and memory.is_deep(image):
                return _read_deep_png(data, image, size, depth)
            return _read_other(data, size, depth)


def open_image(file: IO[bytes]) -> Image.Image:
    """Open a file as the only formats that are read; raises UnreadableImageError if it is none."""
    file.seek(0)
    try:
        return Image.open(file, formats=formats.PILLOW_NAMES)
    except Exception as error:
        file.seek(0)
        if bare := damage.without_comments(file.read()):
            return Image.open(io.BytesIO(bare), formats=formats.PILLOW_NAMES)
        if not isinstance(error, UnidentifiedImageError):
            raise
        file.seek(0)
        raise UnreadableImageError(formats.unknown(file.read(_HEADER))) from None


def _read_jpeg(data: bytes, image: Image.Image, size: int) -> Picture:
    """Decode as the exported model will do it, because the decoder decides on the pixels.

    Pillow decodes a JPEG that TensorFlow can't.
    """
    turned = orientation.read(data)

    def decode(content: bytes) -> tuple[Pixels, str | None]:
        return damage.decode_and_listen(
            lambda: decoding.square_from_jpeg(content, size, turned, image.size), data
        )

    differs = None
    try:
        square, complaint = decode(data)
    except tf.errors.OpError:
        differs = "JPEG whose end is not marked"
        try:
            square, complaint = decode(damage.with_an_end(data))
        except tf.errors.OpError:
            differs = "JPEG that TensorFlow cannot decode"
            if memory.is_giant(image):
                raise
            with open_image(io.BytesIO(data)) as again:
                whole = pixels.whole(again)
            square, complaint = decoding.square_from_pixels(whole, size, turned), None
    if complaint:
        raise UnreadableImageError(f"damaged or unreadable image ({complaint})")
    return Picture(square, *_upright_size(image, turned), differs=differs)


def _read_deep_png(data: bytes, image: Image.Image, size: int, depth: int) -> Picture:
    """Decode as the exported model will do it: Pillow keeps 8 bits of a colour of 16."""
    turned = orientation.read(data)
    try:
        square, needed, is_visible = decoding.square_from_deep_png(data, size, turned, depth)
    except tf.errors.OpError:
        raise UnreadableImageError("damaged or unreadable image (a PNG of 16 bits)") from None
    if not is_visible:
        raise UnreadableImageError(pixels.INVISIBLE)
    return Picture(square, *_upright_size(image, turned), depth=needed)


def _read_other(data: bytes, size: int, depth: int) -> Picture:
    """Decode with Pillow: these formats define each pixel, and it reads most kinds."""
    turned, own, bits = orientation.read(data), None, depth
    with open_image(io.BytesIO(data)) as image:
        deep = None
        if image.format == "TIFF":
            tiff.find_page(image)
            deep = tiff.deep(image, data)
        if deep:
            needed = pixels.needed_depth(int(deep.values.max()), deep.container)
            own = None if deep.declared else needed
            bits = deep.declared or depth or needed
            turned = deep.orientation
            square = decoding.square_from_pixels(deep.rgb(bits), size, turned)
        else:
            square = _square(data, image, size, turned)
        differs = as_served.difference(data, image, size, bits, square)
        return Picture(square, *_upright_size(image, turned), depth=own, differs=differs)


def _square(data: bytes, image: Image.Image, size: int, turned: int) -> Pixels:
    """Scale a picture of 8 bits a value, whole or in bands."""
    if memory.is_giant(image) and min(image.size) >= size:
        return decoding.square_from_pixels(_averaged(image, size), size, turned)
    try:
        whole = pixels.whole(image)
    except UnreadableImageError:
        raise
    except Exception:
        bare = damage.without_comments(data)
        if not bare:
            raise
        with open_image(io.BytesIO(bare)) as again:
            whole = pixels.whole(again)
    return decoding.square_from_pixels(whole, size, turned)


def _averaged(image: Image.Image, size: int) -> Pixels:
    """Average a giant over the areas that become a pixel, holding a band of rows at a time."""
    edges = np.linspace(0, image.height, size + 1)
    lower, upper = edges[:-1, None], edges[1:, None]
    sums = np.zeros((size, size, 3))
    for top, band in pixels.bands(image):
        rows = np.arange(top, top + len(band))
        weights = np.clip(np.minimum(rows + 1, upper) - np.maximum(rows, lower), 0, None)
        narrow = tf.image.resize(band, (len(band), size), method="area").numpy()
        sums += np.tensordot(weights, narrow, axes=1)
    return np.rint(sums * size / image.height).astype(np.uint8)


def _upright_size(image: Image.Image, turned: int) -> tuple[int, int]:
    return (image.height, image.width) if turned > 4 else image.size
