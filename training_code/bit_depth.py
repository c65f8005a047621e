"""Pixels of more than 8 bits: how many of the bits are in use, and the 8 that are trained on.

A file of 16 bits a pixel rarely says that its camera had 12. The bits in use follow from the
largest value in all pictures of a drop: a range for each picture would hide that one is darker than
another.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

USUAL = (8, 10, 12, 14)  # bits of cameras; values that need more use all 16
FULL = 16
OWN = 0  # in place of a depth: the one that the picture itself needs

Values = npt.NDArray[np.integer[Any]]


def needed(largest: int, container: int = FULL) -> int:
    """Return the bits in use where the largest value is so large and the file could hold more."""
    return next((bits for bits in USUAL if largest < 2**bits and bits < container), container)


def common(depths: Iterable[int]) -> int:
    """Return the bits in use in all pictures of a drop; all 16 where none has more than 8."""
    return max(depths, default=FULL)


def scaled(values: Values, depth: int) -> npt.NDArray[np.uint8]:
    """Keep the upper 8 of `depth` bits; larger values become white."""
    return np.asarray(np.minimum(values >> (depth - 8), 255), np.uint8)
