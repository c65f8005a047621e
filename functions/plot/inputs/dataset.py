"""Reads the split's verdict and manifest of a dataset. Pure.

A manifest has a line for each dropped object, up to a million. So it is read line by line, and
only the validation images and some examples of skipped objects are kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import BinaryIO, cast

from pydantic import ValidationError

from common import keys
from common.documents import ManifestRow, Verdict
from plot.inputs.raw_objects import RawObjects, place_and_content

CHUNK_BYTES = 1 << 20
MAXIMUM_LINE_BYTES = 1 << 16
MAXIMUM_IMAGES = 400_000
EXAMPLES = 5
# As json.dumps writes them; such text within a name has its quotation marks escaped.
VALIDATION_MARK = b'"side": "validation"'
LEFT_OUT_MARK = b'"left_out": "'


@dataclass(frozen=True)
class RawImage:
    """The object under raw/ that a validation image is a copy of, and the hash of its content."""

    key: str
    content: str


@dataclass(frozen=True)
class Manifest:
    """The validation images by `<class>/<name>`, and examples of skipped objects by reason.

    `raw_objects` has those of the images that were asked for, on both sides.
    """

    validation: Mapping[str, RawImage] = field(default_factory=dict)
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    has_groups: bool = False
    raw_objects: RawObjects = field(default_factory=RawObjects)

    def raw_image(self, file: str) -> RawImage | None:
        """Return the object behind a validation image, whatever its copy was called.

        A manifest is written anew when its images are dropped again, perhaps after an update of
        droptrain or under other names; the predictions of an earlier run keep their old names.
        """
        return self.validation.get(file) or self._by_content.get(place_and_content(file))

    @cached_property
    def _by_content(self) -> Mapping[str, RawImage | None]:
        images: dict[str, RawImage | None] = {}
        for file, image in self.validation.items():
            place = place_and_content(file)
            images[place] = None if place in images else image  # of two, neither is certain
        return images


def read_verdict(body: bytes | None) -> Verdict | None:
    """Read verdict.json; None when it is missing or damaged."""
    if body is None:
        return None
    try:
        return Verdict.model_validate_json(body)
    except ValidationError:
        return None


def read_manifest(stream: BinaryIO, dataset: str, files: Iterable[str] = ()) -> Manifest:
    """Read a manifest; damaged lines are skipped.

    `files` are images, `<class>/<name>`, whose objects under raw/ are wanted.
    """
    raw_objects = RawObjects(files)
    # Before copies were shared by all datasets, each dataset had copies of its own.
    prefixes = (keys.side("validation"), keys.side_before_sharing(dataset, "validation"))
    validation: dict[str, RawImage] = {}
    left_out: dict[str, list[str]] = {}
    has_groups = False
    for row in _rows(_lines(stream), raw_objects):
        copy, reason = row.get("copy"), row.get("left_out")
        if isinstance(copy, str) and row.get("side") == "validation":
            if len(validation) < MAXIMUM_IMAGES:
                image = RawImage(str(row.get("key")), str(row.get("content")))
                prefix = next((prefix for prefix in prefixes if copy.startswith(prefix)), "")
                validation[copy.removeprefix(prefix)] = image
            has_groups = has_groups or bool(row.get("group"))
        elif isinstance(reason, str):
            examples = left_out.setdefault(reason, [])
            if len(examples) < EXAMPLES:
                examples.append(str(row.get("key")))
    return Manifest(
        validation=validation,
        left_out={reason: tuple(examples) for reason, examples in left_out.items()},
        has_groups=has_groups,
        raw_objects=raw_objects,
    )


def _rows(lines: Iterable[bytes], raw_objects: RawObjects) -> Iterator[ManifestRow]:
    for line in lines:
        raw_objects.add(line)
        if VALIDATION_MARK not in line and LEFT_OUT_MARK not in line:
            continue
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            yield cast(ManifestRow, row)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read(CHUNK_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        if len(rest) > MAXIMUM_LINE_BYTES:
            rest = b""
    yield rest
