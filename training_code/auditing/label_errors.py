"""Judges which labels may be wrong, and which images are unlike all others.

Wrong labels are looked for by confident learning: Northcutt, Jiang and Chuang, 2021,
https://arxiv.org/abs/1911.00068. It needs probabilities by models that never saw the image.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Labels = npt.NDArray[np.integer[Any]]
Rows = npt.NDArray[np.int64]

_ROWS_AT_ONCE = 1024
_ODD_NEIGHBOUR = 5  # the distance to this one counts: a few odd images of one kind are odd, too
_ODD_DEVIATIONS = 4.5
_LEAST_DISTANCE = 0.05  # above the median; where all images are alike, nothing less is odd
_LEAST_IMAGES = 20  # fewer have no usual distance
_TO_DEVIATION = 1.4826  # the deviation of a normal distribution, in median absolute deviations


@dataclass(frozen=True)
class LabelCandidates:
    """The images that the models would label otherwise, the most suspicious first.

    rows: int64 (candidates,); suggested: int64 (candidates,), the most probable other class.
    estimated: how many labels of all images are wrong by confident learning's estimate.
    """

    rows: Rows
    suggested: Rows
    estimated: int


def candidates(labels: Labels, probabilities: Floats) -> LabelCandidates:
    """Rank the images whose own class isn't the most probable, by normalised margin.

    `labels` (images,) index the columns of `probabilities` (images, classes). The paper also prunes
    by the estimate, which lost a seventh of planted errors; so all are ranked, and the estimate
    says how far down it expects wrong labels.
    """
    images = np.arange(len(labels))
    others = probabilities.copy()
    others[images, labels] = -1
    margin = probabilities[images, labels] - others.max(axis=1)
    rows = np.flatnonzero(margin < 0)
    rows = rows[np.argsort(margin[rows], kind="stable")]
    estimated = min(_wrong_labels(labels, probabilities), len(rows))
    return LabelCandidates(rows, others[rows].argmax(axis=1), estimated)


def _wrong_labels(labels: Labels, probabilities: Floats) -> int:
    """Estimate how many labels are wrong: the paper's confident joint off its diagonal.

    An image counts for the most probable of the classes whose threshold it reaches, and the counts
    of a label are scaled to its images. The threshold of a class is the mean probability of it over
    the images with its label.
    """
    classes = probabilities.shape[1]
    sizes = np.bincount(labels, minlength=classes)
    own = probabilities[np.arange(len(labels)), labels]
    sums = np.bincount(labels, own, minlength=classes)
    thresholds = np.where(sizes > 0, sums / np.maximum(sizes, 1), np.inf)
    reached = np.where(probabilities >= thresholds, probabilities, -1)
    counts = reached.max(axis=1) >= 0
    joint = np.zeros((classes, classes))
    np.add.at(joint, (labels[counts], reached.argmax(axis=1)[counts]), 1)
    joint *= (sizes / np.maximum(joint.sum(axis=1), 1))[:, None]
    return round(float(joint.sum() - joint.trace()))


def directions(features: Floats) -> npt.NDArray[np.float32]:
    """Scale each row of (images, features) to length 1: products are cosines."""
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.maximum(lengths, 1e-12), np.float32)


def nearest(
    features: npt.NDArray[np.float32], row: int, among: npt.NDArray[np.bool_], most: int
) -> Rows:
    """Return up to `most` of the rows `among` (images,), the nearest to `row` by cosine first."""
    rows = np.flatnonzero(among)
    rows = rows[rows != row]
    order = np.argsort(-(features[rows] @ features[row]), kind="stable")
    return np.asarray(rows[order[:most]], np.int64)


@dataclass(frozen=True)
class OddImages:
    """The images that are far from all others, the farthest first.

    rows: int64 (images,); distances: float32 (images,), 1 - cosine to the fifth nearest neighbour.
    """

    rows: Rows
    distances: npt.NDArray[np.float32]


def odd(features: npt.NDArray[np.float32]) -> OddImages:
    """Find images whose neighbours are much farther away than those of the others.

    `features` are `directions`. The bound is so many deviations above the median distance. The
    deviation is estimated robustly, from the distances above the median alone: near copies stretch
    the other half. https://doi.org/10.1016/j.jesp.2013.03.013 has the factor.
    """
    count = len(features)
    if count < _LEAST_IMAGES:
        return OddImages(np.empty(0, np.int64), np.empty(0, np.float32))
    distances = np.empty(count, np.float32)
    for start in range(0, count, _ROWS_AT_ONCE):
        cosines = features[start : start + _ROWS_AT_ONCE] @ features.T
        # The nearest of all is the image itself.
        nearest = np.partition(cosines, -1 - _ODD_NEIGHBOUR, axis=1)[:, -1 - _ODD_NEIGHBOUR]
        distances[start : start + _ROWS_AT_ONCE] = 1 - nearest
    above = distances - np.median(distances)
    deviation = _TO_DEVIATION * np.median(above[above >= 0])
    rows = np.flatnonzero(above > max(_ODD_DEVIATIONS * deviation, _LEAST_DISTANCE))
    rows = rows[np.argsort(-distances[rows], kind="stable")]
    return OddImages(rows, distances[rows])
