"""The images of a job: finds them in the channels, decodes each once, and says what is missing."""

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


@dataclass(frozen=True)
class Dataset:
    """What is trained and validated on; `classes` in the order of the model's outputs."""

    classes: list[str]
    train: Channel
    validation: Channel

    @property
    def skipped(self) -> list[Skipped]:
        """All files left out."""
        return self.train.skipped + self.validation.skipped


def load(train: Path, validation: Path, size: int, check: Callable[[], None]) -> Dataset:
    """Decode both channels at `size` pixels; `check` is called between files and may raise.

    Raises JobError when a class has nothing to learn from or there is nothing to measure on.
    """
    classes = sorted(folder.name for folder in _folders(train, "train"))
    if len(classes) < 2:
        found = f"only the folder {classes[0]!r}" if classes else "no folder"
        raise JobError(f"Training needs one folder for each of two or more classes; {train} holds "
                       f"{found}.")  # fmt: skip
    strangers = sorted({folder.name for folder in _folders(validation, "validation")} - {*classes})
    if strangers:
        raise JobError(
            f"The validation channel has classes that the train channel lacks: "
            f"{', '.join(strangers)}. Both need the same folders."
        )
    dataset = Dataset(
        classes,
        _read_channel("train", train, classes, size, check),
        _read_channel("validation", validation, classes, size, check),
    )
    _judge(dataset)
    measured = dataset.validation.count(classes)
    for name, count in dataset.train.count(classes).items():
        print(f"class {name}: {count} train, {measured[name]} validation images", flush=True)
    return dataset


def _visible(path: Path) -> bool:
    return not path.name.startswith(".") and path.name.lower() not in _SYSTEM_NAMES


def _folders(root: Path, channel: str) -> list[Path]:
    if not root.is_dir():
        raise JobError(f"The {channel} channel is missing: {root} is not a folder.")
    return [path for path in root.iterdir() if path.is_dir() and _visible(path)]


def _files(folder: Path) -> Iterator[Path]:
    """Walk a folder in a fixed order, following links, without hidden and system files."""
    for path in sorted(folder.iterdir()):
        if not _visible(path):
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def _read_channel(
    name: str, root: Path, classes: list[str], size: int, check: Callable[[], None]
) -> Channel:
    found = [(path, label) for label, class_ in enumerate(classes) if (root / class_).is_dir()
             for path in _files(root / class_)]  # fmt: skip
    _fits_in_memory(len(found), size)
    pixels = np.empty((len(found), size, size, 3), np.uint8)
    files: list[str] = []
    labels: list[int] = []
    skipped = [
        Skipped(f"{name}/{_printable(path, root)}", "not in the folder of a class")
        for path in sorted(root.iterdir())
        if path.is_file() and _visible(path)
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


def _judge(dataset: Dataset) -> None:
    """Refuse what cannot be trained or measured, and say which classes go unmeasured."""
    for name, count in dataset.train.count(dataset.classes).items():
        if count == 0:
            raise JobError(
                f"The class {name!r} has no readable image in the train channel"
                f"{_reasons(dataset.train, 'train', name)}."
            )
    if not dataset.validation.files:
        raise JobError(
            "The validation channel has no readable image"
            f"{_reasons(dataset.validation, 'validation')}: there is nothing to measure on."
        )
    unmeasured = [name for name, n in dataset.validation.count(dataset.classes).items() if n == 0]
    if unmeasured:
        print(
            "WARNING: no readable validation image of "
            f"{', '.join(unmeasured)}: the figures say nothing about it.",
            flush=True,
        )


def _reasons(channel: Channel, *parts: str) -> str:
    """Sum up why files were left out, as ' (3 x empty file, 1 x ...)'; '' when there were none."""
    folder = "/".join(parts) + "/"
    reasons = Counter(one.reason for one in channel.skipped if one.file.startswith(folder))
    listed = ", ".join(f"{count} x {reason}" for reason, count in reasons.most_common(3))
    return f" ({listed})" if listed else ""
