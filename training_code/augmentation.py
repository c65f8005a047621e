"""Varies each picture a little every time: one affine map and one change of tone."""

from typing import Any

import tensorflow as tf

_ROTATION = 0.1  # radians, either way
_ZOOM = 0.1  # of the logarithm of the scale, either way
_SHIFT = 0.1  # of the side, either way
_CONTRAST = 0.2  # of the logarithm of the contrast, either way
_BRIGHTNESS = 0.15 * 255  # either way


def augment(pixels: Any, seed: Any) -> Any:
    """Vary uint8 (batch, size, size, 3) into float32 of that shape, 0 to 255, by seed alone.

    Pictures are mirrored both ways, turned, zoomed, shifted, and changed in contrast and
    brightness. All of the geometry is one operation per batch, which is what makes it cheap.
    `seed` holds two integers: the same pair gives the same result.
    """
    batch, side = pixels.shape[0], pixels.shape[1]
    draws = tf.unstack(tf.random.stateless_uniform((8, batch), seed, minval=-1.0, maxval=1.0))
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(pixels, tf.float32),
        transforms=_transforms(draws[:6], side),
        output_shape=(side, side),
        interpolation="BILINEAR",
        fill_mode="REFLECT",
        fill_value=0.0,
    )
    contrast = tf.exp(_CONTRAST * draws[6])[:, None, None, None]
    brightness = _BRIGHTNESS * draws[7][:, None, None, None]
    mean = tf.reduce_mean(moved, axis=(1, 2, 3), keepdims=True)
    return tf.clip_by_value((moved - mean) * contrast + mean + brightness, 0.0, 255.0)


def _transforms(draws: list[Any], side: int) -> Any:
    """Rows (a0, a1, a2, b0, b1, b2, c0, c1): where in the input each output pixel comes from.

    x_in = a0 x + a1 y + a2 and y_in = b0 x + b1 y + b2, about the centre of the picture:
    https://www.tensorflow.org/api_docs/python/tf/raw_ops/ImageProjectiveTransformV3
    """
    mirror_x, mirror_y = (tf.where(draw < 0, -1.0, 1.0) for draw in draws[:2])
    angle, scale = _ROTATION * draws[2], tf.exp(_ZOOM * draws[3])
    cos, sin = scale * tf.cos(angle), scale * tf.sin(angle)
    a0, a1 = mirror_x * cos, -mirror_x * sin
    b0, b1 = mirror_y * sin, mirror_y * cos
    centre = (side - 1) / 2
    a2 = centre + _SHIFT * side * draws[4] - centre * (a0 + a1)
    b2 = centre + _SHIFT * side * draws[5] - centre * (b0 + b1)
    zero = tf.zeros_like(a0)
    return tf.stack([a0, a1, a2, b0, b1, b2, zero, zero], axis=1)
