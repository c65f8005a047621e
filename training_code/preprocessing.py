"""Describes what becomes of a picture before the network sees it, for those who serve the model."""

from typing import Any

_INSIDE = "the network itself: nothing is to be scaled, centred or divided before"
_RESIZE = {
    "step": "resize",
    "larger_pictures": "area",
    "smaller_pictures": "bilinear, antialiased",
    "larger_means": "at least image_size in both directions",
    "keeps_proportions": False,
    "rounded_to": "uint8",
}
_ORIENTATION = {
    "step": "orientation",
    "by": "EXIF orientation, 1 to 8, of a JPEG, PNG or WebP, applied after resizing",
}
_DONE_BY = {
    "saved_model, serving_default (image_bytes)": [
        "decode",
        "resize",
        "orientation",
        "normalisation",
    ],
    "saved_model, serve_pixels": ["normalisation"],
    "model.keras": ["normalisation"],
    "model.tflite": ["normalisation"],
}
_READ_OTHERWISE = [
    "TIFF and whatever else is not JPEG, PNG, WebP, BMP or GIF: refused",
    "an animated WebP: refused",
    "a bitmap with a palette of colours",
    "a GIF with transparency",
    "a PNG in which one colour is transparent",
]


def describe(size: int, depth: int) -> dict[str, Any]:
    """Return the content of preprocessing.json.

    `size` is in pixels; `depth` is the number of bits in use in files of 16.
    """
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
        "steps": [decode, _RESIZE, _ORIENTATION],
        "done_by": _DONE_BY,
        "not_read_as_in_training_by_serving_default": _READ_OTHERWISE,
    }
