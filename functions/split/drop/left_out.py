"""Counts the objects that were left out, by reason and by class. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from posixpath import splitext

from common import keys
from common.documents import DropWarning
from common.wording import EXAMPLES, count, most_frequent
from split.drop.cleaning import class_of
from split.drop.file_kinds import IMAGE_EXTENSIONS, REASONS_BY_NAME
from split.drop.reasons import ADVICE, ARCHIVE, EXPECTED, FOLDER, MARKER
from split.images import CleanedDrop, LeftOut

FILES_LEFT_OUT = "files-left-out"
# So large a share of a class is worth a warning.
NOTABLE_SHARE = 0.2


@dataclass(frozen=True)
class LeftOutOfClass:
    """The files left out of one class; `class_name` is None for files directly in `raw/`."""

    class_name: str | None
    images: int
    reasons: Mapping[str, int]

    @property
    def count(self) -> int:
        """How many files were left out."""
        return sum(self.reasons.values())

    @property
    def is_notable(self) -> bool:
        """Whether to warn: a large share is missing, or an archive, which may be a whole class."""
        share = self.count / (self.count + self.images)
        return share >= NOTABLE_SHARE or ARCHIVE in self.reasons

    @property
    def remedy(self) -> str:
        """The advice for the most frequent reason that has one."""
        by_count = (ADVICE.get(reason) for reason, _ in Counter(self.reasons).most_common())
        return next((advice for advice in by_count if advice), "")

    @property
    def summary(self) -> str:
        """How many of how many files were left out, and why."""
        files = self.count if self.class_name is None else self.count + self.images
        only = len(self.reasons) == 1
        why = next(iter(self.reasons)) if only else most_frequent(self.reasons)
        return f"{self.count:,} of {files:,} files left out: {why}"

    def __str__(self) -> str:
        place = f"Directly in {keys.RAW}" if self.class_name is None else f"'{self.class_name}'"
        return f"{place}: {self.summary}"


def left_out_by_class(cleaned: CleanedDrop) -> dict[str | None, LeftOutOfClass]:
    """Return the files left out of each class, the class that misses most first."""
    stems = _stems_of_images(cleaned)
    reasons: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    for item in cleaned.left_out:
        if item.reason not in EXPECTED and _stem(item) not in stems:
            key = item.source.key
            name = class_of(key) if "/" in key.removeprefix(keys.RAW) else None
            reasons[name][item.reason] += 1
    sizes = cleaned.class_sizes()
    of_classes = [
        LeftOutOfClass(name, len(cleaned.images) if name is None else sizes.get(name, 0), of_class)
        for name, of_class in reasons.items()
    ]
    of_classes.sort(key=lambda of_class: -of_class.count)
    return {of_class.class_name: of_class for of_class in of_classes}


def left_out_by_reason(cleaned: CleanedDrop) -> dict[str, int]:
    """Count the objects left out, the most frequent reason first, without markers."""
    counts = Counter(item.reason for item in cleaned.left_out)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {reason: count for reason, count in ordered if reason not in (MARKER, FOLDER)}


def warnings_of_left_out(cleaned: CleanedDrop) -> Iterator[DropWarning]:
    """Warn of each class that misses many files: how many, why, and what to do."""
    notable = [of_class for of_class in left_out_by_class(cleaned).values() if of_class.is_notable]
    for of_class in notable[:EXAMPLES]:
        yield DropWarning(code=FILES_LEFT_OUT, sentence=f"{of_class}. {of_class.remedy}".rstrip())
    more = len(notable) - EXAMPLES
    if more > 0:
        yield DropWarning(
            code=FILES_LEFT_OUT,
            sentence=f"{count(more, 'more folder')} with a fifth or more of the files left out; "
            "the manifest has the reasons.",
        )


def _stems_of_images(cleaned: CleanedDrop) -> set[str]:
    """Return the keys, without extension, of images that have files of the same name beside them.

    A raw file, a live photo's video or a YOLO label beside its JPEG isn't a lost image.
    """
    wanted = {_stem(item) for item in cleaned.left_out if item.reason in REASONS_BY_NAME}
    if not wanted:
        return set()
    stems = (splitext(image.source.key)[0] for image in cleaned.images)
    return {stem for stem in stems if stem in wanted}


def _stem(item: LeftOut) -> str:
    if item.reason not in REASONS_BY_NAME:
        return ""
    stem, _ = splitext(item.source.key)
    without, extension = splitext(stem)  # of 1.jpg.xml
    return without if extension.lower() in IMAGE_EXTENSIONS else stem
