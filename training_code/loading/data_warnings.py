"""Warns about the data before the first epoch: files left out, read differently, or dark."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from documents import CodedWarning, warnings_with
from failure import JobError
from loading.channel import Channel, Skipped, count_reasons
from reading.pixels import FULL_DEPTH

_NOTABLE = 0.2  # share of a class's files, as in the split
_SHOWN = 5
_EXAMPLES = 3


@dataclass(frozen=True)
class ClassLoss:
    """A class's readable images on both sides together, and its files that were left out."""

    name: str
    images: int
    skipped: list[Skipped]

    @property
    def share(self) -> float:
        """The share of the class's files that was left out."""
        return len(self.skipped) / max(self.images + len(self.skipped), 1)

    @property
    def left_out(self) -> str:
        """Sum up the files left out, as '3 of 10 files left out: 3 x empty file'."""
        files = self.images + len(self.skipped)
        return f"{len(self.skipped)} of {files} files left out: {count_reasons(self.skipped)}"


def losses_by_class(classes: list[str], train: Channel, validation: Channel) -> list[ClassLoss]:
    """Return each class's losses, the largest first."""
    skipped: defaultdict[str, list[Skipped]] = defaultdict(list)
    for file in [*train.skipped, *validation.skipped]:
        _, *folders = file.file.split("/")
        if len(folders) > 1:
            skipped[folders[0]].append(file)
    learned, measured = train.count(classes), validation.count(classes)
    losses = [ClassLoss(name, learned[name] + measured[name], skipped[name]) for name in classes]
    return sorted(losses, key=lambda loss: -len(loss.skipped))


def refuse_small_classes(losses: list[ClassLoss], least: int) -> None:
    """Raise JobError when a class has fewer than `least` readable images.

    The split applied the same minimum to files, before it was known which of them are pictures.
    """
    small = [loss for loss in losses if loss.images < least]
    if small:
        counts = [
            f"{loss.name!r} has {loss.images}" + (f" ({loss.left_out})" if loss.skipped else "")
            for loss in small[:_SHOWN]
        ]
        more = f" and {len(small) - _SHOWN} more" if len(small) > _SHOWN else ""
        raise JobError(
            f"Each class needs at least {least} images that can be read: {', '.join(counts)}{more}."
            " Upload these pictures again, complete and as JPEG or PNG, or lower "
            "MinimumImagesPerClass."
        )


def about_losses(losses: list[ClassLoss], measured: dict[str, int]) -> list[CodedWarning]:
    """Warn of classes that lost many files, and of those without a validation image."""
    notable = [loss for loss in losses if loss.share >= _NOTABLE]
    sentences = [
        f"{loss.name!r}: {loss.left_out}. Upload these pictures again, complete and as JPEG or "
        "PNG; skipped.json lists them."
        for loss in notable[:_SHOWN]
    ]
    if len(notable) > _SHOWN:
        more = len(notable) - _SHOWN
        sentences.append(f"{more} more classes lost a fifth of their files or more.")
    unmeasured = [name for name, count in measured.items() if count == 0]
    names = ", ".join(unmeasured[:_SHOWN]) + (", …" if len(unmeasured) > _SHOWN else "")
    nothing = (
        f"There is no readable validation image of {names}: the metrics say nothing about them."
    )
    left_out: list[CodedWarning] = [
        {"code": "files-left-out", "sentence": sentence} for sentence in sentences
    ]
    return left_out + warnings_with({"unmeasured": nothing if unmeasured else None})


def about_reading(channels: dict[str, Channel], depth: int) -> list[CodedWarning]:
    """Warn of files that the exported model reads differently, and of dark pictures.

    `channels` by name; `depth` is how many bits are in use in files of 16.
    """
    if any(channel.deep for channel in channels.values()) and depth != FULL_DEPTH:
        print(f"files of 16 bits: {depth} bits are in use, and become 8", flush=True)
    return warnings_with({"reading": _differing(channels), "dark": _dark(channels)})


def _differing(channels: dict[str, Channel]) -> str | None:
    """Warn of files that saved_model/ won't read as the training does."""
    kinds = {
        f"{name}/{file}": kind
        for name, channel in channels.items()
        for file, kind in channel.differing.items()
    }
    if not kinds:
        return None
    counts = Counter(kinds.values()).most_common()
    counted = ", ".join(f"{count} x {kind}" for kind, count in counts)
    return (
        f"saved_model will read {len(kinds)} of {_images(channels)} image files differently "
        f"from the training, or refuse them ({counted}): {_some(list(kinds))}. The training is not "
        "affected. Convert such files to PNG or JPEG before you send them to saved_model."
    )


def _dark(channels: dict[str, Channel]) -> str | None:
    """Warn of pictures that are nearly black."""
    files = [
        f"{name}/{channel.files[row]}"
        for name, channel in channels.items()
        for row in sorted(channel.dark)
    ]
    if not files:
        return None
    return (
        f"{len(files)} of {_images(channels)} pictures are nearly black: they use less than a "
        f"sixteenth of their range: {_some(files)}. If they look brighter elsewhere, save them "
        "with their full range."
    )


def _images(channels: dict[str, Channel]) -> int:
    return sum(len(channel.files) for channel in channels.values())


def _some(files: list[str]) -> str:
    more = len(files) - _EXAMPLES
    return ", ".join(files[:_EXAMPLES]) + (f" and {more} more" if more > 0 else "")
