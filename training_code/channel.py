"""One channel of a job: finds its files, decodes each image once, and names what is left out."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

import images
from failure import JobError

_SYSTEM_NAMES = {"thumbs.db", "desktop.ini", "__macosx"}
_SECONDS_BETWEEN_REPORTS = 10.0
_SHARE_OF_MEMORY = 0.6  # the rest is for TensorFlow and its batches


@dataclass(frozen=True)
class Skipped:
    """A file left out: `file` with its channel, such as train/oil/x.jpg."""

    file: str
    reason: str


@dataclass(frozen=True)
class Channel:
    """The readable images of one channel, row i of everything being the same image.

    files: paths relative to the channel; labels: int32 (images,), index into the classes;
    pixels: uint8 (images, size, size, 3).
    """

    files: list[str]
    labels: npt.NDArray[np.int32]
    pixels: images.Pixels
    skipped: list[Skipped]

    def count(self, classes: list[str]) -> dict[str, int]:
        """Return the number of images of each class."""
        counts = Counter(self.labels.tolist())
        return {name: counts[index] for index, name in enumerate(classes)}


def is_visible(path: Path) -> bool:
    """Tell what a person put there from hidden and system files."""
    return not path.name.startswith(".") and path.name.lower() not in _SYSTEM_NAMES


def _files(folder: Path) -> Iterator[Path]:
    """Walk a folder in a fixed order, following links, without hidden and system files."""
    for path in sorted(folder.iterdir()):
        if not is_visible(path):
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def read(
    name: str, root: Path, classes: list[str], size: int, check: Callable[[], None]
) -> Channel:
    """Decode all images of the classes under `root` at `size` pixels, in a fixed order.

    `check` is called between files and may raise. Raises JobError when memory will not do.
    """
    found = [
        (path, label)
        for label, class_name in enumerate(classes)
        if (root / class_name).is_dir()
        for path in _files(root / class_name)
    ]
    _fits_in_memory(len(found), size)
    pixels = np.empty((len(found), size, size, 3), np.uint8)
    files: list[str] = []
    labels: list[int] = []
    skipped = [
        Skipped(f"{name}/{_printable(path, root)}", "not in the folder of a class")
        for path in sorted(root.iterdir())
        if path.is_file() and is_visible(path)
    ]
    decoded = _decode_all([path for path, _ in found], size, name, check)
    for (path, label), outcome in zip(found, decoded, strict=True):
        file = _printable(path, root)
        if isinstance(outcome, str):
            skipped.append(Skipped(f"{name}/{file}", outcome))
            continue
        pixels[len(files)] = outcome
        files.append(file)
        labels.append(label)
    for one in skipped:
        print(f"skipped {one.file}: {one.reason}", flush=True)
    return Channel(files, np.array(labels, np.int32), pixels[: len(files)], skipped)


def _decode_all(
    paths: list[Path], size: int, name: str, check: Callable[[], None]
) -> Iterable[images.Pixels | str]:
    """Yield, in order, the pixels of each file or the reason why there are none."""

    def decode(path: Path) -> images.Pixels | str:
        try:
            return images.read(path, size)
        except images.UnreadableImageError as unreadable:
            return str(unreadable)

    start = reported = time.monotonic()
    threads = ThreadPoolExecutor(os.cpu_count())  # decoders let other threads run
    try:
        for number, outcome in enumerate(threads.map(decode, paths), start=1):
            check()
            if time.monotonic() - reported > _SECONDS_BETWEEN_REPORTS:
                reported = time.monotonic()
                print(f"reading {name}: {number} of {len(paths)} files", flush=True)
            yield outcome
    finally:
        threads.shutdown(cancel_futures=True)
    seconds = time.monotonic() - start
    print(f"read {name}: {len(paths)} files in {seconds:.1f} s", flush=True)


def _printable(path: Path, root: Path) -> str:
    """Name a file so that it can be logged and stored as UTF-8, even if its name cannot."""
    return path.relative_to(root).as_posix().encode("utf-8", "backslashreplace").decode("utf-8")


def _fits_in_memory(count: int, size: int) -> None:
    needed = count * size * size * 3
    available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > _SHARE_OF_MEMORY * available:
        raise JobError(
            f"{count} images of {size} x {size} pixels need {needed / 1e9:.1f} GB of the machine's "
            f"{available / 1e9:.1f} GB: lower image-size or choose a larger instance type."
        )
