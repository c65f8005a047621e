"""Reads review.json: images whose label may be wrong, or that are odd in another way. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from plot.inputs.archive import PictureFolder
from plot.inputs.lenient_json import (
    Count,
    LenientDocument,
    LenientReader,
    Number,
    OrDefault,
    Share,
    valid_rows,
)

REVIEW = "review.json"
MAXIMUM_ROWS = 1_000  # of one list
MAXIMUM_NEIGHBOURS = 6
MAXIMUM_COPIES = 20  # that are shown together
# The training code's thumbnails are about 4 kB each, 3 MB together.
THUMBNAILS = PictureFolder(re.compile(r"review/[\w.-]{1,100}", re.ASCII), 1 << 16, 6 << 20)

# `<class>/<name>`: S3 allows a key 1,024 bytes.
Name = Annotated[str, Field(min_length=1, max_length=1024)]
Distance = Annotated[Number | None, OrDefault]


class PicturedImage(LenientDocument):
    """An image by its file, `<class>/<name>`; `image` is the name of its thumbnail."""

    file: Name
    class_name: Name = Field(alias="class")
    image: Annotated[Name | None, OrDefault] = None


class SidedImage(PicturedImage):
    """An image with its side, `train` or `validation`."""

    side: Annotated[Name, OrDefault] = ""


class LabelCandidate(SidedImage):
    """An image that is probably of the class `suggested`.

    `neighbours` are the images of that class that are most like it.
    """

    suggested: Name
    probability: Share
    own_probability: Annotated[Share | None, OrDefault] = None
    neighbours: Annotated[
        tuple[PicturedImage, ...], valid_rows(PicturedImage, MAXIMUM_NEIGHBOURS), OrDefault
    ] = ()


class OddImage(SidedImage):
    """An image that is far from all others."""

    distance: Distance = None


class LookAlikes(LenientDocument):
    """Images that are the same picture, or almost."""

    images: Annotated[
        tuple[SidedImage, ...], valid_rows(SidedImage, MAXIMUM_COPIES), Field(min_length=2)
    ]
    distance: Distance = None


Groups = Annotated[tuple[LookAlikes, ...], valid_rows(LookAlikes, MAXIMUM_ROWS), OrDefault]
Total = Annotated[Count, OrDefault]


class LabelReview(LenientDocument):
    """What should be looked at, worst first; a list may be shorter than its total.

    `images` are those of both sides, `judged_images` those that a model judged which was trained
    without them. `estimated_wrong` says about how many candidates have a wrong label.
    """

    images: Annotated[Count | None, OrDefault] = None
    judged_images: Annotated[Count | None, OrDefault] = None
    estimated_wrong: Annotated[Count | None, OrDefault] = None
    candidates: Annotated[
        tuple[LabelCandidate, ...], valid_rows(LabelCandidate, MAXIMUM_ROWS), OrDefault
    ] = ()
    candidates_total: Total = 0
    in_two_classes: Groups = ()
    in_two_classes_total: Total = 0
    near_copies_across_classes: Groups = ()
    near_copies_across_classes_total: Total = 0
    near_copies_across_sides: Groups = ()
    near_copies_across_sides_total: Total = 0
    odd: Annotated[tuple[OddImage, ...], valid_rows(OddImage, MAXIMUM_ROWS), OrDefault] = ()
    odd_total: Total = 0

    @property
    def files(self) -> Iterator[str]:
        """The files of all images but the neighbours."""
        yield from (image.file for image in (*self.candidates, *self.odd))
        for group in (
            *self.in_two_classes,
            *self.near_copies_across_classes,
            *self.near_copies_across_sides,
        ):
            yield from (image.file for image in group.images)


def read_review(reader: LenientReader) -> LabelReview | None:
    """Read review.json; None when it can't be used, or isn't there, as in older runs."""
    if REVIEW not in reader.files and REVIEW not in reader.faults:
        return None
    return reader.document(LabelReview, REVIEW, "labels that may be wrong are unknown")
