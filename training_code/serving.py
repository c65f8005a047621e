"""Which files the exported model reads unlike the training: told by asking it, before an epoch."""

import numpy as np
import tensorflow as tf
from PIL import Image

import cost
import depth as depths
import graphs
from pixels import Pixels

# Kinds that are read alike whatever a file holds, as the tests show: the first of each is asked
# about, in case this TensorFlow is another one.
_PLAIN = {("PNG", mode) for mode in ("1", "L", "P", "LA", "RGB", "RGBA")}
_PLAIN |= {("WEBP", mode) for mode in ("RGB", "RGBA")}
_NAMES = {"WEBP": "WebP", "BMP": "bitmap"}

_asked: dict[str, bool] = {}  # by plain kind: whether the exported model reads it alike


def difference(
    data: bytes, image: Image.Image, size: int, depth: int, expected: Pixels
) -> str | None:
    """Name the kind of a file that the exported model does not read as `expected`.

    A giant is not asked about: it is read as its plain kind is, but for the rounding of the mean.
    """
    kind, is_plain = _kind(image)
    if image.format == "TIFF":
        return kind
    if cost.is_giant(image):
        return None
    if is_plain and kind in _asked:
        return None if _asked[kind] else kind
    is_alike = _reads_alike(data, size, depth or depths.FULL, expected)
    if is_plain:
        _asked[kind] = is_alike
    return None if is_alike else kind


def _reads_alike(data: bytes, size: int, depth: int, expected: Pixels) -> bool:
    try:
        return bool(np.array_equal(graphs.served(data, size, depth), expected))
    except tf.errors.OpError:
        return False


def _kind(image: Image.Image) -> tuple[str, bool]:
    name = _NAMES.get(str(image.format), str(image.format))
    if getattr(image, "is_animated", False):
        name = f"animated {name}"
    has_clear_colour = "transparency" in image.info and image.mode != "P"
    if has_clear_colour or (image.format == "GIF" and "transparency" in image.info):
        return f"{name} in which a colour is transparent", False
    if image.format == "BMP" and image.mode == "P":
        return f"{name} with a palette", False
    return name, (image.format, image.mode) in _PLAIN and not name.startswith("animated")
