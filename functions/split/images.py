"""The objects and images of a drop, as the split handles them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class RawObject:
    """An object as it was listed: `etag` without quotes, `size` in bytes.

    `modified_at` is in seconds since the epoch. `known_content` is set where earlier copies showed
    what the object contains and its ETag alone doesn't.
    """

    key: str
    size: int
    etag: str
    modified_at: float = 0.0
    known_content: str = ""

    @property
    def content(self) -> str:
        """An identifier of the object's bytes, as far as a listing and earlier copies show.

        Under SSE-S3 the ETag is the MD5 of the bytes, except after a multipart upload, where it
        depends on the parts too; `split.multipart` finds out what such an object contains.
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
        """
        return self.known_content or f"{self.size}-{self.etag}"

    @property
    def is_multipart(self) -> bool:
        """Whether it was uploaded in parts: then its ETag ("…-7") isn't the MD5 of its bytes."""
        return "-" in self.etag

    def is_copied_by(self, copy: RawObject | None) -> bool:
        """Whether `copy` has the same content, as far as a listing shows.

        A copy's ETag is the MD5 of its bytes; with a multipart source only sizes can be compared.
        """
        if copy is None or copy.size != self.size:
            return False
        return self.is_multipart or copy.etag == self.etag


@dataclass(frozen=True, slots=True)
class Image:
    """An object that can be trained on, with its class and, if it has one, its group."""

    source: RawObject
    class_name: str
    group: str | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An object that isn't used, with the reason and, for duplicates, a detail."""

    source: RawObject
    reason: str
    detail: str = ""


@dataclass(frozen=True)
class CleanedDrop:
    """A drop, sorted into images and objects that are left out."""

    images: Sequence[Image]
    left_out: Sequence[LeftOut]

    def class_sizes(self) -> dict[str, int]:
        """Count the images of each class."""
        return dict(sorted(Counter(image.class_name for image in self.images).items()))

    def identity(self) -> str:
        """Hash key and content of every object: 64 hexadecimal digits."""
        sources = [image.source for image in self.images]
        sources += [left_out.source for left_out in self.left_out]
        digest = sha256()
        # One by one: a million lines at once would take a tenth of the function's memory.
        for source in sorted(sources, key=lambda source: source.key):
            digest.update(f"{source.key}\n{source.content}\n".encode())
        return digest.hexdigest()
