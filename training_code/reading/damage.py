"""Damaged files: libjpeg's complaints about a JPEG, and repairs that leave every pixel as it is.

libjpeg shows as much as it can of a damaged file, and writes a line to standard error; TensorFlow
passes the picture on and doesn't count the lines. So standard error is redirected to a file while
JPEGs are decoded, and everything else that arrives there is passed on.
"""

import os
import re
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reading.formats import jpeg_segments

_STDERR = 2
# https://github.com/libjpeg-turbo/libjpeg-turbo/blob/main/src/jerror.h, the messages of JWRN_*
_LINE = re.compile(
    rb"(Corrupt JPEG data|Premature end of JPEG|Inconsistent progression|Warning: unknown JFIF|"
    rb"Invalid SOS parameters|Unknown Adobe color|Unsupported marker type|Application transferred)"
)
_DAMAGE = re.compile(r"(Corrupt JPEG data: [^\n]*|Premature end of JPEG file)")
_EXTRANEOUS = re.compile(r"(\d+) extraneous bytes before marker 0x(..)")
_PADDING = (b"\0", b"\xff")
_MOST_PADDING = 1024  # bytes; of more nobody knows whether there was a picture
_OF_THE_SCAN = {"c4", "d9", "da", *(f"d{number}" for number in range(8))}
_SAMSUNG = b"SEFT"  # ends a trailer that may begin before the end of the JPEG was marked
_PNG = b"\x89PNG\r\n\x1a\n"
_OF_PIXELS = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"eXIf")
_END_OF_JPEG = b"\xff\xd9"
# What may follow in a JPEG after its first scan: escaped 0xFF, restarts, tables, further scans.
_NOT_OF_A_SCAN = re.compile(rb"\xff[^\x00\xff\xc4\xd0-\xd7\xda-\xdd\xe0-\xef\xfe]")


class _Listener:
    """Redirects standard error to a file as long as any thread decodes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = self._entries = 0
        self._is_alone = False  # a thread waits to decode alone, or does
        self._saved = -1
        self._file = -1

    def run(self, decode: Callable[[], Any]) -> tuple[Any, str]:
        """Decode beside other threads; if there are lines, decode again alone to be sure."""
        result, text, was_alone = self._listen(decode, alone=False)
        if _LINE.search(text) and not was_alone:
            result, text, _ = self._listen(decode, alone=True)
        return result, text.decode("utf-8", "replace")

    def _listen(self, decode: Callable[[], Any], *, alone: bool) -> tuple[Any, bytes, bool]:
        start, entries, was_first = self._enter(alone=alone)
        try:
            result = decode()
            written = os.fstat(self._file).st_size - start
            text = os.pread(self._file, written, start) if written else b""
            return result, text, was_first and self._entries == entries
        finally:
            self._leave(alone=alone)

    def _enter(self, *, alone: bool) -> tuple[int, int, bool]:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_alone)
            if alone:
                self._is_alone = True
                self._changed.wait_for(lambda: self._inside == 0)
            if self._file < 0:  # without a name, and open as long as the process
                self._file, name = tempfile.mkstemp()
                Path(name).unlink()
            if self._inside == 0:
                sys.stderr.flush()
                self._saved = os.dup(_STDERR)
                os.dup2(self._file, _STDERR)
            self._inside += 1
            self._entries += 1
            return os.fstat(self._file).st_size, self._entries, self._inside == 1

    def _leave(self, *, alone: bool) -> None:
        with self._changed:
            self._inside -= 1
            if alone:
                self._is_alone = False
            if self._inside == 0:
                sys.stderr.flush()
                os.dup2(self._saved, _STDERR)
                os.close(self._saved)
                self._pass_on(self._file)
            self._changed.notify_all()

    @staticmethod
    def _pass_on(file: int) -> None:
        size = os.fstat(file).st_size
        if not size:
            return
        lines = os.pread(file, size, 0).splitlines(keepends=True)
        os.ftruncate(file, 0)
        os.lseek(file, 0, os.SEEK_SET)
        os.write(_STDERR, b"".join(line for line in lines if not _LINE.match(line)))


_listener = _Listener()


def decode_and_listen(decode: Callable[[], Any]) -> tuple[Any, str]:
    """Decode a JPEG; return the result, and what libjpeg said to it."""
    return _listener.run(decode)


def complaint(said: str, data: bytes) -> str | None:
    """Return what of that which libjpeg said to the JPEG `data` shows that it is damaged."""
    damage = _DAMAGE.search(said)
    return None if not damage or _is_harmless(damage[1], data) else damage[1]


def _is_harmless(line: str, data: bytes) -> bool:
    """Return whether a complaint is about padding, or about bytes between the header's segments."""
    match = _EXTRANEOUS.search(line)
    if not match:
        return False
    count, marker = int(match[1]), match[2].lower()
    if marker not in _OF_THE_SCAN or data.endswith(_SAMSUNG):
        return True
    if marker != "d9" or count > _MOST_PADDING:
        return False
    return any(byte * count + b"\xff\xd9" in data for byte in _PADDING)


def without_comments(data: bytes) -> bytes | None:
    """Return a PNG without the chunks that no pixel depends on; None if `data` isn't a PNG."""
    if not data.startswith(_PNG):
        return None
    kept, at = [_PNG], len(_PNG)
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + length
        if data[at + 4 : at + 8] in _OF_PIXELS:
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


def with_an_end(data: bytes) -> bytes:
    """Return a JPEG that ends where its scan does: its end may be unmarked, or come too late.

    Phones put a film behind a panorama without marking the end of the JPEG.
    """
    *_, scan = jpeg_segments(data)
    stranger = _NOT_OF_A_SCAN.search(data, scan)
    return data[: stranger.start() if stranger else len(data)] + _END_OF_JPEG
