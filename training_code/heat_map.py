"""Shows which part of a picture spoke for a class: Grad-CAM, https://arxiv.org/abs/1610.02391."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from PIL import Image

from images import Pixels

Heat = npt.NDArray[np.float32]  # (rows, columns) of the last feature map, 0 to 1
_AT_ONCE = 8  # images
_OPACITY = 0.6  # of the colour where the heat is greatest


def heat_maps(model: Any, pixels: Pixels, classes: npt.NDArray[np.int64]) -> list[Heat]:
    """Return, for each of uint8 (images, size, size, 3), what spoke for its class in `classes`.

    The last feature map is weighted by how much each of its channels, on the average, raises the
    class's score before softmax; what speaks against the class is left out. All zero when nothing
    spoke for it.
    """
    explained = keras.Model(model.inputs, [_last_feature_map(model).output, model.layers[-1].input])
    heats: list[Heat] = []
    for start in range(0, len(pixels), _AT_ONCE):
        batch = tf.constant(pixels[start : start + _AT_ONCE], tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(batch)  # so that frozen layers are recorded, too
            features, before_last = explained(batch, training=False)
            scores = _scores(model.layers[-1], before_last)
            score = tf.gather(scores, classes[start : start + _AT_ONCE], axis=1, batch_dims=1)
        weights = tf.reduce_mean(tape.gradient(score, features), axis=(1, 2), keepdims=True)
        heat = tf.nn.relu(tf.reduce_sum(weights * features, axis=-1))
        greatest = tf.reduce_max(heat, axis=(1, 2), keepdims=True)
        heats.extend(tf.math.divide_no_nan(heat, greatest).numpy())
    return heats


def lay_over(picture: Image.Image, heat: Heat) -> Image.Image:
    """Colour an RGB picture by its heat, from clear over yellow to red."""
    scaled = Image.fromarray(heat).resize(picture.size, Image.Resampling.BICUBIC)
    warmth = np.clip(np.asarray(scaled), 0, 1)[..., None]
    colour = np.concatenate([np.full_like(warmth, 255), 255 * (1 - warmth), 0 * warmth], axis=-1)
    opacity = _OPACITY * warmth
    mixed = (1 - opacity) * np.asarray(picture, np.float32) + opacity * colour
    return Image.fromarray(np.rint(mixed).astype(np.uint8))


def _last_feature_map(model: Any) -> Any:
    return next(layer for layer in reversed(model.layers) if len(layer.output.shape) == 4)


def _scores(last: Any, before: Any) -> Any:
    """Return the last layer's answer without its softmax, whose gradient fades as it gets sure."""
    return before @ last.kernel + last.bias
