"""Draws the most confident wrong predictions: the picture, and the evidence for the wrong class."""

import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.Image import Transpose

import decoding_memory
import heat_map
import images
import orientation
import pixels
from channel import Channel
from documents import MisclassifiedImage
from pixels import Pixels

_MOST = 50
_LONGEST_SIDE = 256  # pixels of a thumbnail
_FOLDER = "mistakes"
_TURNS = {  # by EXIF's orientation
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


def worst(
    labels: npt.NDArray[np.int32], probabilities: npt.NDArray[np.float32]
) -> npt.NDArray[np.int64]:
    """Return up to 50 rows of wrong predictions, the most confident first."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:_MOST]


def draw(
    folder: Path,
    root: Path,
    classes: list[str],
    validation: Channel,
    probabilities: npt.NDArray[np.float32],
    model: Any,
) -> list[MisclassifiedImage]:
    """Write two PNG files for each of the worst mistakes; return the content of mistakes.json.

    The validation images lie under `root`; `probabilities` (images, classes) are the answers of
    `model`, a network that computes in float32.
    """
    shutil.rmtree(folder / _FOLDER, ignore_errors=True)  # of an earlier start
    rows = worst(validation.labels, probabilities)
    if not len(rows):
        return []
    (folder / _FOLDER).mkdir(parents=True)
    predicted = probabilities[rows].argmax(axis=1)
    heats = heat_map.heat_maps(model, validation.pixels[rows], predicted)
    listed: list[MisclassifiedImage] = []
    for number, (row, wrong, heat) in enumerate(zip(rows, predicted, heats, strict=True)):
        picture = _thumbnail(root / validation.files[row], validation.pixels[row])
        image, overlay = (f"{_FOLDER}/{number:02}-{kind}.png" for kind in ("image", "heat"))
        picture.save(folder / image)
        heat_map.lay_over(picture, heat).save(folder / overlay)
        label = validation.labels[row]
        listed.append(
            {
                "file": validation.files[row],
                "class": classes[label],
                "predicted": classes[wrong],
                "probability": round(float(probabilities[row, wrong]), 6),
                "true_probability": round(float(probabilities[row, label]), 6),
                "image": image,
                "heat_map": overlay,
            }
        )
    return listed


def _thumbnail(file: Path, square: Pixels) -> Image.Image:
    """Return the picture in its own proportions; the square the network saw if that fails."""
    try:
        picture = _decoded(file.read_bytes())
    # The file was read before, but decoders fail in every way there is, and a name that isn't
    # UTF-8 isn't the one in the list.
    except Exception:
        picture = None
    if picture is None:
        return Image.fromarray(square)
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.BICUBIC)
    return picture


def _decoded(data: bytes) -> Image.Image | None:
    """Decode what Pillow reads as it looks, and a JPEG no larger than needed."""
    with images.open_image(io.BytesIO(data)) as image:
        is_jpeg = image.format in ("JPEG", "MPO")
        if (
            image.format == "TIFF"
            or decoding_memory.is_deep(image)
            or (decoding_memory.is_giant(image) and not is_jpeg)
        ):
            return None
        # A JPEG is decoded at the smallest scale that leaves twice the size needed.
        image.draft("", (2 * _LONGEST_SIDE, 2 * _LONGEST_SIDE))
        picture = pixels.to_rgb(image)
        turn = _TURNS.get(orientation.read(data))
        return picture.copy() if turn is None else picture.transpose(turn)
