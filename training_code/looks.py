"""What of a picture is compared with others: a thumbnail, its border and a perceptual hash."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from images import Pixels

_SIDE = 32  # everything is made from the picture at this size
_GREY = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
_FLAT = 1.0  # grey levels; contrast below it is noise, not a picture
_AT_ONCE = 1 << 25  # pixel values held as float32


@dataclass(frozen=True)
class Looks:
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


def of(pixels: "Pixels", rows: npt.NDArray[np.int64]) -> Looks:
    """Look at the given rows of uint8 (images, size, size, 3), which may lie on disk."""
    step = max(1, _AT_ONCE // pixels[0].size)
    small = np.concatenate(
        [shrink(pixels[rows[at : at + step]], _SIDE, _SIDE) for at in range(0, len(rows), step)]
    )
    grey = small @ _GREY
    return Looks(
        thumbnails=_bytes(_halved(small)),
        borders=_bytes(_ring(small)),
        bits=_difference_hash(grey),
        shapes=_shape(_halved(grey[..., None])),
    )


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


def _halved(small: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return shrink(small, _SIDE // 2, _SIDE // 2)


def _ring(small: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    inner = np.zeros((_SIDE, _SIDE), np.bool_)
    inner[1:-1, 1:-1] = True
    return np.asarray(small[:, ~inner])


def _difference_hash(grey: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Whether each of 16 x 17 areas is darker than the one to its right.

    https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html
    """
    areas = shrink(grey[..., None], 16, 17)[..., 0]
    return np.asarray(areas[:, :, :-1] < areas[:, :, 1:]).reshape(len(grey), -1)


def _shape(thumbnails: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Two of these multiplied give their correlation, or less where the contrast is low."""
    flat = thumbnails.reshape(len(thumbnails), -1)
    centred = flat - flat.mean(axis=1, keepdims=True)
    contrast = centred.std(axis=1, keepdims=True)
    return np.asarray(centred / (np.maximum(contrast, _FLAT) * np.sqrt(np.float32(flat.shape[1]))))


def _bytes(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    return np.rint(values).astype(np.uint8).reshape(len(values), -1)
