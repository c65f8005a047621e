"""Encoded bytes to a square of RGB bytes, in TensorFlow alone: training and serving share it.

The pixels are the same eagerly and inside a tf.function. So the exported model, whose graph holds
`prepare`, sees what the network was trained on. For the training, the work on one picture is
compiled once for all threads, for each size and orientation by itself: branches would take longer
to compile and to pass.
"""

import functools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from reading.formats import JPEG_RATIOS, jpeg_ratio
from reading.pixels import FULL_DEPTH, OWN_DEPTH, USUAL_DEPTHS, Pixels

_JPEG = b"\xff\xd8\xff"
_BITMAP = b"BM"
_PNG = b"\x89PNG"
# Axes that EXIF's orientations 1 to 4 reverse; 5 to 8 do so after exchanging rows and columns.
_REVERSED = ((), (1,), (0, 1), (0,))

_compiling = threading.Lock()
_compiled: dict[tuple[Any, ...], Any] = {}
_SPECIFICATIONS = {
    bytes: tf.TensorSpec((), tf.string),
    int: tf.TensorSpec((), tf.int32),
    np.ndarray: tf.TensorSpec((None, None, 3), tf.uint8),
}


def square_from_jpeg(data: bytes, size: int, turned: int, sides: tuple[int, int]) -> Pixels:
    """Make a square of a JPEG with such sides; TensorFlow raises OpError where it can't."""
    ratio, shrinks = jpeg_ratio(min(sides), size), min(sides) >= size

    def jpeg(data: Any) -> Any:
        return upright_square(decode_jpeg(data, ratio), size, turned, shrinks)

    return np.asarray(_run(jpeg, (size, turned, ratio, shrinks), data))


def square_from_deep_png(
    data: bytes, size: int, turned: int, depth: int
) -> tuple[Pixels, int, bool]:
    """Make a square of a PNG of 16 bits; TensorFlow raises OpError where it can't.

    Also returns the bits that its values need, and whether anything is visible.
    """

    def deep_png(data: Any, depth: Any) -> Any:
        rgb, needed, is_visible = decode_deep_png(data, depth)
        return upright_square(rgb, size, turned), needed, is_visible

    square, needed, is_visible = _run(deep_png, (size, turned), data, depth)
    return np.asarray(square), int(needed), bool(is_visible)


def square_from_pixels(pixels: Pixels, size: int, turned: int) -> Pixels:
    """Make a square of uint8 (height, width, 3)."""

    def plain(pixels: Any) -> Any:
        return upright_square(pixels, size, turned)

    return np.asarray(_run(plain, (size, turned), pixels))


def _run(function: Callable[..., Any], settings: tuple[int, ...], *values: Any) -> Any:
    """Run a function compiled; those of the same name and settings have to be the same."""
    key = (function.__name__, *settings)
    with tf.device("/CPU:0"):
        with _compiling:  # once is enough, and all threads need it at the same moment
            if key not in _compiled:
                signature = [_SPECIFICATIONS[type(value)] for value in values]
                graph = tf.function(function, signature, autograph=False)
                _compiled[key] = graph.get_concrete_function()
        return _compiled[key](*map(tf.constant, values))


def prepare(data: Any, size: int, turned: Any, depth: Any = OWN_DEPTH) -> Any:
    """Turn an encoded image (scalar string) into uint8 (size, size, 3), upright.

    `turned` is its EXIF orientation (int32 scalar), as `orientation_in_graph` reads it. `depth` is
    how many bits are in use where there are 16, as an int or a tensor. TensorFlow raises
    InvalidArgumentError when it can't decode the bytes.
    """
    return upright_square(decode(data, size, depth), size, turned)


def decode(data: Any, size: int, depth: Any = OWN_DEPTH) -> Any:
    """Turn an encoded JPEG, PNG, WebP, BMP or GIF (scalar string) into uint8 (height, width, 3).

    It is not put upright. A JPEG is decoded at 1/2, 1/4 or 1/8 of its sides as long as both remain
    at least 2 * size: half of the time for an eighth of the sides, and hardly another picture.
    Transparency is laid on white, 16 bits become 8, an animated GIF gives its first frame. Not
    decoded as it looks: a BMP with a palette of colours, a GIF with transparency, a PNG in which
    one colour is transparent. An animated WebP is refused.
    """
    is_jpeg = tf.strings.substr(data, 0, len(_JPEG)) == _JPEG
    return tf.case(
        [
            (is_jpeg, lambda: _decode_any_jpeg(data, size)),
            (_is_deep_png(data), lambda: decode_deep_png(data, depth)[0]),
        ],
        default=lambda: _decode_other(data),
    )


def decode_jpeg(data: Any, ratio: int) -> Any:
    """Turn an encoded JPEG into uint8 (height, width, 3) at 1/ratio of its sides."""
    return tf.io.decode_jpeg(data, channels=3, ratio=ratio, dct_method="INTEGER_ACCURATE")


def _decode_any_jpeg(data: Any, size: int) -> Any:
    """Decode a JPEG whose header only the graph sees, at the ratio that `jpeg_ratio` returns."""
    short_side = tf.reduce_min(tf.io.extract_jpeg_shape(data)[:2])
    unfit = [tf.cast(short_side // ratio < 2 * size, tf.int32) for ratio in JPEG_RATIOS[:-1]]
    ways = [functools.partial(decode_jpeg, data, ratio) for ratio in JPEG_RATIOS]
    return tf.switch_case(tf.add_n(unfit), ways)


def decode_deep_png(data: Any, depth: Any) -> tuple[Any, Any, Any]:
    """Turn an encoded PNG of 16 bits, of which `depth` are in use, into 8.

    OWN_DEPTH: as many as needed. What is transparent is laid on white. Returns uint8 (height,
    width, 3), the bits its values need, and whether anything is visible.
    """
    raw = tf.io.decode_png(data, channels=0, dtype=tf.uint16)
    channels = tf.shape(raw)[2]
    colours = raw[:, :, : channels - (channels + 1) % 2]
    largest = tf.cast(tf.reduce_max(colours), tf.int32)
    needed = tf.constant(FULL_DEPTH)
    for bits in reversed(USUAL_DEPTHS):
        needed = tf.where(largest < 2**bits, bits, needed)
    bits = tf.where(tf.equal(depth, OWN_DEPTH), needed, depth)
    shifted = tf.bitwise.right_shift(colours, tf.cast(bits - 8, tf.uint16))
    shades = tf.cast(tf.minimum(shifted, tf.constant(255, tf.uint16)), tf.uint8)
    rgb = tf.broadcast_to(shades, tf.concat([tf.shape(raw)[:2], [3]], axis=0))
    alpha = raw[:, :, tf.shape(colours)[2] :]
    alpha = tf.cast(tf.bitwise.right_shift(alpha, tf.constant(8, tf.uint16)), tf.uint8)
    is_visible = tf.equal(tf.size(alpha), 0) | tf.reduce_any(alpha > 0)
    return _laid_on_white(rgb, alpha), needed, is_visible


def upright_square(pixels: Any, size: int, orientation: Any, shrinks: bool | None = None) -> Any:
    """Scale uint8 (height, width, 3) to (size, size, 3), proportions not kept, and put it upright.

    A pixel is the mean of its area, which keeps more of a small mark than smoother ways. Too few
    pixels are interpolated. `shrinks`: whether both sides are at least `size`, where it is known.
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
    height, width, channels = tf.unstack(tf.shape(raw))
    colours = channels - (channels + 1) % 2  # grey, or red, green and blue
    rgb = tf.broadcast_to(raw[:, :, :colours], tf.stack([height, width, 3]))
    alpha = raw[:, :, colours:]
    is_bitmap = tf.strings.substr(data, 0, len(_BITMAP)) == _BITMAP
    is_padding = is_bitmap & (~_has_alpha_mask(data) | tf.reduce_all(alpha == 0))
    return tf.cond(is_padding, lambda: rgb, lambda: _laid_on_white(rgb, alpha))


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

    def turned(way: int) -> Any:
        x = pixels if way < 4 else tf.transpose(pixels, [1, 0, 2])
        return tf.reverse(x, _REVERSED[way % 4]) if way % 4 else x

    if isinstance(orientation, int):
        return turned(orientation - 1)
    ways = [functools.partial(turned, way) for way in range(8)]
    return tf.switch_case(tf.cast(orientation, tf.int32) - 1, ways)
