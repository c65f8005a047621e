"""Measures how far an image is from those that a network was trained on, in its features. Pure.

The same measure as training_code's `novelty`, which found the bound: the mean of two cosine
distances, one of the averages and one of all features, standardised, to the third nearest image.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from common.documents import JsonDocument
from predict.errors import ModelError

Floats = npt.NDArray[np.float32]
LEAST_BOUND = 1e-6  # where all images are equal, and so no distance is above 0


class NoveltyBound(JsonDocument):
    """novelty.json: the distance beyond which an image is unknown, None if it wasn't measured.

    On ordinary images it is exceeded as often as `expected_rate` says, at most `proven_rate` with
    95 % confidence.
    """

    bound: float | None
    expected_rate: float
    proven_rate: float


@dataclass(frozen=True)
class KnownImages:
    """The images to compare with, as directions: float32 (images, averages + features)."""

    directions: Floats
    mean: Floats
    deviation: Floats
    averages: int
    neighbour: int
    bound: float

    def novelty(self, features: Floats) -> Floats:
        """Return distance / bound of images with such features (images, features)."""
        cosines = _directions(features, self.mean, self.deviation, self.averages)
        cosines = cosines @ self.directions.T
        place = min(self.neighbour, cosines.shape[1])
        nearest = np.partition(cosines, -place, axis=1)[:, -place]
        return np.asarray((1 - nearest / 2) / self.bound, np.float32)


def read_known_images(archive: bytes, document: bytes) -> KnownImages | None:
    """Read novelty.npz and novelty.json; None where no bound was found.

    Raises:
        ModelError: one of them is damaged.
    """
    try:
        bound = NoveltyBound.model_validate_json(document).bound
        if bound is None:
            return None
        with np.load(io.BytesIO(archive)) as arrays:
            features = arrays["features"].astype(np.float32)
            mean, deviation = arrays["mean"], arrays["deviation"]
            averages, neighbour = int(arrays["averages"]), int(arrays["neighbour"])
    except (
        ValidationError,
        ValueError,
        LookupError,
        OSError,
        EOFError,
        zipfile.BadZipFile,
    ) as error:
        raise ModelError(f"the images to compare with can't be read: {error}") from error
    directions = _directions(features, mean, deviation, averages)
    bound = max(bound, LEAST_BOUND)
    return KnownImages(directions, mean, deviation, averages, neighbour, bound)


def _directions(features: Floats, mean: Floats, deviation: Floats, averages: int) -> Floats:
    standardised = (features - mean) / deviation
    return np.concatenate([_unit(features[:, :averages]), _unit(standardised)], axis=1)


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)
