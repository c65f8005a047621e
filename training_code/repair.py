"""Files that every viewer shows though something in them is wrong that no pixel depends on."""

import re

_PNG = b"\x89PNG\r\n\x1a\n"
_OF_PIXELS = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"eXIf")
_END_OF_JPEG = b"\xff\xd9"
# What may follow in a JPEG after its first scan: escaped 0xFF, restarts, tables, further scans.
_NOT_OF_A_SCAN = re.compile(rb"\xff[^\x00\xff\xc4\xd0-\xd7\xda-\xdd\xe0-\xef\xfe]")


def without_comments(data: bytes) -> bytes | None:
    """Return a PNG with the chunks that say what each pixel is, None of what is no PNG."""
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
    """Return a JPEG that ends where its scan does: its end may not be marked, or come too late.

    Phones put a film behind a panorama without marking the end of the JPEG.
    """
    scan = _first_scan(data)
    stranger = _NOT_OF_A_SCAN.search(data, scan)
    return data[: stranger.start() if stranger else len(data)] + _END_OF_JPEG


def _first_scan(data: bytes) -> int:
    """Walk the segments to where the first scan begins; the end of the data if none does."""
    at = 2
    while data[at : at + 1] == b"\xff" and data[at + 1 : at + 2] != b"\xda":
        is_fill = data[at + 1 : at + 2] == b"\xff"
        at += 1 if is_fill else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return min(at, len(data))
