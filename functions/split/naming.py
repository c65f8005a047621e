"""Names the copies of a dataset and the dataset itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import PurePosixPath

from common import keys
from split.objects import Assigned, Dataset, Image, Side

STEM_CHARACTERS = 80
SHORT_DIGITS = 8
LONG_DIGITS = 32


def dataset_of(images: Iterable[Image], sides: Mapping[str, Side]) -> Dataset:
    """Make the dataset: its identity is what is trained on, whatever the files are called.

    The identity is the SHA-256 of the sorted (side, class, content) triples, each part preceded
    by its length, so that no choice of names can make two datasets look the same.
    """
    images = sorted(images, key=lambda image: (image.class_name, image.source.content))
    triples = sorted(
        (sides[image.source.content], image.class_name, image.source.content) for image in images
    )
    digest = sha256()
    for triple in triples:
        for part in triple:
            encoded = part.encode()
            digest.update(f"{len(encoded)}:".encode() + encoded)
    identity = digest.hexdigest()
    names = copy_names(images)
    assigned = [
        Assigned(image, side, keys.copy(identity, side, image.class_name, name))
        for image, name in zip(images, names, strict=True)
        for side in [sides[image.source.content]]
    ]
    return Dataset(identity, assigned)


def copy_names(images: Iterable[Image]) -> list[str]:
    """Name each copy `<readable stem>-<content, 8 digits>.<extension>`, unique in its class."""
    images = list(images)
    short = [_name(image, SHORT_DIGITS) for image in images]
    taken = Counter((image.class_name, name) for image, name in zip(images, short, strict=True))
    return [
        name if taken[image.class_name, name] == 1 else _name(image, LONG_DIGITS)
        for image, name in zip(images, short, strict=True)
    ]


def _name(image: Image, digits: int) -> str:
    path = PurePosixPath(image.source.key)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", path.stem).strip("._")[:STEM_CHARACTERS] or "image"
    content = sha256(image.source.content.encode()).hexdigest()[:digits]
    return f"{stem}-{content}{path.suffix.lower()}"
