"""The exported model that reads files by itself: writes, describes and checks it."""

import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from reading import decoding
from reading.pixels import FULL_DEPTH, Pixels

_RESIZE = {
    "step": "resize",
    "larger_pictures": "area",
    "smaller_pictures": "bilinear, antialiased",
    "larger_means": "at least image_size in both directions",
    "keeps_proportions": False,
    "rounded_to": "uint8",
}
_EXIF = "EXIF orientation, 1 to 8, of a JPEG, PNG or WebP, applied after resizing"
_STEPS = ["decode", "resize", "orientation", "normalisation"]
_INSIDE = "the network itself: nothing is to be scaled, centred or divided before"
_DONE_BY = {
    "saved_model, serving_default (image_bytes)": _STEPS,
    "saved_model, serve_pixels": _STEPS[-1:],
    "model.keras": _STEPS[-1:],
    "model.tflite": _STEPS[-1:],
}
_READ_OTHERWISE = [
    "TIFF and whatever else is not JPEG, PNG, WebP, BMP or GIF: refused",
    "an animated WebP: refused",
    "a bitmap with a palette of colours",
    "a GIF with transparency",
    "a PNG in which one colour is transparent",
]

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


def describe(size: int, depth: int) -> dict[str, Any]:
    """Return the content of preprocessing.json; `depth` bits are in use in files of 16."""
    decode = {
        "step": "decode",
        "jpeg_scales": [1, 2, 4, 8],
        "jpeg_scale": "the largest that leaves at least 2 * image_size on the short side",
        "jpeg_dct": "INTEGER_ACCURATE",
        "transparency": "laid on white",
        "sixteen_bits": f"the upper 8 of {depth} bits; larger values are white",
        "animation": "its first frame",
    }
    return {
        "image_size": [size, size],
        "input": {
            "type": "float32",
            "shape": ["batch", size, size, 3],
            "range": [0, 255],
            "colours": "RGB",
            "normalisation": _INSIDE,
        },
        "steps": [decode, _RESIZE, {"step": "orientation", "by": _EXIF}],
        "done_by": _DONE_BY,
        "not_read_as_in_training_by_serving_default": _READ_OTHERWISE,
    }


def save(network: Any, folder: Path, depth: int) -> Any:
    """Write a SavedModel whose signatures take the bytes of files, and pixels; return it loaded."""
    size = network.input_shape[1]
    service = tf.Module()
    service.model = network

    def read(data: Any) -> Any:
        return decoding.prepare(data, size, decoding.orientation(data), depth)

    def serve_pixels(pixels: Any) -> dict[str, Any]:
        return {"probabilities": network(pixels, training=False)}

    def serve_bytes(image_bytes: Any) -> dict[str, Any]:
        pixels = tf.map_fn(read, image_bytes, fn_output_signature=tf.uint8)
        answer: dict[str, Any] = service.serve_pixels(tf.cast(pixels, tf.float32))
        return answer

    pixels = tf.TensorSpec([None, size, size, 3], tf.float32, "pixels")
    image_bytes = tf.TensorSpec([None], tf.string, "image_bytes")
    service.serve_pixels = tf.function(serve_pixels, [pixels], autograph=False)
    service.serve_bytes = tf.function(serve_bytes, [image_bytes], autograph=False)
    signatures = {"serving_default": service.serve_bytes, "serve_pixels": service.serve_pixels}
    shutil.rmtree(folder, ignore_errors=True)
    tf.saved_model.save(service, str(folder), signatures)
    return tf.saved_model.load(str(folder))


def served(data: bytes, size: int, depth: int) -> Pixels:
    """Return the square that the exported model makes of a file; raises OpError where it would.

    Not compiled: that would take longer than the few files that are checked.
    """
    with tf.device("/CPU:0"):
        image = tf.constant(data)
        return np.asarray(decoding.prepare(image, size, decoding.orientation(image), depth))


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
        return bool(np.array_equal(served(data, size, depth), expected))
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
