"""Which images are trained on and which are measured on, the same for every contestant."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sklearn.model_selection import train_test_split

from local_cloud.run.images import IMAGE_EXTENSIONS, read_image_folder

SHARE = 0.2  # of each class is measured on
AT_RANDOM, BY_NAME = "random", "by-name"
KINDS = (AT_RANDOM, BY_NAME)
_FEWEST = 2  # images of a class: one on each side


@dataclass(frozen=True)
class Split:
    """The two sides of a folder of classes; paths are relative to it and begin with the class."""

    root: Path
    train: Sequence[str]
    validation: Sequence[str]

    def fingerprint(self) -> str:
        """Tell this split from any other by names, sizes and sides."""
        return fingerprint(
            (f"{side}/{name}", self.root / name)
            for side, names in self._sides().items()
            for name in names
        )

    def link(self, folder: Path) -> None:
        """Fill `folder`/train and `folder`/validation with links to the images, and no others."""
        shutil.rmtree(folder, ignore_errors=True)
        for side, names in self._sides().items():
            for name in names:
                link = folder / side / name
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to((self.root / name).resolve())

    def _sides(self) -> Mapping[str, Sequence[str]]:
        return {"train": self.train, "validation": self.validation}


def fingerprint(files: Iterable[tuple[str, Path]]) -> str:
    """Tell files, each with a name, from any others by names and sizes."""
    listed = sorted(f"{name}\0{path.stat().st_size}\n" for name, path in files)
    return hashlib.sha256("".join(listed).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def split(root: Path, kind: str, seed: int, limit: int | None = None) -> Split:
    """Split a folder of classes; with `limit`, only so many images of each class.

    By file name, the last fifth of each class is measured on, whatever the seed: neighbours in
    time, which often show the same part, then lie on one side. Raises ImagesError when the folder
    cannot be trained on.
    """
    train, validation = [], []
    for names in list_images(root, limit).values():
        count = min(max(round(len(names) * SHARE), 1), len(names) - 1)
        if kind == BY_NAME:
            kept, measured = names[:-count], names[-count:]
        else:
            kept, measured = train_test_split(names, test_size=count, random_state=seed)
        train += kept
        validation += measured
    return Split(root, train, validation)


def list_images(root: Path, limit: int | None = None) -> dict[str, list[str]]:
    """Return the images of each class in the order a person counts: 2.jpg before 10.jpg."""
    drop = read_image_folder(root, _FEWEST)
    classes: defaultdict[str, list[str]] = defaultdict(list)
    for name in natural_order(upload.name for upload in drop.uploads):
        parts = Path(name).parts
        hidden = any(part.startswith(".") for part in parts)
        if len(parts) > 1 and not hidden and Path(name).suffix.lower() in IMAGE_EXTENSIONS:
            classes[parts[0]].append(name)
    return {name: found[:limit] for name, found in sorted(classes.items())}


def natural_order(names: Iterable[str]) -> list[str]:
    """Sort names with the numbers in them counted as numbers."""

    def key(name: str) -> list[tuple[int, str]]:
        # Every second part is a run of digits.
        parts = re.split(r"(\d+)", name.lower())
        return [(int(part), "") if n % 2 else (-1, part) for n, part in enumerate(parts)]

    return sorted(names, key=lambda name: (key(name), name))
