"""Scales a picture to a square and puts it upright, in numpy alone.

The sums are those of `tf.image.resize`: by area where there are enough pixels, and antialiased
bilinear where there are too few. A mean by area differs from TensorFlow's by at most 1, and seldom,
where it lies between two.
"""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from reading.pixels import Pixels

_Floats = npt.NDArray[np.float32]

_FEW = 3  # times the size: so few rows are summed all at once, though most weigh nothing

# Axes that EXIF's orientations 1 to 4 reverse; 5 to 8 do so after exchanging rows and columns.
REVERSED: tuple[tuple[int, ...], ...] = ((), (1,), (0, 1), (0,))


def upright_square(pixels: Pixels, size: int, orientation: int) -> Pixels:
    """Scale uint8 (height, width, 3) to (size, size, 3), and put it upright."""
    height, width, _ = pixels.shape
    if min(height, width) >= size:
        resized = summed_columns(_summed(pixels, size), size)
        resized *= np.float32(1 / (height / size * (width / size)))
    else:
        resized = _transposed(_interpolated(_transposed(_interpolated(pixels, size)), size))
    # Means and interpolations of bytes round to bytes.
    return upright(np.rint(resized).astype(np.uint8), orientation)


def summed_columns(values: npt.NDArray[Any], size: int) -> _Floats:
    """Sum (rows, columns, 3) over the columns that become one of `size`."""
    return _transposed(_summed(_transposed(values), size))


def _summed(values: npt.NDArray[Any], size: int) -> _Floats:
    """Sum (rows, columns, 3) over the rows that become one of `size`.

    A row that lies in two of them counts for each by its share.
    """
    count = len(values)
    edges = np.arange(size + 1) * (count / size)
    if count <= _FEW * size:
        rows = np.arange(count)
        shares = np.minimum(rows + 1, edges[1:, None]) - np.maximum(rows, edges[:-1, None])
        weights = np.maximum(shares, 0).astype(np.float32)
        flat = weights @ values.reshape(count, -1).astype(np.float32)
        return np.asarray(flat.reshape(size, *values.shape[1:]))
    sums = np.empty((size, *values.shape[1:]), np.float32)
    for row, (upper, lower) in enumerate(pairwise(edges)):
        first, end = int(upper), min(int(np.ceil(lower)), count)
        inside = np.arange(first, end)
        weights = np.minimum(inside + 1, lower) - np.maximum(inside, upper)
        part = values[first:end].reshape(end - first, -1).astype(np.float32)
        sums[row] = (weights.astype(np.float32) @ part).reshape(values.shape[1:])
    return sums


def _interpolated(values: npt.NDArray[Any], size: int) -> _Floats:
    """Scale (rows, columns, 3) to `size` rows.

    A row counts by a triangle that reaches to the next row of the coarser of the two. Means often
    lie between two numbers, so each step is rounded to 32 bits as TensorFlow does it, in its order.
    """
    count, one = len(values), np.float32(1)
    scale = one / (np.float32(size) / np.float32(count))
    centres = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * scale
    distances = np.arange(count, dtype=np.float32) + np.float32(0.5) - centres[:, None]
    weights = np.maximum(0, one - np.abs(distances * (one / max(scale, one))))
    weights *= one / np.add.accumulate(weights, axis=1)[:, -1:]
    flat = values.reshape(count, -1).astype(np.float32)
    rows, first = np.arange(size), (weights > 0).argmax(axis=1)
    sums = np.zeros((size, flat.shape[1]), np.float32)
    for number in range(int((weights > 0).sum(axis=1).max())):
        row = first + number
        inside = np.minimum(row, count - 1)
        share = np.where(row < count, weights[rows, inside], np.float32(0))
        sums += share[:, None] * flat[inside]
    return sums.reshape(size, *values.shape[1:])


def _transposed(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return values.transpose(1, 0, 2)


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Turn and mirror (height, width, 3) as EXIF's orientation 1 to 8 says."""
    way = orientation - 1
    turned = pixels if way < 4 else _transposed(pixels)
    return np.ascontiguousarray(np.flip(turned, REVERSED[way % 4]))
