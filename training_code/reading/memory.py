"""The memory of images: room for the pixels that are kept, and a bound on those being decoded."""

import mmap
import os
import shutil
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from failure import JobError
from reading.formats import UnreadableImageError, jpeg_ratio
from reading.pixels import Pixels

Allocate = Callable[[int, int], Pixels]  # images, size -> uint8 (images, size, size, 3)

_SHARE_OF_MEMORY = 0.5  # the rest is for TensorFlow and its batches
_SHARE_OF_DISK = 0.9
# Of version 2 and of version 1: https://docs.kernel.org/admin-guide/cgroup-v2.html
_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)

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


def choose(images: int, size: int) -> Allocate:
    """Choose where to keep that many images of size x size pixels, and log it.

    Raises JobError when they fit neither in memory nor on the disk of the temporary folder.
    """
    needed = images * size * size * 3
    memory, folder = _memory(), Path(tempfile.gettempdir())
    if needed <= _SHARE_OF_MEMORY * memory:
        print(f"keeping {needed / 1e6:.0f} MB of pixels in memory", flush=True)
        return in_memory
    free = shutil.disk_usage(folder).free
    if needed <= _SHARE_OF_DISK * free:
        print(
            f"keeping {needed / 1e9:.1f} GB of pixels in a file in {folder}: they do not fit in "
            f"half of the machine's {memory / 1e9:.1f} GB of memory",
            flush=True,
        )
        return in_a_file
    raise JobError(
        f"{images} images of {size} x {size} pixels need {needed / 1e9:.1f} GB, which fit neither "
        f"in half of the machine's {memory / 1e9:.1f} GB of memory nor on the disk of {folder} "
        f"with {free / 1e9:.1f} GB free: lower image-size, choose a larger instance type or give "
        "it a larger volume."
    )


def _memory() -> int:
    """Return the bytes that this process may use: the machine's, or fewer in a container."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in _CGROUP_LIMITS:
        try:
            limits.append(int(path.read_text("ascii")))
        except (OSError, ValueError):  # not this version, or "max": no limit
            continue
    return min(limits)


def in_memory(images: int, size: int) -> Pixels:
    """Allocate in memory."""
    return _array(mmap.mmap(-1, max(1, images * size * size * 3)), images, size)


def in_a_file(images: int, size: int) -> Pixels:
    """Allocate in a file without a name, so that nothing is left of it however a job ends.

    All of it is reserved at once: a mapped file that finds the disk full ends the process.
    """
    length = max(1, images * size * size * 3)
    with tempfile.TemporaryFile() as file:
        try:
            os.posix_fallocate(file.fileno(), 0, length)
        except AttributeError:  # not on macOS
            file.truncate(length)
        return _array(mmap.mmap(file.fileno(), length), images, size)


def _array(memory: mmap.mmap, images: int, size: int) -> Pixels:
    """View a mapping, which begins at a page and so can be shared with TensorFlow, as images."""
    flat = np.frombuffer(memory, np.uint8, count=images * size * size * 3)
    return flat.reshape(images, size, size, 3)


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


def bytes_needed(image: Any, file_size: int, size: int) -> int:
    """Return the bytes needed at most to read an opened file at `size` pixels, by its header.

    Raises UnreadableImageError if they are too many.
    """
    needed = 2 * file_size + _of_pixels(image, size)
    width, height = image.size
    if needed > MOST or width * height > _MOST_PIXELS:
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
