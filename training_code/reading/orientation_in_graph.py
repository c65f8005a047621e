"""Which way up a picture is, read in a TensorFlow graph by the rules of `orientation`."""

from typing import Any

import tensorflow as tf

from reading.orientation import EXIF, HEAD, LONG, SHORT, TAG


def read(data: Any) -> Any:
    """Return the orientation (int32) of an encoded image, a scalar string; 1 where it has none."""
    is_png = tf.strings.substr(data, 0, 4) == b"\x89PNG"
    is_webp = tf.strings.regex_full_match(tf.strings.substr(data, 0, 12), r"RIFF\C{4}WEBP")

    def in_png() -> Any:  # https://www.w3.org/TR/png-3/#eXIf
        return _chunk(data, 8, b"eXIf", size=(0, 1, 2, 3), name=4, extra=12, even=False)

    def in_webp() -> Any:  # https://developers.google.com/speed/webp/docs/riff_container
        content = _chunk(data, 12, b"EXIF", size=(7, 6, 5, 4), name=0, extra=8, even=True)
        # Some writers repeat the name in it.
        return tf.strings.regex_replace(content, r"^Exif\x00\x00", "", replace_global=False)

    def in_chunks() -> Any:
        return tf.cond(is_png, in_png, in_webp)

    return _in_tiff(tf.cond(is_png | is_webp, in_chunks, lambda: _in_jpeg(data)))


class _Bytes:
    """The bytes of a string as numbers; bytes outside read as 0."""

    def __init__(self, data: Any) -> None:
        self._values = tf.io.decode_raw(tf.strings.join([data, b"\0"]), tf.uint8)
        self._outside = tf.size(self._values, tf.int64) - 1

    def number(self, at: Any, places: Any, length: int | None = None) -> Any:
        """Combine the bytes at `places` after `at`, the most significant first."""
        where = tf.minimum(at[..., None] + tf.cast(places, tf.int64), self._outside)
        weights = [256**power for power in range((length or len(places)) - 1, -1, -1)]
        return tf.reduce_sum(tf.cast(tf.gather(self._values, where), tf.int64) * weights, axis=-1)


def _in_jpeg(data: Any) -> Any:
    """Return the TIFF block of the segment called Exif, b"" without one.

    Segments as in Exif 3.0, section 4.5; before a marker any number of bytes 0xFF may stand.
    """
    head = tf.strings.substr(data, 0, HEAD)
    bytes_ = _Bytes(head)
    exif = int.from_bytes(EXIF, "big")

    def is_exif(at: Any) -> Any:
        name = bytes_.number(at, (4, 5, 6, 7, 8, 9))
        return (bytes_.number(at, (0, 1)) == 0xFFE1) & (name == exif)

    def goes_on(at: Any) -> Any:
        is_segment = (bytes_.number(at, (0,)) == 0xFF) & (bytes_.number(at, (1,)) != 0xDA)
        return is_segment & ~is_exif(at)

    def following(at: Any) -> tuple[Any]:
        is_fill = bytes_.number(at, (1,)) == 0xFF
        return (at + tf.where(is_fill, tf.constant(1, tf.int64), 2 + bytes_.number(at, (2, 3))),)

    (at,) = tf.while_loop(goes_on, following, (tf.constant(2, tf.int64),))
    start = tf.minimum(at + 4 + len(EXIF), tf.cast(tf.strings.length(head), tf.int64))
    return tf.where(is_exif(at), tf.strings.substr(head, start, HEAD), b"")


def _chunk(
    data: Any, start: int, wanted: bytes, size: tuple[int, ...], name: int, extra: int, even: bool
) -> Any:
    """Walk the chunks of a file; return at most 128 KB of the first of that name, else b"".

    Of a chunk's eight bytes of heading those at `size` are its length and four from `name` on its
    name; `extra` bytes come on top of its content, and one more for `even` lengths.
    """
    end = tf.cast(tf.strings.length(data), tf.int64)

    def heading(at: Any) -> Any:
        return tf.strings.join([tf.strings.substr(data, tf.minimum(at, end), 8), bytes(8)])

    def goes_on(at: Any) -> Any:
        return (at < end) & (tf.strings.substr(heading(at), name, 4) != wanted)

    def following(at: Any) -> tuple[Any]:
        content = _Bytes(heading(at)).number(tf.constant(0, tf.int64), size)
        return (at + content + (content % 2 if even else 0) + extra,)

    (at,) = tf.while_loop(goes_on, following, (tf.constant(start, tf.int64),))
    length = _Bytes(heading(at)).number(tf.constant(0, tf.int64), size)
    content = tf.strings.substr(data, tf.minimum(at + 8, end), tf.minimum(length, HEAD))
    return tf.where(at < end, content, b"")


def _in_tiff(block: Any) -> Any:
    """Find the orientation among a TIFF header's entries of 12 bytes: Exif 3.0, section 4.6."""
    bytes_ = _Bytes(block)
    zero = tf.constant(0, tf.int64)
    little = bytes_.number(zero, (0,)) == ord("I")

    def ordered(at: Any, *places: int) -> Any:
        return bytes_.number(at, tf.where(little, places[::-1], places), len(places))

    entries = ordered(zero, 4, 5, 6, 7)
    count = tf.minimum(ordered(entries, 0, 1), HEAD // 12)
    each = entries + 2 + 12 * tf.range(count)
    kind = ordered(each, 2, 3)
    value = tf.where(kind == LONG, ordered(each, 8, 9, 10, 11), ordered(each, 8, 9))
    is_orientation = (ordered(each, 0, 1) == TAG) & ((kind == SHORT) | (kind == LONG))
    values = tf.concat([tf.boolean_mask(value, is_orientation), tf.ones(1, tf.int64)], axis=0)
    return tf.cast(tf.where((values[0] >= 1) & (values[0] <= 8), values[0], 1), tf.int32)
