"""Encoded bytes to a square of RGB bytes, in TensorFlow alone: training and serving share it.

Every function works eagerly, in a thread as well, and inside a tf.function; the pixels are the
same. So the exported model, whose graph holds `prepare`, sees what the network was trained on.
"""

from typing import Any, NamedTuple

import tensorflow as tf

from bit_depth import FULL, OWN, USUAL
from formats import JPEG_RATIOS
from orientation import read_in_graph as orientation

__all__ = [
    "decode",
    "decode_deep_png",
    "decode_jpeg",
    "orientation",
    "prepare",
    "upright_square",
]

_JPEG = b"\xff\xd8\xff"
_BITMAP = b"BM"
_PNG = b"\x89PNG"


def prepare(data: Any, size: int, orientation: Any, depth: Any = OWN) -> Any:
    """Turn an encoded image (scalar string) into uint8 (size, size, 3).

    `orientation` is EXIF's number, 1 to 8, 1 being upright, as an int or a tensor; the module of
    that name reads it. `depth` is how many bits are in use where there are 16, as an int or a
    tensor. TensorFlow raises InvalidArgumentError when it can't decode the bytes.
    """
    return upright_square(decode(data, size, depth), size, orientation)


def decode(data: Any, size: int | None = None, depth: Any = OWN) -> Any:
    """Turn an encoded JPEG, PNG, WebP, BMP or GIF (scalar string) into uint8 (height, width, 3).

    A JPEG is decoded at 1/2, 1/4 or 1/8 of its sides as long as both remain at least 2 * size, in
    full for None: half of the time for an eighth of the sides, and hardly another picture. It is
    not put upright. Transparency is laid on white, 16 bits become 8, an animated GIF gives its
    first frame. Not decoded as it looks: a BMP with a palette of colours, a GIF with transparency,
    a PNG in which one colour is transparent. An animated WebP is refused.
    """
    is_jpeg = tf.strings.substr(data, 0, len(_JPEG)) == _JPEG
    return tf.case(
        [
            (is_jpeg, lambda: _decode_any_jpeg(data, size)),
            (_is_deep_png(data), lambda: decode_deep_png(data, depth).rgb),
        ],
        default=lambda: _decode_other(data),
    )


def decode_jpeg(data: Any, ratio: int) -> Any:
    """Turn an encoded JPEG into uint8 (height, width, 3) at 1/ratio of its sides."""
    return tf.io.decode_jpeg(data, channels=3, ratio=ratio, dct_method="INTEGER_ACCURATE")


def _decode_any_jpeg(data: Any, size: int | None) -> Any:
    """Decode a JPEG whose header only the graph sees, at the ratio that `jpeg_ratio` returns."""
    if size is None:
        return decode_jpeg(data, 1)
    short_side = tf.reduce_min(tf.io.extract_jpeg_shape(data)[:2])
    unfit = [tf.cast(short_side // ratio < 2 * size, tf.int32) for ratio in JPEG_RATIOS[:-1]]

    def at(ratio: int) -> Any:
        return lambda: decode_jpeg(data, ratio)

    return tf.switch_case(tf.add_n(unfit), [at(ratio) for ratio in JPEG_RATIOS])


class DeepPNG(NamedTuple):
    """A PNG of 16 bits: uint8 (height, width, 3), the bits its values need, if anything shows."""

    rgb: Any
    needed: Any
    is_visible: Any


def decode_deep_png(data: Any, depth: Any) -> DeepPNG:
    """Turn an encoded PNG of 16 bits into 8, of which `depth` are in use; OWN: as many as needed.

    What is transparent is laid on white.
    """
    raw = tf.io.decode_png(data, channels=0, dtype=tf.uint16)
    channels = tf.shape(raw)[2]
    colours = raw[:, :, : channels - (channels + 1) % 2]
    largest = tf.cast(tf.reduce_max(colours), tf.int32)
    needed = tf.constant(FULL)
    for bits in reversed(USUAL):
        needed = tf.where(largest < 2**bits, bits, needed)
    bits = tf.where(tf.equal(depth, OWN), needed, depth)
    shifted = tf.bitwise.right_shift(colours, tf.cast(bits - 8, tf.uint16))
    shades = tf.cast(tf.minimum(shifted, tf.constant(255, tf.uint16)), tf.uint8)
    rgb = tf.broadcast_to(shades, tf.concat([tf.shape(raw)[:2], [3]], axis=0))
    alpha = raw[:, :, tf.shape(colours)[2] :]
    alpha = tf.cast(tf.bitwise.right_shift(alpha, tf.constant(8, tf.uint16)), tf.uint8)
    is_visible = tf.equal(tf.size(alpha), 0) | tf.reduce_any(alpha > 0)
    return DeepPNG(_laid_on_white(rgb, alpha), needed, is_visible)


def upright_square(pixels: Any, size: int, orientation: Any, shrinks: bool | None = None) -> Any:
    """Scale uint8 (height, width, 3) to (size, size, 3), proportions not kept, and put it upright.

    A pixel is the mean of the area it stands for, which keeps more of a small mark than smoother
    ways. Where there are fewer pixels than wanted they are interpolated. `shrinks` is whether both
    sides are at least `size`, where that is known before.
    """

    def averaged() -> Any:
        return tf.image.resize(pixels, (size, size), method="area")

    def interpolated() -> Any:
        return tf.image.resize(pixels, (size, size), method="bilinear", antialias=True)

    if shrinks is None:
        resized = tf.cond(tf.reduce_all(tf.shape(pixels)[:2] >= size), averaged, interpolated)
    else:
        resized = averaged() if shrinks else interpolated()
    # Means and interpolations of bytes round to bytes.
    rounded = tf.cast(tf.round(resized), tf.uint8)
    return tf.ensure_shape(_upright(rounded, orientation), (size, size, 3))


def _decode_other(data: Any) -> Any:
    """Decode a file that isn't a JPEG, with one to four channels, and lay it on white.

    The operation returns the channels of the file: with an alpha channel added it would make
    pictures of one to four bits nearly transparent.
    """
    # TensorFlow 2.21 writes the frames of an animated WebP past the end of its memory.
    still = tf.debugging.Assert(~_is_animated_webp(data), ["an animated WebP cannot be decoded"])
    with tf.control_dependencies([] if still is None else [still]):
        raw = tf.io.decode_image(data, channels=0, expand_animations=False)
    rgb, alpha = _colours_and_alpha(raw)
    is_bitmap = tf.strings.substr(data, 0, len(_BITMAP)) == _BITMAP
    is_padding = is_bitmap & (~_has_alpha_mask(data) | tf.reduce_all(alpha == 0))
    return tf.cond(is_padding, lambda: rgb, lambda: _laid_on_white(rgb, alpha))


def _colours_and_alpha(raw: Any) -> tuple[Any, Any]:
    """Split (height, width, 1 to 4) into three colours and a channel of alpha, or none."""
    height, width, channels = tf.unstack(tf.shape(raw))
    colours = channels - (channels + 1) % 2  # grey, or red, green and blue
    rgb = tf.broadcast_to(raw[:, :, :colours], tf.stack([height, width, 3]))
    return rgb, raw[:, :, colours:]


def _has_alpha_mask(bitmap: Any) -> Any:
    """Return whether the fourth byte of a bitmap's pixels is alpha; otherwise it's padding.

    It is where the compression (bytes 30 to 33) is BITFIELDS and the header (its length in bytes 14
    to 17) is long enough to hold the fourth mask:
    https://learn.microsoft.com/en-us/windows/win32/api/wingdi/ns-wingdi-bitmapv5header
    """
    head = tf.strings.join([tf.strings.substr(bitmap, 0, 70), bytes(70)])
    values = tf.cast(tf.io.decode_raw(head, tf.uint8), tf.int32)
    return (values[30] == 3) & (values[14] >= 56) & tf.reduce_any(values[66:70] != 0)


def _is_deep_png(data: Any) -> Any:
    """Look at the bits a sample in the header, byte 24: https://www.w3.org/TR/png-3/#11IHDR."""
    head = tf.strings.join([tf.strings.substr(data, 0, 25), bytes(25)])
    is_png = tf.strings.substr(head, 0, len(_PNG)) == _PNG
    return is_png & (tf.strings.substr(head, 24, 1) == b"\x10")


def _is_animated_webp(data: Any) -> Any:
    """Look at the flags of the extended header, its byte 20.

    https://developers.google.com/speed/webp/docs/riff_container
    """
    head = tf.strings.substr(data, 0, 21)
    is_extended = tf.strings.regex_full_match(head, r"RIFF\C{4}WEBPVP8X\C{5}")
    filled = tf.io.decode_raw(tf.strings.join([head, bytes(21)]), tf.uint8)
    return is_extended & (tf.bitwise.bitwise_and(filled[20], tf.constant(2, tf.uint8)) != 0)


def _laid_on_white(rgb: Any, alpha: Any) -> Any:
    """Mix uint8 (height, width, 3) with white as alpha, uint8 of one channel or none, says."""

    def mixed() -> Any:
        colours, share = tf.cast(rgb, tf.float32), tf.cast(alpha, tf.float32) / 255
        return tf.cast(tf.round(255 + (colours - 255) * share), tf.uint8)

    return tf.cond(tf.reduce_all(alpha == 255), lambda: rgb, mixed)


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
