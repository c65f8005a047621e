"""The values that the split works on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Side = Literal["train", "validation"]
SIDES: tuple[Side, Side] = ("train", "validation")


@dataclass(frozen=True, slots=True)
class RawObject:
    """An object as it was listed: `etag` without quotes, `size` in bytes.

    `modified_at` is in seconds since the epoch. `same_as` is the content that it is known to hold,
    where a listing alone wouldn't tell.
    """

    key: str
    size: int
    etag: str
    modified_at: float = 0.0
    same_as: str = ""

    @property
    def content(self) -> str:
        """What the object holds, as far as a listing and earlier copies tell.

        Under SSE-S3 the ETag is the MD5 of the bytes, except after a multipart upload, where it
        depends on the parts too; `split.parts` finds out what such an object holds.
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
        """
        return self.same_as or f"{self.size}-{self.etag}"

    @property
    def in_parts(self) -> bool:
        """Whether it was uploaded in parts: its ETag ("…-7") isn't the MD5 of its bytes."""
        return "-" in self.etag

    def is_copied_by(self, other: RawObject | None) -> bool:
        """Whether `other` holds the same, as far as a listing tells.

        The copy's ETag is the MD5 of its bytes: of a source in parts only the size can be compared.
        """
        if other is None or other.size != self.size:
            return False
        return self.in_parts or other.etag == self.etag


@dataclass(frozen=True, slots=True)
class Image:
    """An object that can be trained on, with its class and, if it has one, its group."""

    source: RawObject
    class_name: str
    group: str | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An object that is not trained on, and why, in words."""

    source: RawObject
    reason: str
    detail: str = ""


@dataclass(frozen=True)
class DropWarning:
    """What to look at in a drop that is trained all the same."""

    code: str
    sentence: str


@dataclass(frozen=True)
class Cleaned:
    """A drop sorted into what can be trained on and what was left out."""

    images: Sequence[Image]
    left_out: Sequence[LeftOut]

    def class_sizes(self) -> dict[str, int]:
        """Count the images of each class."""
        sizes: dict[str, int] = {}
        for image in self.images:
            sizes[image.class_name] = sizes.get(image.class_name, 0) + 1
        return dict(sorted(sizes.items()))


@dataclass(frozen=True)
class Known:
    """What earlier splits of the same partition decided: the side of each content and group."""

    sides: Mapping[str, Side] = field(default_factory=dict)
    groups: Mapping[str, Side] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assigned:
    """An image with its side and the key of its copy."""

    image: Image
    side: Side
    copy_key: str


@dataclass(frozen=True)
class Dataset:
    """A partition with its identity, 64 hexadecimal digits."""

    identity: str
    images: Sequence[Assigned]

    def counts(self) -> Mapping[str, Mapping[Side, int]]:
        """Count the images of each class on each side."""
        counts: dict[str, dict[Side, int]] = {}
        for assigned in self.images:
            of_class = counts.setdefault(assigned.image.class_name, {"train": 0, "validation": 0})
            of_class[assigned.side] += 1
        return counts

    def side_count(self, side: Side) -> int:
        """Count the images of one side."""
        return sum(assigned.side == side for assigned in self.images)
