"""Encoded bytes to a square of RGB bytes, in TensorFlow alone: training and serving share it.

Every function works eagerly, in a thread as well, and inside a tf.function; the pixels are the
same. So the exported model, whose graph holds `prepare`, sees what the network was trained on.
"""

from typing import Any

import tensorflow as tf

_JPEG = b"\xff\xd8\xff"
_BITMAP = b"BM"
_RATIOS = (1, 2, 4, 8)  # at which a JPEG can be decoded, an attribute of the operation
_HEAD = 1 << 17  # bytes in which EXIF is looked for; a segment is at most half of that
_EXIF = b"Exif\0\0"
_ORIENTATION_TAG = 0x0112


def prepare(data: Any, size: int, orientation: Any) -> Any:
    """Turn an encoded image (scalar string) into uint8 (size, size, 3).

    `orientation` is EXIF's number, 1 to 8, 1 being upright, as an int or a tensor; `orientation` of
    this module reads it from a JPEG. TensorFlow raises InvalidArgumentError when it cannot decode
    the bytes.
    """
    return upright_square(decode(data, size), size, orientation)


def decode(data: Any, size: int | None = None) -> Any:
    """Turn an encoded JPEG, PNG, WebP, BMP or GIF (scalar string) into uint8 (height, width, 3).

    A JPEG is decoded at 1/2, 1/4 or 1/8 of its sides as long as both remain at least 2 * size, in
    full for None: half of the time for an eighth of the sides, and hardly another picture. It is
    not put upright. Transparency is laid on white, 16 bits become 8, an animated GIF gives its
    first frame. Not decoded as it looks: a BMP with a palette of colours, a GIF with transparency,
    a PNG in which one colour is transparent. An animated WebP is refused.
    """
    is_jpeg = tf.strings.substr(data, 0, len(_JPEG)) == _JPEG
    return tf.cond(is_jpeg, lambda: decode_jpeg(data, size), lambda: _no_jpeg(data))


def decode_jpeg(data: Any, size: int | None) -> Any:
    """Turn an encoded JPEG into uint8 (height, width, 3), as `decode` does it."""
    ratios = _RATIOS if size else (1,)
    short_side = tf.reduce_min(tf.io.extract_jpeg_shape(data)[:2])
    fitting = [tf.cast(short_side // ratio >= 2 * (size or 0), tf.int32) for ratio in ratios[1:]]

    def at(ratio: int) -> Any:
        return lambda: tf.io.decode_jpeg(
            data, channels=3, ratio=ratio, dct_method="INTEGER_ACCURATE"
        )

    return tf.switch_case(tf.add_n([tf.constant(0), *fitting]), [at(ratio) for ratio in ratios])


def upright_square(pixels: Any, size: int, orientation: Any) -> Any:
    """Scale uint8 (height, width, 3) to (size, size, 3), proportions not kept, and put it upright.

    A pixel is the mean of the area it stands for, which keeps more of a small mark than smoother
    ways. Where there are fewer pixels than wanted they are interpolated.
    """
    shrinks = tf.reduce_all(tf.shape(pixels)[:2] >= size)
    resized = tf.cond(
        shrinks,
        lambda: tf.image.resize(pixels, (size, size), method="area"),
        lambda: tf.image.resize(pixels, (size, size), method="bilinear", antialias=True),
    )
    rounded = tf.cast(tf.round(tf.clip_by_value(resized, 0.0, 255.0)), tf.uint8)
    return tf.ensure_shape(_upright(rounded, orientation), (size, size, 3))


def orientation(data: Any) -> Any:
    """Read EXIF's orientation (int32, 1 to 8) from the bytes of a JPEG; 1 where there is none.

    The layout is that of Exif 3.0, sections 4.5 and 4.6: JPEG segments up to the one called Exif,
    in it a TIFF header, a list of entries of 12 bytes, and the one with the orientation.
    """
    head = tf.cast(tf.io.decode_raw(tf.strings.substr(data, 0, _HEAD), tf.uint8), tf.int64)
    head = tf.concat([head, tf.zeros(1, tf.int64)], axis=0)  # what lies outside reads as 0
    outside = tf.size(head, tf.int64) - 1

    def number(at: Any, places: tuple[int, ...]) -> Any:
        """Put bytes together, the most significant first; places count from `at`."""
        values = tf.gather(head, tf.minimum(at[..., None] + places, outside))
        weights = [256**power for power in range(len(places) - 1, -1, -1)]
        return tf.reduce_sum(values * weights, axis=-1)

    def goes_on(at: Any) -> Any:
        is_exif = (number(at, (0, 1)) == 0xFFE1) & (number(at, (4, 5, 6, 7, 8, 9)) == exif)
        is_segment = (number(at, (0,)) == 0xFF) & (number(at, (1,)) != 0xDA)
        return is_segment & ~is_exif

    exif = int.from_bytes(_EXIF, "big")
    start = tf.constant(2, tf.int64)
    (at,) = tf.while_loop(goes_on, lambda at: (at + 2 + number(at, (2, 3)),), (start,))
    tiff = at + 4 + len(_EXIF)
    little = number(tiff, (0,)) == ord("I")

    def ordered(at: Any, *places: int) -> Any:
        return tf.where(little, number(at, places[::-1]), number(at, places))

    entries = tiff + ordered(tiff, 4, 5, 6, 7)
    count = tf.minimum(ordered(entries, 0, 1), _HEAD // 12)
    each = entries + 2 + 12 * tf.range(count)
    is_orientation = (ordered(each, 0, 1) == _ORIENTATION_TAG) & (number(at, (1,)) == 0xE1)
    found = tf.boolean_mask(ordered(each, 8, 9), is_orientation)
    first = tf.concat([found, tf.ones(1, tf.int64)], axis=0)[0]
    return tf.cast(tf.where((first >= 1) & (first <= 8), first, 1), tf.int32)


def _no_jpeg(data: Any) -> Any:
    """Decode what is no JPEG, with one to four channels, and lay it on white.

    The operation is asked for the channels of the file: told to add an alpha channel, it makes
    pictures of one to four bits nearly transparent.
    """
    # TensorFlow 2.21 writes the frames of an animated WebP past the end of its memory.
    still = tf.debugging.Assert(~_is_animated_webp(data), ["an animated WebP cannot be decoded"])
    with tf.control_dependencies([] if still is None else [still]):
        raw = tf.io.decode_image(data, channels=0, expand_animations=False)
    height, width, channels = tf.unstack(tf.shape(raw))
    colours = channels - (channels + 1) % 2  # grey, or red, green and blue
    rgb = tf.broadcast_to(raw[:, :, :colours], tf.stack([height, width, 3]))
    alpha = raw[:, :, colours:]
    # The fourth byte of a bitmap is padding, 0 as a rule.
    is_bitmap = tf.strings.substr(data, 0, len(_BITMAP)) == _BITMAP
    opaque = is_bitmap | tf.reduce_all(alpha == 255)
    return tf.cond(opaque, lambda: rgb, lambda: _on_white(rgb, alpha))


def _is_animated_webp(data: Any) -> Any:
    """Look at the flags of the extended header, its byte 20.

    https://developers.google.com/speed/webp/docs/riff_container
    """
    head = tf.strings.substr(data, 0, 21)
    is_extended = tf.strings.regex_full_match(head, r"RIFF\C{4}WEBPVP8X\C{5}")
    filled = tf.io.decode_raw(tf.strings.join([head, bytes(21)]), tf.uint8)
    return is_extended & (tf.bitwise.bitwise_and(filled[20], tf.constant(2, tf.uint8)) != 0)


def _on_white(rgb: Any, alpha: Any) -> Any:
    rgb, alpha = tf.cast(rgb, tf.float32), tf.cast(alpha, tf.float32)
    return tf.cast(tf.round(255 + (rgb - 255) * (alpha / 255)), tf.uint8)


def _upright(pixels: Any, orientation: Any) -> Any:
    """Turn and mirror (height, width, 3) as EXIF's orientation 1 to 8 says, an int or a tensor."""

    def mirrored(x: Any) -> Any:
        return tf.reverse(x, [1])

    def flipped(x: Any) -> Any:
        return tf.reverse(x, [0])

    def transposed(x: Any) -> Any:
        return tf.transpose(x, [1, 0, 2])

    ways = [
        lambda: pixels,
        lambda: mirrored(pixels),
        lambda: flipped(mirrored(pixels)),
        lambda: flipped(pixels),
        lambda: transposed(pixels),
        lambda: mirrored(transposed(pixels)),
        lambda: flipped(mirrored(transposed(pixels))),
        lambda: flipped(transposed(pixels)),
    ]
    if isinstance(orientation, int):
        return ways[orientation - 1]()
    return tf.switch_case(tf.cast(orientation, tf.int32) - 1, ways)
