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


@dataclass(frozen=True)
class _Columns:
    file: int
    truth: int
    predicted: int
    probability: int | None
    classes: dict[str, int]


def read_predictions(body: bytes) -> Predictions:
    """Read the table as the training code wrote it, or as it is in the run's folder.

    Raises:
        PredictionsError: a column is missing, a value is of the wrong kind, or there is no image.
    """
    rows = read_rows(io.BytesIO(body))
    if body.startswith(MARK):
        rows = ([unescape(cell) for cell in row] for row in rows)
    header = next(rows, [])
    return _read(rows, _columns(header), len(header))


def _columns(header: Sequence[str]) -> _Columns:
    for name in ("file", "class", "predicted"):
        if name not in header:
            raise PredictionsError(f"predictions.csv has no column {name!r}")
    classes = {
        name.removeprefix(PREFIX): index
        for index, name in enumerate(header)
        if name.startswith(PREFIX)
    }
    return _Columns(
        file=header.index("file"),
        truth=header.index("class"),
        predicted=header.index("predicted"),
        probability=header.index("probability") if "probability" in header else None,
        classes=classes,
    )


def _read(rows: Iterator[list[str]], columns: _Columns, width: int) -> Predictions:
    files: list[str] = []
    # Arrays, since a million rows of Python's numbers would take gigabytes.
    truth, predicted = array("q"), array("q")
    confidence, probabilities = array("d"), array("d")
    places = {name: place for place, name in enumerate(columns.classes)}
    wanted = list(columns.classes.values())
    for number, row in enumerate(rows, 2):
        if len(row) != width:
            raise PredictionsError(f"line {number} of predictions.csv has {len(row)} columns")
        files.append(row[columns.file])
        for name, positions in ((row[columns.truth], truth), (row[columns.predicted], predicted)):
            if columns.classes and name not in places:
                raise PredictionsError(f"predictions.csv has no column for the class {name!r}")
            positions.append(places.setdefault(name, len(places)))
        if len(places) > MAXIMUM_CLASSES:
            raise PredictionsError(f"predictions.csv has more than {MAXIMUM_CLASSES} classes")
        try:
            confidence.append(
                float(row[columns.probability]) if columns.probability is not None else np.nan
            )
            probabilities.extend([float(row[index]) for index in wanted])
        except ValueError as error:
            raise PredictionsError(f"line {number} of predictions.csv: {error}") from error
    if not files:
        raise PredictionsError("predictions.csv names no image")
    classes = tuple(places) if columns.classes else tuple(sorted(places))
    ranks = np.array([classes.index(name) for name in places], dtype=np.int64)
    return Predictions(
        classes=classes,
        files=tuple(files),
        truth=ranks[np.frombuffer(truth, dtype=np.int64)],
        predicted=ranks[np.frombuffer(predicted, dtype=np.int64)],
        confidence=_shares(np.frombuffer(confidence)),
        probabilities=_matrix(probabilities, len(files), len(wanted)),
    )


def _shares(values: Floats) -> Floats:
    # Six digits, rounded, may add up to a little more than 1.
    return np.where((values >= 0) & (values <= 1.001), np.minimum(values, 1.0), np.nan)


def _matrix(values: array[float], images: int, classes: int) -> Floats | None:
    if not classes:
        return None
    matrix = _shares(np.frombuffer(values)).reshape(images, classes)
    return None if bool(np.isnan(matrix).any()) else matrix
