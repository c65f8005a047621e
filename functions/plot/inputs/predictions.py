"""Reads predictions.csv: the model's prediction for each validation image. Pure.

Columns: file, class, predicted, probability, and one `p:<class>` per class. Custom training code
may omit the last ones, or the probability: then there is less to show.
"""

from __future__ import annotations

import io
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plot.errors import PredictionsError
from plot.inputs.spreadsheet import MARK, PREFIX, read_rows, unescape

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

PREDICTIONS = "predictions.csv"
MAXIMUM_CLASSES = 1000


@dataclass(frozen=True)
class Predictions:
    """The predictions for n validation images; classes are positions in `classes`.

    Shapes: `truth`, `predicted` and `confidence` (n,), `probabilities` (n, classes) or None. The
    confidence is the probability of the predicted class, NaN where it is unknown.
    """

    classes: tuple[str, ...]
    files: tuple[str, ...]
    truth: Integers
    predicted: Integers
    confidence: Floats
    probabilities: Floats | None = None

    def __len__(self) -> int:
        return len(self.files)

    @property
    def right(self) -> Booleans:
        """Which images are classified correctly, shape (n,)."""
        same: Booleans = self.truth == self.predicted
        return same


def read_predictions(body: bytes) -> Predictions:
    """Read the table as the training code wrote it, or as it is in the run's folder.

    Raises:
        PredictionsError: a column is missing, a value is of the wrong kind, or there is no image.
    """
    rows = read_rows(io.BytesIO(body))
    if body.startswith(MARK):
        rows = ([unescape(cell) for cell in row] for row in rows)
    header = next(rows, [])
    for name in ("file", "class", "predicted"):
        if name not in header:
            raise PredictionsError(f"predictions.csv has no column {name!r}")
    return _read(rows, header)


def _read(rows: Iterator[list[str]], header: Sequence[str]) -> Predictions:
    file, *labels = (header.index(name) for name in ("file", "class", "predicted"))
    probability = header.index("probability") if "probability" in header else None
    of_classes = {
        name.removeprefix(PREFIX): index
        for index, name in enumerate(header)
        if name.startswith(PREFIX)
    }
    files: list[str] = []
    # Arrays, since a million rows of Python's numbers would take gigabytes.
    truth, predicted = array("q"), array("q")
    confidence, probabilities = array("d"), array("d")
    places = {name: place for place, name in enumerate(of_classes)}
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise PredictionsError(f"line {number} of predictions.csv has {len(row)} columns")
        files.append(row[file])
        for label, positions in zip(labels, (truth, predicted), strict=True):
            name = row[label]
            if of_classes and name not in places:
                raise PredictionsError(f"predictions.csv has no column for the class {name!r}")
            positions.append(places.setdefault(name, len(places)))
        if len(places) > MAXIMUM_CLASSES:
            raise PredictionsError(f"predictions.csv has more than {MAXIMUM_CLASSES} classes")
        try:
            confidence.append(np.nan if probability is None else float(row[probability]))
            probabilities.extend([float(row[index]) for index in of_classes.values()])
        except ValueError as error:
            raise PredictionsError(f"line {number} of predictions.csv: {error}") from error
    if not files:
        raise PredictionsError("predictions.csv names no image")
    classes = tuple(places) if of_classes else tuple(sorted(places))
    ranks = np.array([classes.index(name) for name in places], dtype=np.int64)
    return Predictions(
        classes=classes,
        files=tuple(files),
        truth=ranks[np.frombuffer(truth, dtype=np.int64)],
        predicted=ranks[np.frombuffer(predicted, dtype=np.int64)],
        confidence=_shares(np.frombuffer(confidence)),
        probabilities=_matrix(probabilities, len(files), len(of_classes)),
    )


def _shares(values: Floats) -> Floats:
    # Six digits, rounded, may add up to a little more than 1.
    return np.where((values >= 0) & (values <= 1.001), np.minimum(values, 1.0), np.nan)


def _matrix(values: array[float], images: int, classes: int) -> Floats | None:
    if not classes:
        return None
    matrix = _shares(np.frombuffer(values)).reshape(images, classes)
    return None if bool(np.isnan(matrix).any()) else matrix
