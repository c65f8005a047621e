"""Sets what was left out against the class that it was left out of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from posixpath import splitext

from common import keys
from split import kinds, wording
from split.advice import what_to_do
from split.cleaning import FOLDER, HIDDEN, IMAGE_EXTENSIONS, MARKER, class_of
from split.objects import Cleaned, DropWarning, LeftOut

CODE = "files-left-out"
# So large a share of a class is worth a warning.
NOTABLE = 0.2
# Nobody meant these to be pictures.
NO_NEWS = frozenset({MARKER, FOLDER, HIDDEN})


@dataclass(frozen=True)
class Loss:
    """What one class lost; `class_name` is None for what lies directly in `raw/`."""

    class_name: str | None
    images: int
    reasons: Mapping[str, int]

    @property
    def lost(self) -> int:
        """How many files were left out."""
        return sum(self.reasons.values())

    @property
    def notable(self) -> bool:
        """Whether it's worth a warning; an archive may hold a whole class."""
        share = self.lost / (self.lost + self.images)
        return share >= NOTABLE or kinds.ARCHIVE in self.reasons

    @property
    def remedy(self) -> str:
        """What to do about the most frequent reason."""
        return remedy(self.reasons)

    @property
    def left_out(self) -> str:
        """How many of how many files were left out, and why."""
        files = self.lost if self.class_name is None else self.lost + self.images
        only = len(self.reasons) == 1
        why = next(iter(self.reasons)) if only else wording.counted(self.reasons)
        return f"{self.lost:,} of {files:,} files left out: {why}"

    def __str__(self) -> str:
        place = f"Directly in {keys.RAW}" if self.class_name is None else f"'{self.class_name}'"
        return f"{place}: {self.left_out}"


def losses_of(cleaned: Cleaned) -> dict[str | None, Loss]:
    """Return what each class lost, the one that lost most first."""
    companions = _companions(cleaned)
    reasons: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    for item in cleaned.left_out:
        if item.reason not in NO_NEWS and _stem(item) not in companions:
            key = item.source.key
            name = class_of(key) if "/" in key.removeprefix(keys.RAW) else None
            reasons[name][item.reason] += 1
    sizes = cleaned.class_sizes()
    found = [
        Loss(name, len(cleaned.images) if name is None else sizes.get(name, 0), of_class)
        for name, of_class in reasons.items()
    ]
    return {loss.class_name: loss for loss in sorted(found, key=lambda loss: -loss.lost)}


def reasons_of(cleaned: Cleaned) -> dict[str, int]:
    """Count what was left out, the most frequent reason first; markers are no news."""
    counts = Counter(item.reason for item in cleaned.left_out)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {reason: count for reason, count in ordered if reason not in (MARKER, FOLDER)}


def remedy(reasons: Mapping[str, int]) -> str:
    """Return what to do about the most frequent reason that something can be done about."""
    most = (what_to_do(reason) for reason, _ in Counter(reasons).most_common())
    return next((advice for advice in most if advice), "")


def warnings_of_losses(cleaned: Cleaned) -> Iterator[DropWarning]:
    """Warn of each class that lost much: how many, why, and what to do."""
    notable = [loss for loss in losses_of(cleaned).values() if loss.notable]
    for loss in notable[: wording.EXAMPLES]:
        yield DropWarning(CODE, f"{loss}. {loss.remedy}".rstrip())
    more = len(notable) - wording.EXAMPLES
    if more > 0:
        yield DropWarning(
            CODE,
            f"{more:,} more folders lost a fifth of their files or more; the manifest says why.",
        )


def _companions(cleaned: Cleaned) -> set[str]:
    """Return the keys, without endings, of files beside a picture of the same name.

    A raw file, a live photo's film or a YOLO label beside its JPEG is no picture that was lost.
    """
    wanted = {_stem(item) for item in cleaned.left_out if item.reason in kinds.BY_NAME}
    if not wanted:
        return set()
    stems = (splitext(image.source.key)[0] for image in cleaned.images)
    return {stem for stem in stems if stem in wanted}


def _stem(item: LeftOut) -> str:
    if item.reason not in kinds.BY_NAME:
        return ""
    stem, _ = splitext(item.source.key)
    without, extension = splitext(stem)  # of 1.jpg.xml
    return without if extension.lower() in IMAGE_EXTENSIONS else stem
