"""Bounds the memory of the pictures that are being decoded, by what their headers say."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from reading.formats import UnreadableImageError, jpeg_ratio

AT_ONCE = 1_000_000_000  # bytes of all pictures together
MOST = 1_500_000_000  # bytes of one; a picture that needs more than AT_ONCE is decoded alone
# Of a picture with more pixels a band is scaled at a time: its pixels are never all RGB at once.
GIANT = 64_000_000
_MOST_PIXELS = 300_000_000  # half as much again as the largest cameras have
_RGB = 3  # bytes a pixel
_DEEP = 2  # bytes a value of 16 bits; all of them are there twice while they are scaled
_COEFFICIENT = 2  # bytes; a progressive JPEG keeps one for each value of the whole picture
_FEW_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2}  # else 4, by Pillow's mode
_WEBP = 12  # bytes a pixel of the decoder's own pictures


class Budget:
    """A semaphore that counts bytes, first come, first served, so that no thread waits for ever."""

    def __init__(self, total: int) -> None:
        self._total = self._free = total
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()

    @contextmanager
    def taking(self, count: int) -> Iterator[None]:
        """Take that many bytes, or all if there are fewer; wait until they are free."""
        share, turn = min(count, self._total), object()
        with self._changed:
            self._queue.append(turn)
            self._changed.wait_for(lambda: self._queue[0] is turn and self._free >= share)
            self._queue.popleft()
            self._free -= share
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += share
                self._changed.notify_all()


def bytes_needed(image: Any, file_size: int, size: int, most: int) -> int:
    """Return the bytes needed at most to read an opened file at `size` pixels, by its header.

    Raises UnreadableImageError if they are more than `most`.
    """
    needed = 2 * file_size + _of_pixels(image, size)
    width, height = image.size
    if needed > most or width * height > _MOST_PIXELS:
        raise UnreadableImageError(
            f"more pixels than can be decoded ({width} x {height}: {needed / 1e9:.1f} GB)"
        )
    return needed


def _of_pixels(image: Any, size: int) -> int:
    width, height = image.size
    pixels = int(width * height)
    if image.format in ("JPEG", "MPO"):
        ratio = jpeg_ratio(min(width, height), size)
        is_progressive = "progressive" in image.info
        coefficients = _COEFFICIENT * len(image.getbands()) * pixels if is_progressive else 0
        return _RGB * pixels // ratio**2 + coefficients
    decoded = _FEW_BYTES.get(image.mode, 4)
    if is_deep(image):
        bands = len(image.getbands())
        return pixels * (2 * _DEEP * bands + bands + _RGB)
    if image.format == "WEBP":
        decoded += _WEBP
    # Pillow's, an array, and TensorFlow's copy of it; of a giant Pillow's alone.
    return pixels * decoded if is_giant(image) else pixels * (decoded + 2 * _RGB)


def is_giant(image: Any) -> bool:
    """Return whether a picture is scaled in bands."""
    return bool(image.size[0] * image.size[1] > GIANT)


def is_deep(image: Any) -> bool:
    """Return whether a file has more than 8 bits a value, which a PNG's mode may not show."""
    if image.format not in ("PNG", "TIFF"):
        return False
    arguments = image.tile[0].args if image.tile else ""
    raw_mode = arguments if isinstance(arguments, str) else arguments[0]
    return image.mode.startswith("I") or ";16" in raw_mode
