"""Reads a few named files from a streamed output.tar.gz, and nothing else.

Nothing is unpacked: no path that the archive chooses is ever opened. A member counts only if it is
a regular file with exactly the expected name; links, devices, absolute and `..` paths are skipped.
The decompressed bytes are counted, so a small archive can't become an endless one. Files that were
read before the archive turned out to be damaged are kept.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, BinaryIO

from plot.errors import ArchiveError, PredictionsError

MEBIBYTE = 1024 * 1024
MAXIMUM_UNPACKED_BYTES = 3 * 1024 * MEBIBYTE
MAXIMUM_MEMBERS = 20_000
# A header is 512 bytes; those of long names are a little more, and tarfile reads ahead.
HEADER_BYTES = MEBIBYTE
ARCHIVE = "output.tar.gz"

DAMAGE = (tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError, ValueError)

# Takes a member and its size; returns the bytes to keep, and in words what was dropped of it.
Reader = Callable[[IO[bytes], int], tuple[bytes, str]]


@dataclass(frozen=True)
class PictureFolder:
    """Members whose names are known by a pattern only; the bounds are bytes of one and of all."""

    names: re.Pattern[str]
    maximum_bytes: int
    maximum_total_bytes: int


@dataclass(frozen=True)
class ArchiveFiles:
    """The files by name, and by name why a file, or the rest of the archive, couldn't be read."""

    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


class _Counted(io.RawIOBase):
    """A stream that returns no more bytes than expected, and never more than `limit`."""

    def __init__(self, stream: gzip.GzipFile, limit: int) -> None:
        self._stream = stream
        self._left = limit
        self._limit = limit
        self._expected = HEADER_BYTES

    def expect(self, size: int) -> None:
        """Let a member of this size through, and the header of the next."""
        self._expected = size + HEADER_BYTES

    def read(self, size: int = -1) -> bytes:
        # One byte over the limit is enough to know; a header may ask for gigabytes at once.
        most = min(self._left, self._expected)
        chunk = self._stream.read(most + 1 if size < 0 else min(size, most + 1))
        self._left -= len(chunk)
        self._expected -= len(chunk)
        if self._left < 0:
            raise ArchiveError(f"the archive unpacks to more than {self._limit} bytes")
        if self._expected < 0:
            raise ArchiveError("the archive is damaged: a header is too large")
        return chunk


class _Bounds:
    """Which members are wanted, and how many bytes of each."""

    def __init__(self, limits: Mapping[str, int], folder: PictureFolder | None) -> None:
        self._limits = limits
        self._folder = folder
        self._left = folder.maximum_total_bytes if folder else 0
        self._seen: set[str] = set()

    @property
    def all_seen(self) -> bool:
        """Whether no member that follows can be wanted."""
        return self._folder is None and len(self._seen) == len(self._limits)

    def take(self, name: str, size: int) -> int | None:
        """Return the limit of a member, None if it isn't wanted or was there before."""
        if name in self._seen:
            return None
        limit = self._limits.get(name)
        if limit is None and self._folder and self._folder.names.fullmatch(name):
            limit = min(self._folder.maximum_bytes, self._left)
            self._left -= size if size <= limit else 0
        if limit is not None:
            self._seen.add(name)
        return limit


def read_members(
    stream: BinaryIO,
    limits: Mapping[str, int],
    readers: Mapping[str, Reader] | None = None,
    folder: PictureFolder | None = None,
    *,
    maximum_unpacked_bytes: int = MAXIMUM_UNPACKED_BYTES,
    maximum_members: int = MAXIMUM_MEMBERS,
) -> ArchiveFiles:
    """Read the members that `limits` names, each with its maximum size in bytes.

    Reading stops once all are found: a fault behind them doesn't matter. Of two members with the
    same name the first counts. `readers` read single members as streams. With a `folder`, its
    members are read too, up to the end of the archive.

    Raises:
        ArchiveError: the archive is damaged or exceeds a bound before any member was found.
    """
    contents = ArchiveFiles()
    bounds = _Bounds(limits, folder)
    try:
        # Only read() is called on the stream; it can't seek.
        with gzip.GzipFile(fileobj=stream, mode="rb") as unpacked:
            counted = _Counted(unpacked, maximum_unpacked_bytes)
            with tarfile.open(fileobj=counted, mode="r|") as archive:
                for number, member in enumerate(archive, 1):
                    if number > maximum_members:
                        raise ArchiveError(f"the archive has more than {maximum_members} members")
                    counted.expect(member.size)
                    name = member.name.removeprefix("./")
                    limit = bounds.take(name, member.size) if member.isreg() else None
                    if limit is not None:
                        reader = (readers or {}).get(name, _read)
                        _take(contents, archive, member, limit, reader)
                    if bounds.all_seen:
                        break
    except (*DAMAGE, ArchiveError) as error:
        fault = error if isinstance(error, ArchiveError) else f"the archive is damaged: {error}"
        if not contents.files:
            raise ArchiveError(str(fault)) from error
        contents.faults[ARCHIVE] = str(fault)
    return contents


def _take(
    contents: ArchiveFiles,
    archive: tarfile.TarFile,
    member: tarfile.TarInfo,
    limit: int,
    reader: Reader,
) -> None:
    """Read a member, or note why it can't be read."""
    name = member.name.removeprefix("./")
    if member.size > limit:
        contents.faults[name] = f"{name} has {member.size:,} bytes, the limit is {limit:,}"
        return
    stream = archive.extractfile(member)
    assert stream is not None  # it is a regular file
    try:
        contents.files[name], fault = reader(stream, member.size)
    except PredictionsError as error:
        fault = str(error)
    if fault:
        contents.faults[name] = fault


def _read(stream: IO[bytes], size: int) -> tuple[bytes, str]:
    body = stream.read()
    if len(body) != size:
        raise ArchiveError(f"the archive is damaged: a file ends after {len(body)} of {size} bytes")
    return body, ""
