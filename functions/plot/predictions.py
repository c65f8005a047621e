"""Reads predictions.csv: what the model said of each validation image. Pure.

Columns: file, class, predicted, probability, and one `p:<class>` per class. A training code of the
user's own may leave the last ones, or the probability, out: then there is less to show.
"""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plot.errors import PredictionsError

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

PREFIX = "p:"
MAXIMUM_CLASSES = 1000
MAXIMUM_CELL_CHARACTERS = 10_000


@dataclass(frozen=True)
class Predictions:
    """What the model said of n validation images; classes are positions in `classes`.

    Shapes: `truth`, `predicted` and `confidence` (n,), `probabilities` (n, classes) or None. The
    confidence is the probability of the predicted class, NaN where it is not known.
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
        """Which images the model got right, shape (n,)."""
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
    """Read what the training code wrote.

    Raises:
        PredictionsError: a column or a value is not what it must be, or there is no image.
    """
    csv.field_size_limit(MAXIMUM_CELL_CHARACTERS)
    try:
        rows = csv.reader(io.TextIOWrapper(io.BytesIO(body), encoding="utf-8", newline=""))
        header = next(rows, [])
        return _read(rows, _columns(header), len(header))
    except (csv.Error, UnicodeDecodeError) as error:
        raise PredictionsError(f"predictions.csv is no CSV in UTF-8: {error}") from error


def _columns(header: Sequence[str]) -> _Columns:
    for name in ("file", "class", "predicted"):
        if name not in header:
            raise PredictionsError(f"predictions.csv has no column {name!r}")
    classes = {
        name.removeprefix(PREFIX): index
        for index, name in enumerate(header)
        if name.startswith(PREFIX)
    }
    if len(classes) > MAXIMUM_CLASSES:
        raise PredictionsError(f"predictions.csv has {len(classes)} classes")
    return _Columns(
        file=header.index("file"),
        truth=header.index("class"),
        predicted=header.index("predicted"),
        probability=header.index("probability") if "probability" in header else None,
        classes=classes,
    )


def _read(rows: Iterator[list[str]], columns: _Columns, width: int) -> Predictions:
    files: list[str] = []
    truth: list[str] = []
    predicted: list[str] = []
    # Arrays of the machine's numbers: 20,000 rows of 50 Python floats each would take 32 MB.
    confidence, probabilities = array("d"), array("d")
    wanted = list(columns.classes.values())
    for number, row in enumerate(rows, 2):
        if len(row) != width:
            raise PredictionsError(f"line {number} of predictions.csv has {len(row)} columns")
        files.append(row[columns.file])
        truth.append(row[columns.truth])
        predicted.append(row[columns.predicted])
        try:
            confidence.append(
                float(row[columns.probability]) if columns.probability is not None else np.nan
            )
            probabilities.extend(float(row[index]) for index in wanted)
        except ValueError as error:
            raise PredictionsError(f"line {number} of predictions.csv: {error}") from error
    if not files:
        raise PredictionsError("predictions.csv names no image")
    classes = tuple(columns.classes) or tuple(sorted({*truth, *predicted}))
    return Predictions(
        classes=classes,
        files=tuple(files),
        truth=_positions(truth, classes),
        predicted=_positions(predicted, classes),
        confidence=_shares(np.array(confidence)),
        probabilities=_matrix(np.array(probabilities), len(files), len(wanted)),
    )


def _positions(names: Sequence[str], classes: Sequence[str]) -> Integers:
    places = {name: position for position, name in enumerate(classes)}
    try:
        return np.array([places[name] for name in names], dtype=np.int64)
    except KeyError as error:
        raise PredictionsError(f"predictions.csv has no column for the class {error}") from error


def _shares(values: Floats) -> Floats:
    # Six digits, rounded, may add up to a little more than 1.
    return np.where((values >= 0) & (values <= 1.001), np.minimum(values, 1.0), np.nan)


def _matrix(values: Floats, images: int, classes: int) -> Floats | None:
    if not classes:
        return None
    matrix = _shares(values).reshape(images, classes)
    return None if bool(np.isnan(matrix).any()) else matrix
