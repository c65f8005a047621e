"""Room for the pixels of all images: in memory, or in a file where that is too small."""

import mmap
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from failure import JobError
from reading.pixels import Pixels

Allocate = Callable[[int, int], Pixels]  # images, size -> uint8 (images, size, size, 3)

_SHARE_OF_MEMORY = 0.5  # the rest is for TensorFlow and its batches
_SHARE_OF_DISK = 0.9
# Of version 2 and of version 1: https://docs.kernel.org/admin-guide/cgroup-v2.html
_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


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
