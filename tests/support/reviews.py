"""Makes what a training leaves about labels, and the split's manifest of the same images."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from split.drop.cleaning import clean
from split.manifest import write_manifest
from split.partition.dataset import dataset_of
from tests.unit.split.builders import raw

# Whatever can go wrong on the way to a shell, a page or a spreadsheet.
HOSTILE_NAMES = (
    "a b.jpg",
    "it's $HOME.jpg",
    '"; touch pwned; ".jpg',
    "$(touch pwned).jpg",
    "`touch pwned`.jpg",
    "-rf.jpg",
    "line\ntouch pwned\n.jpg",
    "\u202egpj.elif.jpg",
    "100%d\\n!!~*?.jpg",
    "グッド ü é.jpg",
    "<script>alert(1)</script>.jpg",
    "=HYPERLINK(1).jpg",
    "\x1b[31mred\t.jpg",
)


@dataclass
class ReviewedDrop:
    """Objects under raw/ by key, each with its content, and which of them a review names."""

    contents: Mapping[str, str]
    rows: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, keys: Iterable[str]) -> ReviewedDrop:
        """Make a drop in which each object has its own content."""
        return cls({key: key for key in keys})

    @cached_property
    def manifest(self) -> bytes:
        """The split's own manifest; the sides alternate."""
        cleaned = clean([raw(key, content) for key, content in self.contents.items()], {})
        sides = {
            image.source.content: ("train", "validation")[number % 2]
            for number, image in enumerate(cleaned.images)
        }
        return write_manifest(cleaned, dataset_of(cleaned.images, sides))

    @cached_property
    def images(self) -> dict[str, dict[str, Any]]:
        """File, class and side of each image by its key."""
        rows = [json.loads(line) for line in self.manifest.splitlines()]
        return {
            row["key"]: {
                "file": row["copy"].split("/", 2)[2],
                "class": row["class"],
                "side": row["side"],
            }
            for row in rows
            if "copy" in row
        }

    def review(self, **lists: list[dict[str, Any]]) -> dict[str, Any]:
        """Make review.json; `{"key": …}` in a row stands for the image of that key."""
        count = len(self.images)
        document: dict[str, Any] = {"images": count, "judged_images": count}
        document |= {f"{name}_total": len(rows) for name, rows in lists.items()}
        return document | self._filled(lists)

    def _filled(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if not isinstance(value, dict):
            return value
        image = self.images[value["key"]] if "key" in value else {}
        return image | {name: self._filled(item) for name, item in value.items() if name != "key"}


def candidate(key: str, suggested: str, probability: float = 0.97, **more: Any) -> dict[str, Any]:
    """Make a row of an image that is probably of another class."""
    row = {"key": key, "suggested": suggested, "probability": probability}
    return row | {"own_probability": round((1 - probability) / 2, 4)} | more


def together(*keys: str, **more: Any) -> dict[str, Any]:
    """Make a row of images that are the same picture, or almost."""
    return {"images": [{"key": key} for key in keys]} | more


def thumbnail(number: int, size: tuple[int, int] = (112, 84)) -> bytes:
    """Draw a surface with a scratch, as a JPEG."""
    random = np.random.default_rng(number)
    pixels = random.normal(120, 12, (size[1], size[0], 3)).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(pixels)
    x, y = (int(random.integers(10, side - 10)) for side in size)
    ImageDraw.Draw(image).line((x - 9, y - 6, x + 9, y + 6), fill=(235, 235, 240), width=2)
    output = io.BytesIO()
    image.save(output, format="JPEG", quality=80)
    return output.getvalue()


def with_thumbnails(review: dict[str, Any]) -> dict[str, bytes]:
    """Give each image of a review a thumbnail; return the files of the archive."""
    pictures: dict[str, bytes] = {}

    def give(value: Any) -> Any:
        if isinstance(value, list):
            return [give(item) for item in value]
        if not isinstance(value, dict):
            return value
        row = {name: give(item) for name, item in value.items()}
        if "file" in row:
            name = f"review/{len(pictures):04}.jpg"
            pictures[name] = thumbnail(len(pictures))
            row["image"] = name
        return row

    return {"review.json": json.dumps(give(review)).encode(), **pictures}


def usual_drop(classes: Sequence[str] = ("good", "oil", "scratch", "stain")) -> ReviewedDrop:
    """Make a drop of so many classes, a third of it in groups."""
    return ReviewedDrop.of(
        f"raw/{name}/{f'part {number}/' if number % 3 == 0 else ''}IMG_{number:04}.jpg"
        for name in classes
        for number in range(20)
    )


def usual_files(drop: ReviewedDrop, candidates: int = 12) -> dict[str, bytes]:
    """Make a review with something in each section."""
    keys = list(drop.images)
    classes = sorted({image["class"] for image in drop.images.values()})
    rows = []
    for number, key in enumerate(keys[:candidates]):
        own = drop.images[key]["class"]
        suggested = [name for name in classes if name != own][number % (len(classes) - 1)]
        like = [{"key": other} for other in keys if drop.images[other]["class"] == suggested][:3]
        rows.append(candidate(key, suggested, round(0.99 - 0.01 * number, 2), neighbours=like))
    first, last = keys[:4], keys[-4:]
    review = drop.review(
        candidates=rows,
        in_two_classes=[together(first[0], last[0])],
        near_copies_across_classes=[together(first[1], last[1], distance=4)],
        near_copies_across_sides=[together(first[2], first[3], distance=2)],
        odd=[{"key": last[2], "distance": 0.61}, {"key": last[3], "distance": 0.48}],
    )
    totals = {"candidates_total": 2 * candidates, "estimated_wrong": candidates - 2}
    return with_thumbnails(review | totals)
