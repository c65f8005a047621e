"""Which images are trained on and which are measured on, the same for every contestant."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from sklearn.model_selection import train_test_split

SHARE = 0.2  # of each class is measured on
AT_RANDOM, BY_NAME = "random", "by-name"
FEW = {f"random, {images} a class": images for images in (20, 50, 100)}  # to train on, at most
KINDS = (AT_RANDOM, BY_NAME, *FEW)
EXTENSIONS = (".jpg", ".jpeg", ".png", ".bmp", ".gif")

Sides = dict[str, list[str]]  # paths below the folder of classes: train, validation


def split(root: Path, kind: str, seed: int) -> Sides:
    """Split a folder of classes.

    By name, the last fifth of each class is measured on, whatever the seed: neighbours in time,
    which often show the same part, then lie on one side. With few images a class, the same are
    measured on as at random, and some of the others are trained on.

    Raises:
        ValueError: a class has fewer than two images, or there are fewer than two classes.
    """
    sides: Sides = {"train": [], "validation": []}
    classes = sorted(path for path in root.glob("[!.]*") if path.is_dir())
    for folder in classes:
        names = images_of(folder)
        if len(names) < 2:
            raise ValueError(f"{folder} has fewer than two images")
        count = min(max(round(len(names) * SHARE), 1), len(names) - 1)
        if kind == BY_NAME:
            train, validation = names[:-count], names[-count:]
        else:
            train, validation = train_test_split(names, test_size=count, random_state=seed)
            train = train[: FEW.get(kind)]  # in the order in which they were drawn
        for side, part in (("train", train), ("validation", validation)):
            sides[side] += [f"{folder.name}/{name}" for name in part]
    if len(classes) < 2:
        raise ValueError(f"{root} needs two folders or more, one for each class")
    return sides


def images_of(folder: Path) -> list[str]:
    """Return the images below a folder in the order a person counts: 2.jpg before 10.jpg."""
    paths = (path.relative_to(folder) for path in folder.rglob("*"))
    return natural_order(
        str(path)
        for path in paths
        if path.suffix.lower() in EXTENSIONS and not any(p.startswith(".") for p in path.parts)
    )


def natural_order(names: Iterable[str]) -> list[str]:
    """Sort names with the numbers in them counted as numbers."""

    def key(name: str) -> list[tuple[int, str]]:
        # Every second part is a run of digits.
        parts = re.split(r"(\d+)", name.lower())
        return [(int(part), "") if n % 2 else (-1, part) for n, part in enumerate(parts)]

    return sorted(names, key=lambda name: (key(name), name))


def link(root: Path, sides: Sides, folder: Path) -> None:
    """Fill `folder`/train and `folder`/validation with links to the images, and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    for side, names in sides.items():
        for name in names:
            target = folder / side / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to((root / name).resolve())


def fingerprint(folder: Path) -> str:
    """Return a hash of the sides, names and sizes of the images below a folder."""
    images = (path for path in folder.rglob("*.*") if path.is_file())
    lines = sorted(f"{path.relative_to(folder)}\0{path.stat().st_size}\n" for path in images)
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()[:16]
