"""Finds, for each validation image, the training image that looks most like it."""

import numpy as np
import numpy.typing as npt

from looks import Looks

MOST_BITS = 20  # of 256 that may differ between near copies
_LEAST_CORRELATION = 0.9  # of their grey thumbnails
_AT_ONCE = 2048  # training images; the other side of the matrix is all validation images

Rows = npt.NDArray[np.int64]


def nearest(queries: npt.NDArray[np.uint8], references: npt.NDArray[np.uint8]) -> Rows:
    """Return for each query (queries, values) the row of the nearest reference, int64 (queries,).

    Euclidean distance; the first of equals.
    """
    asked = _centred(queries)
    best, found = np.full(len(queries), np.inf, np.float32), np.zeros(len(queries), np.int64)
    for start in range(0, len(references), _AT_ONCE):
        block = _centred(references[start : start + _AT_ONCE])
        # |q - r|^2 without |q|^2, which is the same for every reference
        distance = (block**2).sum(axis=1) - 2 * asked @ block.T
        _keep_better(distance, start, best, found)
    return found


def near_copies(validation: Looks, train: Looks) -> tuple[Rows, Rows]:
    """Return the row of each validation image's nearest copy in train, -1 without; and the bits.

    Near copies differ in at most 20 of 256 bits of the difference hash, and their thumbnails agree
    but for brightness and contrast. The hash alone takes any two smooth pictures for copies. Both
    results are int64 (validation images,); the bits are meaningless where there is no copy.
    """
    asked = _signs(validation.bits)
    best = np.full(len(asked), np.inf, np.float32)
    found = np.full(len(asked), -1, np.int64)
    for start in range(0, len(train.bits), _AT_ONCE):
        block = slice(start, start + _AT_ONCE)
        different = (asked.shape[1] - asked @ _signs(train.bits[block]).T) / 2
        correlation = validation.shapes @ train.shapes[block].T
        copies = (different <= MOST_BITS) & (correlation >= _LEAST_CORRELATION)
        # fewest bits first; of equals the higher correlation
        rank = np.where(copies, different + (1 - correlation) / 4, np.inf)
        _keep_better(rank.astype(np.float32), start, best, found)
    return found, np.rint(np.where(found >= 0, best, 0)).astype(np.int64)


def _keep_better(
    scores: npt.NDArray[np.float32], start: int, best: npt.NDArray[np.float32], found: Rows
) -> None:
    """Take over, into `best` and `found`, the columns with lower scores than those so far."""
    column = scores.argmin(axis=1)
    score = np.take_along_axis(scores, column[:, None], axis=1)[:, 0]
    better = score < best
    best[better], found[better] = score[better], start + column[better]


def _centred(values: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Smaller numbers, so that float32 loses less."""
    return values.astype(np.float32) - 128


def _signs(bits: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    return np.where(bits, np.float32(1), np.float32(-1))
