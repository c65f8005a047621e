"""EXIF's orientation, by the reader in Python and by the one in the exported model's graph."""

import functools
import struct
from typing import Any

import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from reading import orientation, orientation_in_graph
from tests.unit.training_code.torture import encoded

_HEAD = 1 << 17  # bytes of a JPEG in which EXIF counts
SHORT, LONG = 3, 4


@functools.cache
def _graph() -> Any:
    signature = [tf.TensorSpec((), tf.string)]
    return tf.function(orientation_in_graph.read, signature, autograph=False)


def read(data: bytes) -> int:
    """Ask both readers, which have to agree."""
    number = orientation.read(data)
    assert number == int(_graph()(tf.constant(data)))
    return number


def entry(value: int, order: str = "<", kind: int = SHORT, tag: int = 0x0112) -> bytes:
    packed = (
        struct.pack(order + "HH", value, 0) if kind == SHORT else struct.pack(order + "I", value)
    )
    return struct.pack(order + "HHI", tag, kind, 1) + packed


def tiff(entries: bytes, count: int, order: str = "<", offset: int = 8) -> bytes:
    prefix = b"II" if order == "<" else b"MM"
    return prefix + struct.pack(order + "HIH", 42, offset, count) + entries


def segment(content: bytes, marker: int = 0xE1) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg(block: bytes, before: bytes = b"") -> bytes:
    return b"\xff\xd8" + before + segment(b"Exif\0\0" + block) + b"\xff\xda\xff\xd9"


def png(block: bytes, before: bytes = b"") -> bytes:
    chunk = struct.pack(">I", len(block)) + b"eXIf" + block + bytes(4)
    return b"\x89PNG\r\n\x1a\n" + before + chunk + bytes(4) + b"IEND" + bytes(4)


def webp(block: bytes, before: bytes = b"") -> bytes:
    chunk = b"EXIF" + struct.pack("<I", len(block)) + block + bytes(len(block) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(before + chunk)) + b"WEBP" + before + chunk


@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_orientation_is_read_as_pillow_reads_it(number: int, order: str) -> None:
    exif = Image.Exif()
    exif.endian = order
    exif[271], exif[274], exif[282] = "a maker", number, 72.0
    profile = bytes(3000)  # a segment before or after EXIF's
    data = encoded(Image.new("RGB", (8, 8)), "JPEG", exif=exif.tobytes(), icc_profile=profile)
    assert (b"MM\0*" in data) == (order == ">")
    assert read(data) == number


@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [SHORT, LONG])
@pytest.mark.parametrize("file", [jpeg, png, webp])
def test_every_format_byte_order_and_type_is_read(
    number: int, order: str, kind: int, file: Any
) -> None:
    assert read(file(tiff(entry(number, order, kind), 1, order))) == number


@pytest.mark.parametrize(
    ("data", "number"),
    [
        (jpeg(tiff(entry(6), 65535)), 6),
        (jpeg(tiff(entry(1, tag=0x010F) + entry(6) + entry(3), 3)), 6),
        (jpeg(tiff(entry(6), 1), before=b"\xff" * 5 + segment(bytes(300), 0xE2) + b"\xff"), 6),
        (jpeg(tiff(entry(6), 1), before=b"\xff\xda"), 1),  # after the first scan
        (jpeg(tiff(entry(6)[:6], 1)), 1),
        (jpeg(tiff(entry(6), 0)), 1),
        (jpeg(tiff(entry(6), 1, offset=4_000_000_000)), 1),
        (jpeg(tiff(entry(9), 1)), 1),
        (jpeg(tiff(entry(0) + entry(6), 2)), 1),
        (webp(b"Exif\0\0" + tiff(entry(6), 1), before=b"ICCP\3\0\0\0abc\0"), 6),
        (png(tiff(entry(6), 1), before=bytes(4) + b"IDAT" + bytes(4)), 6),
        (encoded(Image.new("RGB", (8, 8)), "JPEG"), 1),
        (encoded(Image.new("RGB", (8, 8)), "PNG"), 1),
        (encoded(Image.new("RGB", (8, 8)), "BMP"), 1),
        (b"\xff\xd8\xff\xe1", 1),
        (b"\xff", 1),
        (b"", 1),
    ],
)
def test_without_a_sensible_orientation_a_picture_is_upright(data: bytes, number: int) -> None:
    assert read(data) == number


@pytest.mark.parametrize(
    "missing", [-2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 18, 25, 29, 30, 31, 36, 40]
)
def test_both_readers_stop_at_the_end_of_the_head(missing: int) -> None:
    block = tiff(entry(6), 1)
    first = 2 * segment(bytes(50_000), 0xE2)
    second = segment(bytes(_HEAD - 2 - 10 - len(block) - len(first) - 4 + missing), 0xE2)
    # The last three bytes are 0, as is what lies outside.
    assert read(jpeg(block, before=first + second)) == (6 if missing <= 3 else 1)


_BLOCKS = [
    tiff(entry(6), 1),
    tiff(entry(1, ">", tag=0x010F) + entry(8, ">", LONG) + entry(3, ">"), 3, ">"),
    b"Exif\0\0" + tiff(entry(5), 1),
]
_FILES = [
    file(block, before)
    for block in _BLOCKS
    for file, before in (
        (jpeg, b""),
        (jpeg, segment(b"JFIF\0" + bytes(9), 0xE0) + b"\xff\xff" + segment(b"http:", 0xE1)),
        (png, bytes(3) + b"\2IDATab" + bytes(4)),
        (webp, b"ICCP\3\0\0\0abc\0"),
    )
] + [encoded(Image.new("RGB", (3, 2)), kind) for kind in ("BMP", "GIF", "TIFF")]
_BYTES = st.sampled_from([*b"\0\1\2\x03\x04\x06\x08\x12\x7f\x80\xff\xe1\xdaIMEx"]) | st.integers(
    0, 255
)


@settings(max_examples=3000, deadline=None, derandomize=True, database=None)
@given(
    st.sampled_from(_FILES),
    st.lists(st.tuples(st.integers(0, 90), _BYTES), max_size=4),
    st.lists(st.tuples(st.integers(0, 90), st.binary(max_size=4)), max_size=2),
    st.none() | st.integers(0, 100),
)
def test_the_readers_agree_however_a_header_is_damaged(
    whole: bytes,
    changes: list[tuple[int, int]],
    insertions: list[tuple[int, bytes]],
    length: int | None,
) -> None:
    content = bytearray(whole)
    for place, value in changes:
        content[place % len(content)] = value
    for place, added in insertions:
        content[place:place] = added
    read(bytes(content[:length]))


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=80), st.sampled_from([jpeg, png, webp]))
def test_the_readers_agree_on_any_block(block: bytes, file: Any) -> None:
    read(file(block))
