"""Reads mistakes.json and its pictures: the model's most confident mistakes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from plot.inputs.lenient_json import LenientDocument, LenientReader, Share
from plot.inputs.pictures import as_jpeg

MISTAKES = "mistakes.json"
MAXIMUM = 50
SIDE = 256  # pixels
# The two pictures of a mistake are about 20 kB, more if they are noisy.
GALLERY_BYTES = 2_400_000

NAMES = tuple(
    f"mistakes/{number:02}-{kind}.png" for number in range(MAXIMUM) for kind in ("image", "heat")
)


class _Row(LenientDocument):
    file: str
    truth: str = Field(alias="class")
    predicted: str
    probability: Share
    image: str | None = None
    heat_map: str | None = None


@dataclass(frozen=True)
class Mistake:
    """A misclassified image; the pictures are JPEGs, None where unusable."""

    file: str
    truth: str
    predicted: str
    probability: float
    image: bytes | None
    heat_map: bytes | None


def read_mistakes(reader: LenientReader) -> tuple[Mistake, ...]:
    """Read the mistakes, the worst first.

    Reading stops where the pictures exceed `GALLERY_BYTES`.
    """
    rows = reader.rows(_Row, MISTAKES, "no mistakes can be shown")
    pictures = reader.files
    mistakes: list[Mistake] = []
    size = 0
    for row in rows[:MAXIMUM]:
        image, heat_map = _picture(pictures, row.image), _picture(pictures, row.heat_map)
        size += len(image or b"") + len(heat_map or b"")
        if size > GALLERY_BYTES:
            break
        mistakes.append(
            Mistake(row.file, row.truth, row.predicted, row.probability, image, heat_map)
        )
    return tuple(mistakes)


def _picture(pictures: Mapping[str, bytes], name: str | None) -> bytes | None:
    body = pictures.get(name or "")
    return None if body is None else as_jpeg(body, SIDE)
