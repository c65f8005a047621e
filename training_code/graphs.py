"""The work on single pictures, compiled once for all threads that read files.

Each size and orientation has functions of its own: branches would take longer to compile and to
pass.
"""

import functools
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

import decoding
from formats import jpeg_ratio
from pixels import Pixels

_compiling = threading.Lock()
_BYTES = tf.TensorSpec((), tf.string)
_NUMBER = tf.TensorSpec((), tf.int32)
_PIXELS = tf.TensorSpec((None, None, 3), tf.uint8)


class DeepSquare(NamedTuple):
    """The square of a file of 16 bits, the bits its values need, and if anything is visible."""

    pixels: Pixels
    needed: int
    is_visible: bool


def from_jpeg(data: bytes, size: int, turned: int, sides: tuple[int, int]) -> Pixels:
    """Make a square of a JPEG with such sides; TensorFlow raises OpError where it can't."""
    ratio, shrinks = jpeg_ratio(min(sides), size), min(sides) >= size
    return np.asarray(_run(_from_jpeg, (size, turned, ratio, shrinks), data))


def from_deep_png(data: bytes, size: int, turned: int, depth: int) -> DeepSquare:
    """Make a square of a PNG of 16 bits; TensorFlow raises OpError where it can't."""
    square, needed, is_visible = _run(_from_deep_png, (size, turned), data, depth)
    return DeepSquare(np.asarray(square), int(needed), bool(is_visible))


def from_pixels(pixels: Pixels, size: int, turned: int) -> Pixels:
    """Make a square of uint8 (height, width, 3)."""
    return np.asarray(_run(_from_pixels, (size, turned), pixels))


def served(data: bytes, size: int, depth: int) -> Pixels:
    """Return the square that the exported model makes of a file; raises OpError where it would.

    Not compiled: that would take longer than the few files that are checked.
    """
    with tf.device("/CPU:0"):
        return np.asarray(prepare(tf.constant(data), size, depth))


def prepare(data: Any, size: int, depth: Any) -> Any:
    """Turn the bytes of a file (scalar string) into uint8 (size, size, 3), as served.

    `depth` is how many bits are in use where there are 16.
    """
    return decoding.prepare(data, size, decoding.orientation(data), depth)


def _run(compiled: Callable[..., Any], settings: tuple[int, ...], *values: Any) -> Any:
    with _compiling:  # once is enough, and all threads need it at the same moment
        function = compiled(*settings)
    with tf.device("/CPU:0"):
        return function(*map(tf.constant, values))


@functools.cache
def _from_jpeg(size: int, turned: int, ratio: int, shrinks: bool) -> Any:
    def square(data: Any) -> Any:
        return decoding.upright_square(decoding.decode_jpeg(data, ratio), size, turned, shrinks)

    return _compiled(square, _BYTES)


@functools.cache
def _from_deep_png(size: int, turned: int) -> Any:
    def square(data: Any, depth: Any) -> Any:
        rgb, needed, is_visible = decoding.decode_deep_png(data, depth)
        return decoding.upright_square(rgb, size, turned), needed, is_visible

    return _compiled(square, _BYTES, _NUMBER)


@functools.cache
def _from_pixels(size: int, turned: int) -> Any:
    def square(pixels: Any) -> Any:
        return decoding.upright_square(pixels, size, turned)

    return _compiled(square, _PIXELS)


def _compiled(function: Callable[..., Any], *arguments: Any) -> Any:
    with tf.device("/CPU:0"):
        return tf.function(function, arguments, autograph=False).get_concrete_function()
