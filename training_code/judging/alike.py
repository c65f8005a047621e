"""Compares all images with each other: which are near copies, and which of two classes or sides."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from loading.copies import Appearances, Rows, unlikeness

_ROWS_AT_ONCE = 512
_COMPARED_AT_ONCE = 2048  # with as many: 17 MB for each number of a pair


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
