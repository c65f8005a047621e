"""Reads predictions.csv: the model's prediction for each validation image. Pure.

Columns: file, class, predicted, probability, and one `p:<class>` per class. Custom training code
may omit the last ones, or the probability: then there is less to show. out_of_sample.csv has the
same columns for every image of both sides, and the cluster that an image shares with its near
copies.
"""

from __future__ import annotations

import io
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.cells import MARK, unescape
from plot.errors import PredictionsError
from plot.inputs.spreadsheet import PREFIX, read_rows

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

PREDICTIONS = "predictions.csv"
CLUSTER = "cluster"
MAXIMUM_CLASSES = 1000


@dataclass(frozen=True)
class Predictions:
    """The predictions for n images; classes are positions in `classes`.

    Shapes: `truth`, `predicted`, `confidence` and `clusters` (n,), `probabilities` (n, classes);
    the last two may be None. The confidence is the probability of the predicted class, NaN where it
    is unknown. Images of one cluster are near copies of each other or belong to one group.
    """

    classes: tuple[str, ...]
    files: tuple[str, ...]
    truth: Integers
    predicted: Integers
    confidence: Floats
    probabilities: Floats | None = None
    clusters: Integers | None = None

    def __len__(self) -> int:
        return len(self.files)

    @property
    def right(self) -> Booleans:
        """Which images are classified correctly, shape (n,)."""
        same: Booleans = self.truth == self.predicted
        return same


def read_predictions(
    body: bytes, name: str = PREDICTIONS, *, clustered: bool = False
) -> Predictions:
    """Read the table `name` as the training code wrote it, or as it is in the run's folder.

    Raises:
        PredictionsError: a column is missing, a value is of the wrong kind, or there is no image.
    """
    rows = read_rows(io.BytesIO(body), name)
    if body.startswith(MARK):
        rows = ([unescape(cell) for cell in row] for row in rows)
    header = next(rows, [])
    for column in ("file", "class", "predicted", *([CLUSTER] if clustered else [])):
        if column not in header:
            raise PredictionsError(f"{name} has no column {column!r}")
    return _read(rows, header, name, header.index(CLUSTER) if clustered else None)


def _read(
    rows: Iterator[list[str]], header: Sequence[str], table: str, cluster: int | None
) -> Predictions:
    file, *labels = (header.index(name) for name in ("file", "class", "predicted"))
    probability = header.index("probability") if "probability" in header else None
    of_classes = {
        name.removeprefix(PREFIX): index
        for index, name in enumerate(header)
        if name.startswith(PREFIX)
    }
    files: list[str] = []
    # Arrays, since a million rows of Python's numbers would take gigabytes.
    truth, predicted, clusters = array("q"), array("q"), array("q")
    confidence, probabilities = array("d"), array("d")
    places = {name: place for place, name in enumerate(of_classes)}
    for number, row in enumerate(_of_width(rows, len(header), table), 2):
        files.append(row[file])
        for label, positions in zip(labels, (truth, predicted), strict=True):
            if of_classes and row[label] not in places:
                raise PredictionsError(f"{table} has no column for the class {row[label]!r}")
            positions.append(places.setdefault(row[label], len(places)))
        if len(places) > MAXIMUM_CLASSES:
            raise PredictionsError(f"{table} has more than {MAXIMUM_CLASSES} classes")
        try:
            confidence.append(np.nan if probability is None else float(row[probability]))
            probabilities.extend([float(row[index]) for index in of_classes.values()])
            clusters.append(0 if cluster is None else int(row[cluster]))
        except (ValueError, OverflowError) as error:
            raise PredictionsError(f"line {number} of {table}: {error}") from error
    if not files:
        raise PredictionsError(f"{table} names no image")
    classes = tuple(places) if of_classes else tuple(sorted(places))
    ranks = np.array([classes.index(name) for name in places], dtype=np.int64)
    return Predictions(
        classes=classes,
        files=tuple(files),
        truth=ranks[np.frombuffer(truth, dtype=np.int64)],
        predicted=ranks[np.frombuffer(predicted, dtype=np.int64)],
        confidence=_shares(np.frombuffer(confidence)),
        probabilities=_matrix(probabilities, len(files), len(of_classes)),
        clusters=np.frombuffer(clusters, dtype=np.int64) if cluster is not None else None,
    )


def _of_width(rows: Iterator[list[str]], columns: int, table: str) -> Iterator[list[str]]:
    for number, row in enumerate(rows, 2):
        if len(row) != columns:
            raise PredictionsError(f"line {number} of {table} has {len(row)} columns")
        yield row


def _shares(values: Floats) -> Floats:
    # Six digits, rounded, may add up to a little more than 1.
    return np.where((values >= 0) & (values <= 1.001), np.minimum(values, 1.0), np.nan)


def _matrix(values: array[float], images: int, classes: int) -> Floats | None:
    if not classes:
        return None
    matrix = _shares(np.frombuffer(values)).reshape(images, classes)
    return None if bool(np.isnan(matrix).any()) else matrix
