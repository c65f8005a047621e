"""A dataset: images with their sides, its identity, and the keys of its copies. Pure.

    datasets/<side>/<class>/<readable stem>-<content, 16 digits>.<extension>

The content makes a copy's name, so an image that is on the same side of the same class in many
datasets is copied once. The stem comes from the file that was copied first: a renamed file is the
same image.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Literal

from common import keys
from split.images import Image

Side = Literal["train", "validation"]
SIDES: tuple[Side, Side] = ("train", "validation")
Sides = Mapping[str, Side]  # the side of each content
CopiedTo = Literal["train", "validation", "test"]
COPIED_TO: tuple[CopiedTo, ...] = (*SIDES, "test")

STEM_CHARACTERS = 80
DIGITS = 16  # of a million contents, two share them with a probability of 3 in 100 million

_COPY = re.compile(rf"(?P<folder>.*/)[^/]*-(?P<content>[0-9a-f]{{{DIGITS}}})(\.[^./]*)?")


@dataclass(frozen=True)
class KnownSides:
    """The side of each content and group that earlier splits of the same partition decided."""

    sides: Sides = field(default_factory=dict)
    groups: Mapping[str, Side] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AssignedImage:
    """An image with its side, or `test`, and the key of its copy."""

    image: Image
    side: CopiedTo
    copy_key: str


@dataclass(frozen=True)
class Dataset:
    """Images with their sides; `identity` is 64 hexadecimal digits."""

    identity: str
    images: Sequence[AssignedImage]

    def counts(self) -> dict[str, dict[str, int]]:
        """Count the images of each class on each side."""
        counts: dict[str, dict[str, int]] = {}
        for assigned in self.images:
            of_class = counts.setdefault(assigned.image.class_name, {"train": 0, "validation": 0})
            of_class[assigned.side] += 1
        return counts

    def side_count(self, side: Side) -> int:
        """Count the images of one side."""
        return sum(assigned.side == side for assigned in self.images)


def dataset_of(images: Iterable[Image], sides: Sides, copies: Iterable[str] = ()) -> Dataset:
    """Make the dataset; file names don't change its identity.

    The identity is the SHA-256 of the sorted (side, class, content) triples, each part preceded
    by its length, so that no choice of names can make two datasets look the same. `copies` are the
    keys of the copies made so far.
    """
    images = list(images)
    assigned = assign_copies(images, lambda image: sides[image.source.content], copies)
    return Dataset(_identity(images, sides), assigned)


def assign_copies(
    images: Iterable[Image], side_of: Callable[[Image], CopiedTo], copies: Iterable[str]
) -> list[AssignedImage]:
    """Give each image the key of its copy; one that exists keeps its name."""
    existing = _by_folder_and_content(copies)
    assigned = []
    for image in sorted(images, key=lambda image: (image.class_name, image.source.content)):
        side = side_of(image)
        folder = keys.copy(side, image.class_name, "")
        content = sha256(image.source.content.encode()).hexdigest()[:DIGITS]
        key = existing[folder].get(int(content, 16)) or folder + _file_name(image, content)
        assigned.append(AssignedImage(image, side, key))
    return assigned


def _identity(images: Iterable[Image], sides: Sides) -> str:
    triples = sorted(
        (sides[image.source.content], image.class_name, image.source.content) for image in images
    )
    digest = sha256()
    for triple in triples:
        for part in triple:
            encoded = part.encode()
            digest.update(f"{len(encoded)}:".encode() + encoded)
    return digest.hexdigest()


def _by_folder_and_content(copies: Iterable[str]) -> defaultdict[str, dict[int, str]]:
    """Return the keys of copies by `datasets/<side>/<class>/` and by the number in their names.

    A number takes a third of the memory of its digits, and there may be a million.
    """
    existing: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for match in map(_COPY.fullmatch, copies):
        if match:
            existing[match["folder"]][int(match["content"], 16)] = match.string
    return existing


def _file_name(image: Image, content: str) -> str:
    path = PurePosixPath(image.source.key)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", path.stem).strip("._")[:STEM_CHARACTERS] or "image"
    return f"{stem}-{content}{path.suffix.lower()}"
