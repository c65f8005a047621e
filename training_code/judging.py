"""Judges every image once, by a network that has seen neither it nor its copies nor its group."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Judged:
    """Row i of everything is image i: the training images, then the validation images.

    clusters: int64 (images,), alike for near copies and for images of one group. The rest is None
    where nothing was judged by folds: probabilities, float32 (images, classes), calibrated; folds,
    int64 (images,), from 1. features: float32 (images, features), standardised, of a network that
    is frozen, else None.
    """

    clusters: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float32] | None = None
    folds: npt.NDArray[np.int64] | None = None
    features: npt.NDArray[np.float32] | None = None
