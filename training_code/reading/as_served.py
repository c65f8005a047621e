"""Which files the exported model reads otherwise than the training does."""

import threading

import numpy as np
import tensorflow as tf
from PIL import Image

from reading import decoding, orientation_in_graph
from reading.pixels import FULL_DEPTH, Pixels

# Kinds that are always read alike, as the tests show: only the first file of each is checked, in
# case this is another version of TensorFlow.
_PLAIN = {("PNG", mode) for mode in ("1", "L", "P", "LA", "RGB", "RGBA")}
_PLAIN |= {("WEBP", mode) for mode in ("RGB", "RGBA")}
_NAMES = {"WEBP": "WebP", "BMP": "bitmap"}

# The exported model takes some 45 bytes a pixel while it lays a picture on white. So one picture is
# checked at a time, and none larger than this.
_MOST_PIXELS = 8_000_000
_checking = threading.Lock()

_alike: set[tuple[str, str]] = set()  # plain kinds and modes of which one was read alike


def square(data: bytes, size: int, depth: int) -> Pixels:
    """Return the square that the exported model makes of a file; raises OpError where it would.

    Not compiled: that would take longer than the few files that are checked.
    """
    with tf.device("/CPU:0"):
        image = tf.constant(data)
        return np.asarray(decoding.prepare(image, size, orientation_in_graph.read(image), depth))


def difference(
    data: bytes, image: Image.Image, size: int, depth: int, expected: Pixels
) -> str | None:
    """Return the kind of a file that the exported model doesn't read as `expected`, else None.

    A large picture isn't checked: it counts as read alike if its kind is plain.
    """
    kind, is_plain = _kind(data, image)
    if image.format == "TIFF":
        return kind
    if is_plain and (kind, image.mode) in _alike:
        return None
    if image.width * image.height > _MOST_PIXELS:
        return None if is_plain else kind
    with _checking:
        is_alike = _reads_alike(data, size, depth or FULL_DEPTH, expected)
    if is_alike and is_plain:
        _alike.add((kind, image.mode))
    return None if is_alike else kind


def _reads_alike(data: bytes, size: int, depth: int, expected: Pixels) -> bool:
    try:
        return bool(np.array_equal(square(data, size, depth), expected))
    except tf.errors.OpError:
        return False


def _kind(data: bytes, image: Image.Image) -> tuple[str, bool]:
    name = _NAMES.get(str(image.format), str(image.format))
    if getattr(image, "is_animated", False):
        name = f"animated {name}"
    has_clear_colour = "transparency" in image.info and image.mode != "P"
    if has_clear_colour or (image.format == "GIF" and "transparency" in image.info):
        return f"{name} in which a colour is transparent", False
    if image.format == "BMP" and image.mode == "P":
        return f"{name} with a palette", False
    if image.format == "BMP":
        bits = int.from_bytes(data[28:30], "little")
        return name, bits in (24, 32) or (bits == 8 and image.mode == "L")
    return name, (image.format, image.mode) in _PLAIN and not name.startswith("animated")
