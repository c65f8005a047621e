"""Reads a few named files out of a streamed output.tar.gz, and nothing else of it.

Nothing is unpacked: no path that the archive chooses is ever opened. A member counts only when it
is a regular file with exactly the expected name; links, devices, absolute and `..` paths are passed
over. The bytes that come out of the compression are counted, so that a small archive cannot
become an endless one.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Collection, Mapping
from typing import Protocol

from plot.errors import ArchiveError

MEBIBYTE = 1024 * 1024
MAXIMUM_UNPACKED_BYTES = 512 * MEBIBYTE
MAXIMUM_MEMBERS = 20_000


class Readable(Protocol):
    """A stream of bytes that can be read once, such as the body of an S3 object."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes, none at the end."""


class _Counted(io.RawIOBase):
    """A stream that refuses to give more than `limit` bytes."""

    def __init__(self, stream: Readable, limit: int) -> None:
        self._stream = stream
        self._left = limit
        self._limit = limit

    def read(self, size: int = -1) -> bytes:
        # One byte over the limit is enough to know; a header may ask for gigabytes at once.
        wanted = self._left + 1 if size < 0 else min(size, self._left + 1)
        chunk = self._stream.read(wanted)
        self._left -= len(chunk)
        if self._left < 0:
            raise ArchiveError(f"the archive unpacks to more than {self._limit} bytes")
        return chunk


def read_members(
    stream: Readable,
    limits: Mapping[str, int],
    *,
    maximum_unpacked_bytes: int = MAXIMUM_UNPACKED_BYTES,
    maximum_members: int = MAXIMUM_MEMBERS,
    optional: Collection[str] = (),
) -> dict[str, bytes]:
    """Read the members that `limits` names, each with its maximum size in bytes.

    Reading stops once all are found: a fault behind them is not looked for. Those that are not in
    the archive are not in the answer; of two with the same name the first counts. One of the
    `optional` that is larger than its limit is passed over.

    Raises:
        ArchiveError: the archive is damaged or exceeds a bound.
    """
    found: dict[str, bytes] = {}
    try:
        # Nothing but read() is called of the stream: it is never sought in.
        with gzip.GzipFile(fileobj=stream, mode="rb") as unpacked:  # type: ignore[call-overload]
            counted = _Counted(unpacked, maximum_unpacked_bytes)
            with tarfile.open(fileobj=counted, mode="r|") as archive:
                for number, member in enumerate(archive, 1):
                    if number > maximum_members:
                        raise ArchiveError(f"the archive has more than {maximum_members} members")
                    name = member.name.removeprefix("./")
                    is_wanted = name in limits and name not in found
                    if name in optional and member.size > limits[name]:
                        is_wanted = False
                    if member.isreg() and is_wanted:
                        found[name] = _read(archive, member, limits[name])
                    if len(found) == len(limits):
                        break
    except (tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError, ValueError) as error:
        raise ArchiveError(f"the archive is damaged: {error}") from error
    return found


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo, limit: int) -> bytes:
    if member.size > limit:
        raise ArchiveError(f"{member.name} has {member.size} bytes, at most {limit} are read")
    content = archive.extractfile(member)
    body = content.read() if content else b""
    if len(body) != member.size:
        raise ArchiveError(f"{member.name} ends after {len(body)} of {member.size} bytes")
    return body
