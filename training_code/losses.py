"""Sets what cannot be read against the class it belongs to, and asks whether enough is left."""

from collections import defaultdict
from dataclasses import dataclass

from channel import Channel, Skipped, count_reasons
from failure import JobError

_NOTABLE = 0.2  # share of a class's files, as in the split
_SHOWN = 5


@dataclass(frozen=True)
class Loss:
    """How many images a class has on both sides together, and what of it was left out."""

    name: str
    images: int
    skipped: list[Skipped]

    @property
    def share(self) -> float:
        """The share of the class's files that was left out."""
        return len(self.skipped) / max(self.images + len(self.skipped), 1)

    @property
    def left_out(self) -> str:
        """How many of how many files were left out, and why."""
        files = self.images + len(self.skipped)
        return f"{len(self.skipped)} of {files} files left out: {count_reasons(self.skipped)}"


def of(classes: list[str], train: Channel, validation: Channel) -> list[Loss]:
    """Return what each class lost, the one that lost most first."""
    skipped: defaultdict[str, list[Skipped]] = defaultdict(list)
    for one in [*train.skipped, *validation.skipped]:
        _, *folders = one.file.split("/")
        if len(folders) > 1:
            skipped[folders[0]].append(one)
    learned, measured = train.count(classes), validation.count(classes)
    found = [Loss(name, learned[name] + measured[name], skipped[name]) for name in classes]
    return sorted(found, key=lambda loss: -len(loss.skipped))


def refuse_small_classes(losses: list[Loss], least: int) -> None:
    """Apply the minimum per class again, now that it is known which files are pictures.

    Raises JobError.
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
            " Drop these pictures again, whole and as JPEG or PNG, or lower MinimumImagesPerClass."
        )


def warnings(losses: list[Loss], measured: dict[str, int]) -> list[dict[str, str]]:
    """Warn of classes that lost much, and of those that nothing can be measured of."""
    notable = [loss for loss in losses if loss.share >= _NOTABLE]
    found = [
        {
            "code": "files-left-out",
            "sentence": f"{loss.name!r}: {loss.left_out}. Drop these pictures again, whole and as "
            "JPEG or PNG; skipped.json names them.",
        }
        for loss in notable[:_SHOWN]
    ]
    if len(notable) > _SHOWN:
        text = f"{len(notable) - _SHOWN} more classes lost a fifth of their files or more."
        found.append({"code": "files-left-out", "sentence": text})
    unmeasured = [name for name, count in measured.items() if count == 0]
    if unmeasured:
        names = ", ".join(unmeasured[:_SHOWN]) + (", …" if len(unmeasured) > _SHOWN else "")
        text = f"There is no readable validation image of {names}: the figures say nothing of it."
        found.append({"code": "unmeasured", "sentence": text})
    return found
