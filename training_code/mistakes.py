"""Shows the worst mistakes: the picture, and what in it spoke for the wrong class."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

import heat_map
import images
from channel import Channel

_MOST = 50
_LONGEST_SIDE = 256  # pixels of a thumbnail
_FOLDER = "mistakes"


def worst(
    labels: npt.NDArray[np.int32], probabilities: npt.NDArray[np.float32]
) -> npt.NDArray[np.int64]:
    """Return up to 50 rows of wrong answers, the surest first."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:_MOST]


def draw(
    folder: Path,
    root: Path,
    classes: list[str],
    validation: Channel,
    probabilities: npt.NDArray[np.float32],
    model: Any,
) -> list[dict[str, Any]]:
    """Write two PNG files for each of the worst mistakes; return what mistakes.json holds.

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
    listed = []
    for number, (row, wrong, heat) in enumerate(zip(rows, predicted, heats, strict=True)):
        picture = _thumbnail(root / validation.files[row], validation.pixels[row])
        names = {
            "image": f"{_FOLDER}/{number:02}-image.png",
            "heat_map": f"{_FOLDER}/{number:02}-heat.png",
        }
        picture.save(folder / names["image"])
        heat_map.lay_over(picture, heat).save(folder / names["heat_map"])
        label = validation.labels[row]
        listed.append(
            {
                "file": validation.files[row],
                "class": classes[label],
                "predicted": classes[wrong],
                "probability": round(float(probabilities[row, wrong]), 6),
                "true_probability": round(float(probabilities[row, label]), 6),
                **names,
            }
        )
    return listed


def _thumbnail(file: Path, pixels: images.Pixels) -> Image.Image:
    """Return the picture in its own proportions; the square the network saw if that fails."""
    try:
        with Image.open(file) as image:
            # A JPEG is decoded at the smallest scale that leaves twice of what is needed.
            image.draft("", (2 * _LONGEST_SIDE, 2 * _LONGEST_SIDE))
            picture = images.to_rgb(ImageOps.exif_transpose(image))
    # The file was read once, but decoders fail in every way there is, and a name that cannot be
    # printed is not the one in the list.
    except Exception:
        return Image.fromarray(pixels)
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.BICUBIC)
    return picture
