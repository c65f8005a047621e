"""Shows which part of a picture speaks for a class, as Grad-CAM does, place by place.

Grad-CAM (https://arxiv.org/abs/1610.02391) weighs a channel of the feature map by the average of
its gradient over the picture. That fits networks that average the map themselves, and only those:
after a Flatten a channel can speak for a class in one place and against it in another, and the
averages point anywhere or nowhere. Multiplying place by place is HiResCAM
(https://arxiv.org/abs/2011.08891), the very same where a network averages.
"""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from PIL import Image

from images import Pixels

Heat = npt.NDArray[np.float32]  # (rows, columns) of the feature map, 0 to 1
_AT_ONCE = 8  # images
# Layers before their activation, and layers larger than the picture they show.
_PASSED_OVER = (keras.layers.Conv2D, keras.layers.ZeroPadding2D)
_LEAST_SIDE = 7  # of a feature map; a smaller one is too coarse
_OPACITY = 0.6  # of the colour where the heat is greatest


def heat_maps(model: Any, pixels: Pixels, classes: npt.NDArray[np.int64]) -> list[Heat]:
    """Return, for each of uint8 (images, size, size, 3), what spoke for its class in `classes`.

    Each place of the feature map gets the sum over channels of value times gradient of the class's
    score, which is the answer before softmax. What speaks against the class is left out: all zero
    when nothing spoke for it.
    """
    explained = keras.Model(model.inputs, [feature_map(model).output, model.layers[-1].input])
    heats: list[Heat] = []
    for start in range(0, len(pixels), _AT_ONCE):
        batch = tf.constant(pixels[start : start + _AT_ONCE], tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(batch)  # so that frozen layers are recorded, too
            features, before_last = explained(batch, training=False)
            scores = _scores(model.layers[-1], before_last)
            score = tf.gather(scores, classes[start : start + _AT_ONCE], axis=1, batch_dims=1)
        heat = tf.nn.relu(tf.reduce_sum(tape.gradient(score, features) * features, axis=-1))
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


def feature_map(model: Any) -> Any:
    """Return the last layer with a feature map of 7 x 7 or more, or of any size where none is.

    No connection leads around it, so all is decided by this map.
    """
    needed = {id(model.output)}  # what the layers after the one looked at take in
    smaller = []
    for layer in reversed(model.operations):
        is_map = len(layer.output.shape) == 4 and not isinstance(layer, _PASSED_OVER)
        if is_map and needed == {id(layer.output)}:
            if min(layer.output.shape[1:3]) >= _LEAST_SIDE:
                return layer
            smaller.append(layer)
        needed = needed - {id(layer.output)} | {
            id(tensor) for tensor in keras.tree.flatten(layer.input)
        }
    return smaller[0]


def _scores(last: Any, before: Any) -> Any:
    """Return the last layer's answer without its softmax, whose gradient fades as it gets sure."""
    return before @ last.kernel + last.bias
