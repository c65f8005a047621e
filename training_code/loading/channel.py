"""One channel of a job: finds its files, decodes each image once, reports those left out."""

import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from failure import JobError
from loading.pixel_storage import Allocate
from reading import images
from reading.files import Picture
from reading.formats import UnreadableImageError
from reading.pixels import OWN_DEPTH, Pixels, digest

_SYSTEM_NAMES = {"thumbs.db", "desktop.ini", "__macosx"}
_SECONDS_BETWEEN_REPORTS = 10.0
_DECODED_AHEAD = 64  # images that may wait for their turn
_DARK = 256 // 16  # all values are below it where less than a sixteenth of the range is used

File = tuple[Path, int]  # an image, and the index of its class


@dataclass(frozen=True)
class Skipped:
    """A file left out: `file` with its channel, such as train/oil/x.jpg."""

    file: str
    reason: str


class _Decoded(NamedTuple):
    """A picture, and what the thread that decoded it worked out from its pixels."""

    picture: Picture
    digest: int
    is_dark: bool


@dataclass(frozen=True)
class Channel:
    """The readable images of one channel, row i of everything being the same image.

    files: paths relative to the channel; labels: int32 (images,), index into the classes;
    pixels: uint8 (images, size, size, 3), in memory or mapped from a file. sizes: how many pictures
    have which width and height before they are scaled. digests: tell equal pixels, one per image.
    deep: files of 16 bits a value, and how many their values need, by row. differing: the kind of
    each file that the exported model reads otherwise. dark: rows that use less than a sixteenth of
    their range.
    """

    files: list[str]
    labels: npt.NDArray[np.int32]
    pixels: Pixels
    skipped: list[Skipped]
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    digests: npt.NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    deep: dict[int, tuple[Path, int]] = field(default_factory=dict)
    differing: dict[str, str] = field(default_factory=dict)
    dark: set[int] = field(default_factory=set)

    def count(self, classes: list[str]) -> dict[str, int]:
        """Return the number of images of each class."""
        counts = Counter(self.labels.tolist())
        return {name: counts[index] for index, name in enumerate(classes)}


def is_visible(path: Path) -> bool:
    """Return whether a person put the file there; hidden files and system files don't count."""
    return not path.name.startswith(".") and path.name.lower() not in _SYSTEM_NAMES


def _files(folder: Path) -> Iterator[Path]:
    """Walk a folder in a fixed order, following links, without hidden and system files."""
    for path in filter(is_visible, sorted(folder.iterdir())):
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def find(root: Path, classes: list[str], listed: Set[str] | None = None) -> list[File]:
    """List the files in the classes' folders, at any depth, in a fixed order.

    With `listed`, only those files, by their paths relative to `root`.
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
    files: list[File],
    size: int,
    allocate: Allocate,
    check: Callable[[], None],
) -> Channel:
    """Decode `files` under `root` at `size` pixels, in order; log the files left out.

    `check` is called between files and may raise.
    """
    pixels = allocate(len(files), size)
    names: list[str] = []
    labels: list[int] = []
    outside = [
        Skipped(f"{name}/{_printable(path, root)}", "not in the folder of a class")
        for path in sorted(root.iterdir())
        if path.is_file() and is_visible(path)
    ]
    digests = np.empty(len(files), np.uint64)
    channel = Channel(names, np.empty(0, np.int32), pixels, outside, digests=digests)
    decoded = _decode_all([path for path, _ in files], size, OWN_DEPTH, name, check)
    for (path, label), outcome in zip(files, decoded, strict=True):
        file = _printable(path, root)
        if isinstance(outcome, str):
            channel.skipped.append(Skipped(f"{name}/{file}", outcome))
            continue
        _place(channel, len(names), outcome, path)
        picture = outcome.picture
        if picture.differs:
            channel.differing[file] = picture.differs
        channel.sizes[picture.width, picture.height] += 1
        names.append(file)
        labels.append(label)
    _report(name, channel.skipped, len(names))
    return replace(
        channel,
        labels=np.array(labels, np.int32),
        pixels=pixels[: len(names)],
        digests=channel.digests[: len(names)],
    )


def read_at(depth: int, channel: Channel, name: str, size: int, check: Callable[[], None]) -> None:
    """Decode the files of 16 bits again that were read at another depth than `depth`."""
    again = {row: path for row, (path, needed) in channel.deep.items() if needed != depth}
    if not again:
        return
    decoded = _decode_all(list(again.values()), size, depth, name, check)
    for (row, path), outcome in zip(again.items(), decoded, strict=True):
        if isinstance(outcome, str):
            raise JobError(f"{path} could be read once but not again: {outcome}.")
        _place(channel, row, outcome, path)


def _place(channel: Channel, row: int, decoded: _Decoded, path: Path) -> None:
    channel.pixels[row] = decoded.picture.pixels
    channel.digests[row] = decoded.digest
    if decoded.picture.depth:
        channel.deep[row] = path, decoded.picture.depth
    if decoded.is_dark:
        channel.dark.add(row)


def count_reasons(skipped: list[Skipped]) -> str:
    """Sum up why files were left out, as '3 x empty file, 1 x ...', the most frequent first."""
    reasons = Counter(file.reason.split(" (")[0] for file in skipped)
    return ", ".join(f"{count} x {reason}" for reason, count in reasons.most_common())


def _report(name: str, skipped: list[Skipped], readable: int) -> None:
    for file in skipped:
        print(f"skipped {file.file}: {file.reason}", flush=True)
    if skipped:
        files = f"{len(skipped)} of {len(skipped) + readable} files of {name}"
        print(f"left out {files}: {count_reasons(skipped)}", flush=True)


def _decode_all(
    paths: list[Path], size: int, depth: int, name: str, check: Callable[[], None]
) -> Iterator[_Decoded | str]:
    """Yield, in order, each file's picture, or the reason why it has none."""

    def decode(path: Path) -> _Decoded | str:
        try:
            picture = images.read(path, size, depth)
        except UnreadableImageError as unreadable:
            return str(unreadable)
        is_dark = bool(picture.pixels.max() < _DARK)
        return _Decoded(picture, digest(picture.pixels), is_dark)

    start = reported = time.monotonic()
    # Decoders release the interpreter; two more threads than cores keep all cores busy.
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
    """Return a file's path so that it can be stored as UTF-8, even if its name isn't UTF-8."""
    return path.relative_to(root).as_posix().encode("utf-8", "backslashreplace").decode("utf-8")
