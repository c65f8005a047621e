"""The images of a job: its classes, both channels, and warnings about them.

The channels hold every image that was copied and hasn't expired, also those of other datasets. The
split's manifest lists the images to train, to validate and to test on.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from documents import CodedWarning, ExactCopies, no_copies
from failure import JobError
from loading import channel, data_warnings, exact_copies, pixel_storage
from loading.channel import Channel, Skipped, count_reasons, is_visible
from reading.pixels import FULL_DEPTH

_MOST_PIXELS_IN_ONE = 8  # of the original, along a side; beyond this small marks may vanish
_COPY_MARK = b'"copy": "'  # only images that were taken in have a copy
_CHANNELS = ("train", "validation", "test")
_SHOWN = 3

Listed = Mapping[str, frozenset[str]]  # by channel, paths relative to it


@dataclass(frozen=True)
class ImageData:
    """The images to train and to validate on; `classes` in the order of the model's outputs.

    depth: how many bits are in use in files of 16.
    """

    classes: list[str]
    train: Channel
    validation: Channel
    exact_copies: ExactCopies = field(default_factory=no_copies)
    depth: int = FULL_DEPTH
    warnings: list[CodedWarning] = field(default_factory=list)

    @property
    def skipped(self) -> list[Skipped]:
        """All files that were left out."""
        return self.train.skipped + self.validation.skipped


def copies_in(manifest: Path) -> Iterator[tuple[str, str, str]]:
    """Yield channel, path and group ('' for none) of each copy in a manifest, a JSON object a line.

    A copy's key is datasets/<channel>/<path>. Raises JobError when the file can't be read.
    """
    try:
        with manifest.open("rb") as lines:
            for line in lines:
                if _COPY_MARK in line:
                    row = json.loads(line)
                    _, side, file = str(row["copy"]).split("/", 2)
                    if side not in _CHANNELS:
                        raise KeyError(side)
                    yield side, file, row.get("group") or ""
    except (OSError, ValueError, KeyError) as error:
        raise JobError(
            f"{manifest} can't be read as the manifest of a dataset: {error}."
        ) from error


def read_manifest(path: Path) -> Listed:
    """Return the files that a manifest lists; raises JobError when it can't be read."""
    listed: dict[str, set[str]] = {side: set() for side in _CHANNELS}
    for side, file, _ in copies_in(path):
        listed[side].add(file)
    return {side: frozenset(files) for side, files in listed.items()}


def training_files(train: Path, listed: Listed | None) -> list[channel.File]:
    """List the training images of the dataset, unread, each with the index of its class."""
    in_train = listed["train"] if listed else None
    return channel.find(train, sorted(_classes(train, "train", in_train)), in_train)


def load(
    train: Path,
    validation: Path,
    size: int,
    check: Callable[[], None],
    least_images: int = 0,
    listed: Listed | None = None,
) -> ImageData:
    """Decode both channels at `size` pixels; `check` is called between files and may raise.

    With `listed`, only the files that it names are read, and each of them has to be there.
    Raises JobError when a class has no training image, or fewer than `least_images` on both sides
    together, or there is no validation image.
    """
    in_train, in_validation = (listed["train"], listed["validation"]) if listed else (None, None)
    classes = sorted(_classes(train, "train", in_train))
    if len(classes) < 2:
        folders = f"only the folder {classes[0]!r}" if classes else "no folder"
        raise JobError(
            f"Training needs one folder for each of two or more classes; {train} holds {folders}."
        )
    strangers = sorted(_classes(validation, "validation", in_validation) - {*classes})
    if strangers:
        raise JobError(
            f"The validation channel has classes that the train channel lacks: "
            f"{', '.join(strangers)}. Both need the same folders."
        )
    learned = channel.find(train, classes, in_train)
    measured_on = channel.find(validation, classes, in_validation)
    allocate = pixel_storage.choose(len(learned) + len(measured_on), size)
    channels = {
        "train": channel.read("train", train, learned, size, allocate, check),
        "validation": channel.read("validation", validation, measured_on, size, allocate, check),
    }
    needed = (bits for channel in channels.values() for _, bits in channel.deep.values())
    depth = max(needed, default=FULL_DEPTH)
    for name, decoded in channels.items():
        channel.read_at(depth, decoded, name, size, check)
    dataset = _with_warnings(classes, channels, depth, least_images)
    _report_scale(dataset.train, size)
    measured = dataset.validation.count(classes)
    for name, count in dataset.train.count(classes).items():
        print(f"class {name}: {count} train, {measured[name]} validation images", flush=True)
    return dataset


def _classes(root: Path, name: str, listed: frozenset[str] | None) -> set[str]:
    if not root.is_dir():
        raise JobError(f"The {name} channel is missing: {root} is not a folder.")
    if listed is not None:
        _require(name, root, listed)
        return {file.partition("/")[0] for file in listed}
    return {path.name for path in root.iterdir() if path.is_dir() and is_visible(path)}


def _require(channel: str, root: Path, listed: frozenset[str]) -> None:
    """Raise JobError when a file that the manifest lists is not in the channel."""
    missing = sorted(file for file in listed if not (root / file).is_file())
    if missing:
        names = ", ".join(missing[:_SHOWN])
        raise JobError(
            f"{len(missing)} of {len(listed)} images that the manifest lists are not in the "
            f"{channel} channel ({names}{', ...' if len(missing) > _SHOWN else ''}). Drop "
            "raw/_READY: it copies them again and starts another job."
        )


def _with_warnings(
    classes: list[str], channels: dict[str, Channel], depth: int, least_images: int
) -> ImageData:
    """Refuse data that can't be trained or validated on, and warn of what weakens it."""
    train, validation = channels["train"], channels["validation"]
    for name, count in train.count(classes).items():
        if count == 0:
            raise JobError(
                f"The class {name!r} has no readable image in the train channel"
                f"{_reasons(train, 'train', name)}."
            )
    if not validation.files:
        raise JobError(
            "The validation channel has no readable image"
            f"{_reasons(validation, 'validation')}: there is nothing to measure on."
        )
    lost = data_warnings.losses_by_class(classes, train, validation)
    data_warnings.refuse_small_classes(lost, least_images)
    equal = exact_copies.find(train, validation)
    warnings = [
        *data_warnings.about_losses(lost, validation.count(classes)),
        *exact_copies.warnings(equal, len(validation.files)),
        *data_warnings.about_reading(channels, depth),
    ]
    return ImageData(classes, train, validation, equal, depth, warnings)


def _reasons(of: Channel, *parts: str) -> str:
    """Sum up why files were left out, as ' (3 x empty file, 1 x ...)'; '' without any."""
    folder = "/".join(parts) + "/"
    listed = count_reasons([file for file in of.skipped if file.file.startswith(folder)])
    return f" ({listed})" if listed else ""


def _report_scale(of: Channel, size: int) -> None:
    """Log what pictures of the most common size become, and warn of marks that may vanish."""
    ((width, height), count) = of.sizes.most_common(1)[0]
    others = f" ({count} of {len(of.files)}, the others are of other sizes)"
    print(
        f"pictures of {width} x {height}{others if count < len(of.files) else ''} become "
        f"{size} x {size}: one pixel covers {width / size:.1f} x {height / size:.1f} of them"
        f"{'' if width == height else '; the aspect ratio is not kept'}",
        flush=True,
    )
    coarse = {sides: n for sides, n in of.sizes.items() if max(sides) > _MOST_PIXELS_IN_ONE * size}
    if coarse:
        (sides, _) = max(coarse.items(), key=lambda item: item[1])
        mark = math.ceil(max(sides) / size)
        print(
            f"WARNING: in {sum(coarse.values())} of {len(of.files)} pictures one pixel covers "
            f"more than {_MOST_PIXELS_IN_ONE} in a row. A mark smaller than about {mark} pixels "
            "becomes less than one pixel: raise image-size, or crop to the part that matters.",
            flush=True,
        )
