"""The SavedModel, which reads files by itself, and preprocessing.json, which says how."""

import shutil
from pathlib import Path
from typing import Any

import tensorflow as tf

from reading import decoding, orientation_in_graph

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
        "depth": depth,
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
        return decoding.prepare(data, size, orientation_in_graph.read(data), depth)

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
