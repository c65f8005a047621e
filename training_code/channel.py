"""One channel of a job: finds its files, decodes each image once, and names what is left out."""

import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

import duplicates
import images
from duplicates import Digests
from images import Picture
from storage import Allocate

_SYSTEM_NAMES = {"thumbs.db", "desktop.ini", "__macosx"}
_SECONDS_BETWEEN_REPORTS = 10.0
_DECODED_AHEAD = 64  # images that may wait for their turn

File = tuple[Path, int]  # of an image, and its class's place among the classes


@dataclass(frozen=True)
class Skipped:
    """A file left out: `file` with its channel, such as train/oil/x.jpg."""

    file: str
    reason: str


@dataclass(frozen=True)
class Channel:
    """The readable images of one channel, row i of everything being the same image.

    files: paths relative to the channel; labels: int32 (images,), index into the classes;
    pixels: uint8 (images, size, size, 3), in memory or mapped from a file. sizes: how many pictures
    have which width and height before they are scaled. digests: tell equal pixels, one per image.
    """

    files: list[str]
    labels: npt.NDArray[np.int32]
    pixels: images.Pixels
    skipped: list[Skipped]
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    digests: Digests = field(default_factory=lambda: np.empty(0, np.uint64))

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


def find(root: Path, classes: list[str], listed: Set[str] | None = None) -> list[File]:
    """List the files in the folders of the classes, however deep, in a fixed order.

    Of several datasets in one channel, only the files in `listed`, relative to `root`.
    """
    return [
        (path, label)
        for label, class_name in enumerate(classes)
        if (root / class_name).is_dir()
        for path in _files(root / class_name)
        if listed is None or path.relative_to(root).as_posix() in listed
    ]


def read(
    name: str,
    root: Path,
    found: list[File],
    size: int,
    allocate: Allocate,
    check: Callable[[], None],
) -> Channel:
    """Decode the files found under `root` at `size` pixels, in their order; log what is left out.

    `check` is called between files and may raise.
    """
    pixels = allocate(len(found), size)
    files: list[str] = []
    labels: list[int] = []
    digests: list[int] = []
    sizes: Counter[tuple[int, int]] = Counter()
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
        pixels[len(files)] = outcome.pixels
        sizes[outcome.width, outcome.height] += 1
        files.append(file)
        labels.append(label)
        digests.append(duplicates.digest(outcome.pixels))
    _report(name, skipped, len(files))
    return Channel(
        files,
        np.array(labels, np.int32),
        pixels[: len(files)],
        skipped,
        sizes,
        np.array(digests, np.uint64),
    )


def count_reasons(skipped: list[Skipped]) -> str:
    """Sum up why files were left out, as '3 x empty file, 1 x ...', the most frequent first."""
    reasons = Counter(one.reason.split(" (")[0] for one in skipped)
    return ", ".join(f"{count} x {reason}" for reason, count in reasons.most_common())


def _report(name: str, skipped: list[Skipped], readable: int) -> None:
    for one in skipped:
        print(f"skipped {one.file}: {one.reason}", flush=True)
    if skipped:
        files = f"{len(skipped)} of {len(skipped) + readable} files of {name}"
        print(f"left out {files}: {count_reasons(skipped)}", flush=True)


def _decode_all(
    paths: list[Path], size: int, name: str, check: Callable[[], None]
) -> Iterator[Picture | str]:
    """Yield, in order, the picture in each file or the reason why there is none."""

    def decode(path: Path) -> Picture | str:
        try:
            return images.read(path, size)
        except images.UnreadableImageError as unreadable:
            return str(unreadable)

    start = reported = time.monotonic()
    # Decoders let other threads run; those that are handing over leave their core to one more.
    threads = ThreadPoolExecutor((os.cpu_count() or 1) + 2)
    remaining = iter(paths)
    waiting = deque(threads.submit(decode, path) for path in islice(remaining, _DECODED_AHEAD))
    try:
        for number in range(1, len(paths) + 1):
            check()
            if time.monotonic() - reported > _SECONDS_BETWEEN_REPORTS:
                reported = time.monotonic()
                print(f"reading {name}: {number} of {len(paths)} files", flush=True)
            outcome = waiting.popleft().result()
            waiting.extend(threads.submit(decode, path) for path in islice(remaining, 1))
            yield outcome
    finally:
        threads.shutdown(cancel_futures=True)
    seconds = time.monotonic() - start
    print(f"read {name}: {len(paths)} files in {seconds:.1f} s", flush=True)


def _printable(path: Path, root: Path) -> str:
    """Name a file so that it can be logged and stored as UTF-8, even if its name cannot."""
    return path.relative_to(root).as_posix().encode("utf-8", "backslashreplace").decode("utf-8")
