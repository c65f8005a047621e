"""Names the copies of images, and datasets.

    datasets/<side>/<class>/<readable stem>-<content, 16 digits>.<extension>

The content makes the name, so an image that is on the same side of the same class in many datasets
is copied once. Its stem is that of the file that was copied first: a renamed file is no new image.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import PurePosixPath

from common import keys
from split.objects import Assigned, Dataset, Image, Side

STEM_CHARACTERS = 80
DIGITS = 16  # of a million contents, two share them with a probability of 3 in 100 million

_NAME = re.compile(rf"(?P<place>.*/)[^/]*-(?P<content>[0-9a-f]{{{DIGITS}}})(\.[^./]*)?")


def dataset_of(
    images: Iterable[Image], sides: Mapping[str, Side], copies: Iterable[str] = ()
) -> Dataset:
    """Make the dataset: its identity is what is trained on, whatever the files are called.

    The identity is the SHA-256 of the sorted (side, class, content) triples, each part preceded
    by its length, so that no choice of names can make two datasets look the same. `copies` are the
    keys of the copies made so far.
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
    made = _by_place_and_content(copies)
    assigned = []
    for image in images:
        side = sides[image.source.content]
        place, content = keys.copy(side, image.class_name, ""), _digits(image)
        key = made[place].get(int(content, 16)) or place + _name(image, content)
        assigned.append(Assigned(image, side, key))
    return Dataset(digest.hexdigest(), assigned)


def _by_place_and_content(copies: Iterable[str]) -> defaultdict[str, dict[int, str]]:
    """Return the keys of copies by `datasets/<side>/<class>/` and by the number in their names.

    A number takes a third of the memory of its digits, and there may be a million.
    """
    made: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for match in map(_NAME.fullmatch, copies):
        if match:
            made[match["place"]][int(match["content"], 16)] = match.string
    return made


def _digits(image: Image) -> str:
    return sha256(image.source.content.encode()).hexdigest()[:DIGITS]


def _name(image: Image, content: str) -> str:
    path = PurePosixPath(image.source.key)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", path.stem).strip("._")[:STEM_CHARACTERS] or "image"
    return f"{stem}-{content}{path.suffix.lower()}"
