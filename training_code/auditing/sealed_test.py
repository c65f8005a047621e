"""Measures the exported model on the sealed test set, once, after a complete training.

Nothing of the training is chosen by these images: no weight, epoch, temperature or threshold.
Pictures that were trained or validated on are left out and named, whatever file they came in.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

import numpy as np

from auditing.audit import macro_f1
from judging import clusters
from judging.calibration import Probabilities
from judging.folds import Rows
from loading import channel, dataset, pixel_storage
from loading.channel import Channel, Skipped, is_visible
from loading.dataset import ImageData
from reading.pixels import Pixels

NAME = "test"  # of the channel
_DIGITS = 16  # of a file's hash; of a million files two share them with 3 in 100 million


class LeftOutFile(TypedDict):
    """A file that wasn't used, with its channel, such as test/oil/x.jpg, and why."""

    file: str
    reason: str


class TrainedCopy(TypedDict):
    """A test image that is equal, pixel by pixel, to one that was trained or validated on."""

    file: str
    copy_of: str


class TestedImages(TypedDict):
    """What a sealed test set contains: a hash of all of it, and one of each file's bytes."""

    test_set: str
    contents: list[str]


class SealedFigures(TypedDict):
    """How good the model is on the test images; None without any, `recall` by class."""

    images: int
    accuracy: float | None
    macro_f1: float | None
    recall: dict[str, float]


class SealedTestDocument(TestedImages, SealedFigures):
    """test.json; `unknown_classes` counts the images of classes that the model doesn't know."""

    unreadable: list[LeftOutFile]
    copies: list[TrainedCopy]
    unknown_classes: dict[str, int]


@dataclass(frozen=True)
class SealedAnswers:
    """The images that were measured, row i of everything being the same, and the document.

    clusters: int64 (images,), alike for near copies and for images of one group. probabilities:
    float32 (images, classes).
    """

    channel: Channel
    clusters: Rows
    probabilities: Probabilities
    document: SealedTestDocument


def measure(
    root: Path,
    manifest: Path | None,
    data: ImageData,
    predict: Callable[[Pixels], Probabilities],
    check: Callable[[], None],
) -> SealedAnswers | None:
    """Return what the exported model answers to the images under `root`; None without any.

    With a manifest, only to those that it lists. `check` is called between files and may raise.
    Raises JobError when there is no room for the images.
    """
    listed = dataset.read_manifest(manifest)[NAME] if manifest else None
    folders = {path.name for path in root.iterdir() if path.is_dir() and is_visible(path)}
    strangers = sorted(folders - {*data.classes})
    known = channel.find(root, data.classes, listed)
    unknown = channel.find(root, strangers, listed)
    paths = [path for path, _ in [*known, *unknown]]
    missing = _missing(listed or frozenset(), root)
    if not (paths or missing):
        return None
    size = data.train.pixels.shape[1]
    read = channel.read(NAME, root, known, size, pixel_storage.choose(len(known), size), check)
    channel.read_at(data.depth, read, NAME, size, check)
    copies = _trained_copies(read, data)
    measured = _rows(read, [row for row in range(len(read.files)) if row not in copies])
    probabilities, numbers = np.empty((0, len(data.classes)), np.float32), np.empty(0, np.int64)
    if measured.files:
        groups = clusters.groups_of({NAME: measured.files}, manifest)
        numbers = clusters.find([measured], data.classes, groups, check).numbers
        probabilities = predict(measured.pixels)
    document: SealedTestDocument = {
        **_identity(paths, root),
        **_figures(measured, probabilities, data.classes),
        "unreadable": [
            LeftOutFile(file=item.file, reason=item.reason) for item in [*read.skipped, *missing]
        ],
        "copies": [
            TrainedCopy(file=f"{NAME}/{read.files[row]}", copy_of=name)
            for row, name in copies.items()
        ],
        "unknown_classes": dict(Counter(strangers[label] for _, label in unknown)),
    }
    return SealedAnswers(measured, numbers, probabilities, document)


def _missing(listed: Set[str], root: Path) -> list[Skipped]:
    """Name the listed images that aren't there; a complete training isn't lost over them."""
    names = sorted(name for name in listed if not (root / name).is_file())
    return [Skipped(f"{NAME}/{name}", "not in the channel") for name in names]


def _trained_copies(read: Channel, data: ImageData) -> dict[int, str]:
    """Return by row the training or validation image that is equal, pixel by pixel."""
    sides = (("validation", data.validation), ("train", data.train))
    names = {
        digest: f"{side}/{name}"
        for side, images in sides
        for digest, name in zip(images.digests.tolist(), images.files, strict=True)
    }
    return {
        row: names[digest] for row, digest in enumerate(read.digests.tolist()) if digest in names
    }


def _rows(read: Channel, rows: list[int]) -> Channel:
    """Return a channel of some of the images."""
    if len(rows) == len(read.files):
        return read
    return replace(
        read,
        files=[read.files[row] for row in rows],
        labels=read.labels[rows],
        pixels=read.pixels[rows],
        digests=read.digests[rows],
    )


def _identity(paths: list[Path], root: Path) -> TestedImages:
    """Identify the test set by all of its files: their bytes, and with them their classes."""
    contents, lines = set(), []
    for path in paths:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        contents.add(content[:_DIGITS])
        lines.append(f"{content} {path.relative_to(root).parts[0]}\n")
    joined = "".join(sorted(lines)).encode("utf-8", "surrogateescape")
    return {"test_set": hashlib.sha256(joined).hexdigest(), "contents": sorted(contents)}


def _figures(measured: Channel, probabilities: Probabilities, classes: list[str]) -> SealedFigures:
    if not measured.files:
        return {"images": 0, "accuracy": None, "macro_f1": None, "recall": {}}
    predicted = probabilities.argmax(axis=1)
    right = predicted == measured.labels
    return {
        "images": len(measured.files),
        "accuracy": float(right.mean()),
        "macro_f1": macro_f1(measured.labels, predicted),
        "recall": {
            name: float(right[measured.labels == label].mean())
            for label, name in enumerate(classes)
            if (measured.labels == label).any()
        },
    }
