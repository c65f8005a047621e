"""Chooses the image size from the training images, where ImageSize leaves it to them.

The usual size is enough where a flaw of a few pixels is still as large once the picture is scaled.
Larger pictures are tried out: a few of them are read at the usual size, and a linear model is
judged on those that it didn't see. Only if it is often wrong, the same is done at the larger size,
which takes four times as long to train at, and has to be clearly better.
"""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from hyperparameters import Hyperparameters
from learning import networks, transfer
from loading.channel import File
from reading import images
from reading.formats import UnreadableImageError
from reading.pixels import Pixels

_PIXELS_IN_ONE = 2  # of the longer side; up to here the usual size shows as much as is needed
_TRIED = 240  # images at most
_FOLDS = 4
_PENALTY = 0.1  # of the linear model, against its largest possible kernel of about 1
_OFTEN = 0.05  # wrong, of all that are tried
_CLEARLY = 2 / 3  # of the errors may be left

Labels = npt.NDArray[np.int32]


def choose(
    files: list[File], settings: Hyperparameters, pretrained: Path | None, check: Callable[[], None]
) -> int:
    """Return the size in pixels a side, and log why; `files` are those to train on.

    `check` is called between images and may raise.
    """
    usual, larger = settings.recipe.image_size, settings.recipe.larger_size
    sample = spread(files)
    pixels, labels, longest = _read(sample, usual, check)
    if not longest or median(longest) <= _PIXELS_IN_ONE * usual:
        return usual
    wrong = errors(_features(pixels, settings, pretrained, check), labels)
    line = f"image size: of {len(labels)} training images {wrong} are mistaken at {usual} pixels"
    if wrong <= _OFTEN * len(labels):
        print(f"{line}, which is chosen", flush=True)
        return usual
    pixels, labels, _ = _read(sample, larger, check)
    fewer = errors(_features(pixels, settings, pretrained, check), labels)
    size = larger if fewer <= _CLEARLY * wrong else usual
    print(f"{line}, {fewer} at {larger}: {size} is chosen", flush=True)
    return size


def _read(
    sample: list[File], size: int, check: Callable[[], None]
) -> tuple[Pixels, Labels, list[int]]:
    """Return pixels and labels of the readable files, and the longer side of each original."""
    pixels, labels, longest = [], [], []
    for path, label in sample:
        check()
        try:
            picture = images.read(path, size)
        except UnreadableImageError:
            continue  # is reported when all are read
        pixels.append(picture.pixels)
        labels.append(label)
        longest.append(max(picture.width, picture.height))
    empty = np.empty((0, size, size, 3), np.uint8)
    return np.stack(pixels) if pixels else empty, np.array(labels, np.int32), longest


def _features(
    pixels: Pixels, settings: Hyperparameters, pretrained: Path | None, check: Callable[[], None]
) -> Any:
    network = networks.build(
        settings.architecture, pixels.shape[1], 2, settings.batch_size, pretrained=pretrained
    )
    return transfer.extract(network, pixels, check)


def spread(files: list[File]) -> list[File]:
    """Return at most so many files as are tried, about as many of each class, from all over it."""
    by_class: dict[int, list[File]] = {}
    for file in files:
        by_class.setdefault(file[1], []).append(file)
    each = max(_FOLDS, _TRIED // max(1, len(by_class)))
    return [
        of_class[row]
        for of_class in by_class.values()
        for row in np.unique(np.linspace(0, len(of_class) - 1, each).astype(int))
    ]


def errors(features: npt.NDArray[np.float32], labels: Labels) -> int:
    """Count the images that are mistaken by a model of the others, of (images, features).

    Regularised least squares on the classes, in its dual form; each fold is judged by the model of
    the others: Rifkin, Yeo and Poggio, 2003, "Regularized least-squares classification".
    """
    one_hot = np.eye(labels.max() + 1, dtype=np.float32)[labels]
    fold = np.empty(len(labels), int)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        fold[rows] = np.arange(len(rows)) % _FOLDS
    wrong = 0
    for number in range(_FOLDS):
        judged, learned = fold == number, fold != number
        mean, deviation = transfer.standard(features[learned])
        standardised = (features - mean) / deviation
        kernel = standardised @ standardised[learned].T / features.shape[1]
        target, share = one_hot[learned], one_hot[learned].mean(0)
        penalised = kernel[learned] + _PENALTY * np.eye(len(target))
        answers = kernel[judged] @ np.linalg.solve(penalised, target - share) + share
        wrong += int((answers.argmax(1) != labels[judged]).sum())
    return wrong
