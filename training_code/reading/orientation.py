"""Which way up a picture is, read from its bytes: EXIF's orientation, 1 to 8, 1 being upright.

There are two readers of the same rules. This is Python, for the training, which has the bytes at
hand: a graph takes longer to start than this takes to read. `orientation_in_graph` is TensorFlow,
for the exported model. They agree on every file, however damaged; a property test holds them
together. EXIF alone decides, in a JPEG, a PNG and a WebP; XMP doesn't, as in browsers. Bytes
outside of the file read as 0.
"""

from typing import Literal

from reading.formats import jpeg_segments

HEAD = 1 << 17  # bytes in which a JPEG's EXIF is looked for; a segment is at most half of that
EXIF = b"Exif\0\0"
TAG = 0x0112
SHORT, LONG = 3, 4  # types of a value

_Block = bytes | memoryview
_Order = Literal["big", "little"]


def read(data: bytes) -> int:
    """Return the orientation of an encoded image; 1 where it has none."""
    if data.startswith(b"\x89PNG"):
        block: _Block = _png_block(data)
    elif data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        block = _webp_block(data)
    else:
        block = _jpeg_block(data)
    return _tiff_orientation(block) if block else 1


def _number(data: _Block, at: int, length: int, order: _Order = "big") -> int:
    part = data[at : at + length]
    number = int.from_bytes(part, order)
    return number << 8 * (length - len(part)) if order == "big" else number


def _jpeg_block(data: bytes) -> _Block:
    head = memoryview(data)[:HEAD]  # no copy: it may be large
    for at in jpeg_segments(head):
        if bytes(head[at : at + 2]) == b"\xff\xe1" and head[at + 4 : at + 10] == EXIF:
            return head[at + 10 :]
    return b""


def _png_block(data: bytes) -> bytes:
    at = 8
    while at < len(data):
        length = _number(data, at, 4)
        if data[at + 4 : at + 8] == b"eXIf":
            return data[at + 8 : at + 8 + min(length, HEAD)]
        at += length + 12
    return b""


def _webp_block(data: bytes) -> bytes:
    at = 12
    while at < len(data):
        length = _number(data, at + 4, 4, "little")
        if data[at : at + 4] == b"EXIF":
            return data[at + 8 : at + 8 + min(length, HEAD)].removeprefix(EXIF)
        at += length + length % 2 + 8
    return b""


def _tiff_orientation(block: _Block) -> int:
    order: _Order = "little" if block[:1] == b"I" else "big"
    entries = _number(block, 4, 4, order)
    count = min(_number(block, entries, 2, order), HEAD // 12)
    for at in range(entries + 2, min(entries + 2 + 12 * count, len(block)), 12):
        kind = _number(block, at + 2, 2, order)
        if _number(block, at, 2, order) == TAG and kind in (SHORT, LONG):
            value = _number(block, at + 8, 4 if kind == LONG else 2, order)
            return value if 1 <= value <= 8 else 1
    return 1
