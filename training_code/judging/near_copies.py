"""Finds near copies of pictures by their looks: of each other, of two classes, of two sides."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reading.pixels import Pixels

_SIDE = 32  # everything is made from the picture at this size
_GREY = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
_FLAT = 1.0  # grey levels; contrast below it is noise, not a picture
_VALUES_AT_ONCE = 1 << 25  # pixel values held as float32
MOST_BITS = 20  # of 256 that may differ between near copies
_LEAST_CORRELATION = 0.9  # of their grey thumbnails
_ROWS_AT_ONCE = 512
_COMPARED_AT_ONCE = 2048  # with as many: 17 MB for each number of a pair
_REFERENCES_AT_ONCE = 2048  # training images; the other side of the matrix is all validation images
_RING = np.pad(np.zeros((_SIDE - 2, _SIDE - 2), np.bool_), 1, constant_values=True)
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Appearances:
    """Row i of everything is image i.

    thumbnails: uint8 (images, 768), 16 x 16 pixels in colour. borders: uint8 (images, 372), the
    outermost ring of 32 x 32 pixels in colour. bits: bool (images, 256), the difference hash.
    shapes: float32 (images, 256), the grey thumbnail without its brightness and contrast, of length
    1; shorter where there is hardly any contrast.
    """

    thumbnails: npt.NDArray[np.uint8]
    borders: npt.NDArray[np.uint8]
    bits: npt.NDArray[np.bool_]
    shapes: npt.NDArray[np.float32]

    def rows(self, chosen: slice | Rows) -> "Appearances":
        """Return those of the chosen images."""
        return Appearances(*(values[chosen] for values in vars(self).values()))


def appearances(pixels: Pixels, rows: npt.NDArray[np.int64]) -> Appearances:
    """Describe the given rows of uint8 (images, size, size, 3), which may be on disk."""
    step = max(1, _VALUES_AT_ONCE // pixels[0].size)
    small = np.concatenate(
        [shrink(pixels[rows[at : at + step]], _SIDE, _SIDE) for at in range(0, len(rows), step)]
    )
    grey = small @ _GREY
    return Appearances(
        thumbnails=_bytes(shrink(small, _SIDE // 2, _SIDE // 2)),
        borders=_bytes(small[:, _RING]),
        bits=_difference_hash(grey),
        shapes=_shape(shrink(grey[..., None], _SIDE // 2, _SIDE // 2)),
    )


def joined(*parts: Appearances) -> Appearances:
    """Return the images of all, one after the other."""
    values = zip(*(vars(part).values() for part in parts), strict=True)
    return Appearances(*map(np.concatenate, values))


def shrink(pixels: npt.NDArray[np.generic], rows: int, columns: int) -> npt.NDArray[np.float32]:
    """Average (images, height, width, channels) over areas: float32 (images, rows, columns, ...).

    An area need not begin or end between two pixels; more rows or columns than pixels are fine.
    """
    count, height, width, channels = pixels.shape
    flat = pixels.astype(np.float32).reshape(count, height, width * channels)
    lines = (_areas(height, rows) @ flat).reshape(count, rows, width, channels)
    return np.asarray(_areas(width, columns) @ lines, np.float32)


def _areas(pixels: int, parts: int) -> npt.NDArray[np.float32]:
    """Weights (parts, pixels): how much of each part every pixel covers."""
    edges = np.linspace(0, pixels, parts + 1)
    first, last = np.arange(pixels), np.arange(1, pixels + 1)
    covered = np.minimum(last, edges[1:, None]) - np.maximum(first, edges[:-1, None])
    weights = np.clip(covered, 0, None)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def _difference_hash(grey: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Return whether each of 16 x 17 areas is darker than the one to its right.

    https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html
    """
    areas = shrink(grey[..., None], 16, 17)[..., 0]
    return np.asarray(areas[:, :, :-1] < areas[:, :, 1:]).reshape(len(grey), -1)


def _shape(thumbnails: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return vectors whose products are correlations, or less where the contrast is low."""
    flat = thumbnails.reshape(len(thumbnails), -1)
    centred = flat - flat.mean(axis=1, keepdims=True)
    contrast = centred.std(axis=1, keepdims=True)
    return np.asarray(centred / (np.maximum(contrast, _FLAT) * np.sqrt(np.float32(flat.shape[1]))))


def _bytes(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    return np.rint(values).astype(np.uint8).reshape(len(values), -1)


def nearest(queries: npt.NDArray[np.uint8], references: npt.NDArray[np.uint8]) -> Rows:
    """Return for each query (queries, values) the row of the nearest reference, int64 (queries,).

    Euclidean distance; the first of equals.
    """
    query_values = _centred(queries)
    best = np.full(len(queries), np.inf, np.float32)
    nearest_rows = np.zeros(len(queries), np.int64)
    for start in range(0, len(references), _REFERENCES_AT_ONCE):
        block = _centred(references[start : start + _REFERENCES_AT_ONCE])
        # |q - r|^2 without |q|^2, which is the same for every reference
        distance = (block**2).sum(axis=1) - 2 * query_values @ block.T
        _keep_better(distance, start, best, nearest_rows)
    return nearest_rows


def between(validation: Appearances, train: Appearances) -> tuple[Rows, Rows]:
    """Return the row of each validation image's nearest copy in train, -1 without; and the bits.

    Near copies differ in at most 20 of 256 bits of the difference hash, and their thumbnails agree
    but for brightness and contrast. The hash alone takes any two smooth pictures for copies. Both
    results are int64 (validation images,); the bits are meaningless where there is no copy.
    """
    best = np.full(len(validation.bits), np.inf, np.float32)
    nearest_rows = np.full(len(validation.bits), -1, np.int64)
    for start in range(0, len(train.bits), _REFERENCES_AT_ONCE):
        block = train.rows(slice(start, start + _REFERENCES_AT_ONCE))
        _keep_better(unlikeness(validation, block), start, best, nearest_rows)
    return nearest_rows, np.rint(np.where(nearest_rows >= 0, best, 0)).astype(np.int64)


def unlikeness(images: Appearances, others: Appearances) -> npt.NDArray[np.float32]:
    """Return the bits that differ, of equals less where the thumbnails correlate more.

    float32 (images, others); infinite where two images aren't near copies.
    """
    different = (images.bits.shape[1] - _signs(images.bits) @ _signs(others.bits).T) / 2
    correlation = images.shapes @ others.shapes.T
    are_copies = (different <= MOST_BITS) & (correlation >= _LEAST_CORRELATION)
    return np.where(are_copies, different + (1 - correlation) / 4, np.float32(np.inf))


def _keep_better(
    scores: npt.NDArray[np.float32], start: int, best: npt.NDArray[np.float32], nearest_rows: Rows
) -> None:
    """Write lower scores into `best`, and their columns into `nearest_rows`."""
    column = scores.argmin(axis=1)
    score = np.take_along_axis(scores, column[:, None], axis=1)[:, 0]
    better = score < best
    best[better], nearest_rows[better] = score[better], start + column[better]


def _centred(values: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Smaller numbers, so that float32 loses less."""
    return values.astype(np.float32) - 128


def _signs(bits: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    return np.where(bits, np.float32(1), np.float32(-1))


def clusters(looks: Appearances, check: Callable[[], None] = lambda: None) -> Rows:
    """Number the clusters of near copies: int64 (images,), the lowest row of the image's cluster.

    A near copy of a near copy is in the same cluster. `check` is called at times and may raise.
    """
    cluster = np.arange(len(looks.bits))
    for start in range(0, len(cluster), _COMPARED_AT_ONCE):
        block = looks.rows(slice(start, start + _COMPARED_AT_ONCE))
        for other in range(0, start + 1, _COMPARED_AT_ONCE):
            check()
            others = looks.rows(slice(other, other + _COMPARED_AT_ONCE))
            rows, columns = np.nonzero(np.isfinite(unlikeness(block, others)))
            join(cluster, start + rows, other + columns)
    return cluster


def join(cluster: Rows, rows: Rows, others: Rows) -> None:
    """Join the clusters of each pair of rows, in place; each is numbered by its lowest row."""
    while True:
        first, second = cluster[rows], cluster[others]
        is_apart = first != second
        if not is_apart.any():
            return
        low, high = np.minimum(first, second)[is_apart], np.maximum(first, second)[is_apart]
        np.minimum.at(cluster, high, low)
        while not np.array_equal(lower := cluster[cluster], cluster):
            cluster[:] = lower


def across(looks: Appearances, marks: npt.NDArray[Any], most: int) -> tuple[Rows, Rows]:
    """Return each image's nearest near copy that has another mark, -1 without; and the bits.

    `marks` (images,) may be the classes or the sides. An image with more than `most` near copies
    shows what a fixed camera sees, not one part, and counts as without. Both results are int64
    (images,); the bits that differ, of 256, are meaningless where there is no copy.
    """
    nearest = np.full(len(marks), -1, np.int64)
    bits = np.zeros(len(marks), np.int64)
    for start in range(0, len(marks), _ROWS_AT_ONCE):
        block = slice(start, start + _ROWS_AT_ONCE)
        distance = unlikeness(looks.rows(block), looks)
        is_of_a_part = np.isfinite(distance).sum(axis=1) <= most + 1  # with itself
        distance[marks[block, None] == marks] = np.inf
        closest = distance.argmin(axis=1)
        least = np.take_along_axis(distance, closest[:, None], axis=1)[:, 0]
        is_copy = np.isfinite(least) & is_of_a_part
        nearest[block][is_copy] = closest[is_copy]
        bits[block][is_copy] = np.rint(least[is_copy])
    return nearest, bits


def linked(nearest: Rows) -> list[Rows]:
    """Return the rows that `nearest` links to each other, directly or through others.

    `nearest` is as `across` returns it.
    """
    group = np.arange(len(nearest))
    for row in np.flatnonzero(nearest >= 0):
        low, high = sorted((group[row], group[nearest[row]]))
        if low != high:
            group[group == high] = low
    rows = np.flatnonzero(np.bincount(group, minlength=len(group))[group] > 1)
    return [rows[group[rows] == number] for number in np.unique(group[rows])]
