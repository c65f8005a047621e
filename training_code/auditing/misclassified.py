"""Draws the most confident wrong predictions: the picture, and what spoke for the wrong class.

The evidence is Grad-CAM's (https://arxiv.org/abs/1610.02391), but place by place. Grad-CAM weighs a
channel of the feature map by its average gradient over the picture, which fits only networks that
average the map themselves: after a Flatten a channel can speak for a class in one place and against
it in another. Multiplying place by place is HiResCAM (https://arxiv.org/abs/2011.08891), the very
same where a network averages.
"""

import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from PIL import Image

from auditing.gallery import thumbnail
from documents import MisclassifiedImage
from loading.channel import Channel
from reading.pixels import Pixels

_MOST = 50
_LONGEST_SIDE = 256  # pixels of a thumbnail
_FOLDER = "mistakes"
Heat = npt.NDArray[np.float32]  # (rows, columns) of the feature map, 0 to 1
_AT_ONCE = 8  # images
# Layers before their activation, and layers larger than the picture they show.
_PASSED_OVER = (keras.layers.Conv2D, keras.layers.ZeroPadding2D)
_POOLING = (keras.layers.GlobalAveragePooling2D, keras.layers.GlobalMaxPooling2D)
_LEAST_SIDE = 7  # of a feature map; a smaller one is too coarse
_OPACITY = 0.6  # of the colour where the heat is greatest


def worst(
    labels: npt.NDArray[np.int32], probabilities: npt.NDArray[np.float32]
) -> npt.NDArray[np.int64]:
    """Return up to 50 rows of wrong predictions, the most confident first."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:_MOST]


def draw(
    folder: Path,
    root: Path,
    classes: list[str],
    validation: Channel,
    probabilities: npt.NDArray[np.float32],
    model: Any,
) -> list[MisclassifiedImage]:
    """Write two PNG files for each of the worst mistakes; return the content of mistakes.json.

    The validation images lie under `root`; `probabilities` (images, classes) are the answers of
    `model`, a network that computes in float32.
    """
    shutil.rmtree(folder / _FOLDER, ignore_errors=True)  # of an earlier start
    rows = worst(validation.labels, probabilities)
    if not len(rows):
        return []
    (folder / _FOLDER).mkdir(parents=True)
    predicted = probabilities[rows].argmax(axis=1)
    heats = heat_maps(model, validation.pixels[rows], predicted)
    listed: list[MisclassifiedImage] = []
    for number, (row, wrong, heat) in enumerate(zip(rows, predicted, heats, strict=True)):
        picture = thumbnail(root / validation.files[row], validation.pixels[row], _LONGEST_SIDE)
        image, overlay = (f"{_FOLDER}/{number:02}-{kind}.png" for kind in ("image", "heat"))
        picture.save(folder / image)
        lay_over(picture, heat).save(folder / overlay)
        label = validation.labels[row]
        listed.append(
            {
                "file": validation.files[row],
                "class": classes[label],
                "predicted": classes[wrong],
                "probability": round(float(probabilities[row, wrong]), 6),
                "true_probability": round(float(probabilities[row, label]), 6),
                "image": image,
                "heat_map": overlay,
            }
        )
    return listed


def heat_maps(model: Any, pixels: Pixels, classes: npt.NDArray[np.int64]) -> list[Heat]:
    """Return, for each of uint8 (images, size, size, 3), what spoke for its class in `classes`.

    Each place of a feature map gets the sum over channels of value times gradient of the class's
    score, which is the answer before softmax. Several maps are summed on the grid of the coarsest
    that is fine enough. What speaks against the class is left out: all zero when nothing spoke for
    it.
    """
    maps = feature_maps(model)
    seen, judged = keras.Model(model.inputs, maps), keras.Model(maps, model.layers[-1].input)
    sides = [tuple(values.shape[1:3]) for values in maps]
    grid = min((side for side in sides if min(side) >= _LEAST_SIDE), default=max(sides))
    heats: list[Heat] = []
    for start in range(0, len(pixels), _AT_ONCE):
        batch = tf.constant(pixels[start : start + _AT_ONCE], tf.float32)
        values = keras.tree.flatten(seen(batch, training=False))
        with tf.GradientTape() as tape:
            tape.watch(values)
            before_last = judged(values, training=False)
            # Without softmax, whose gradient fades as it gets sure.
            scores = before_last @ model.layers[-1].kernel + model.layers[-1].bias
            score = tf.gather(scores, classes[start : start + _AT_ONCE], axis=1, batch_dims=1)
        gradients = tape.gradient(score, values)
        parts = [_on_grid(grid, *pair) for pair in zip(values, gradients, strict=True)]
        heat = tf.nn.relu(tf.add_n(parts))
        greatest = tf.reduce_max(heat, axis=(1, 2), keepdims=True)
        heats.extend(tf.math.divide_no_nan(heat, greatest).numpy())
    return heats


def _on_grid(grid: tuple[int, int], values: Any, gradients: Any) -> Any:
    """Sum values times gradients over the channels, and over the places of each of the grid's."""
    places = tf.reduce_sum(values * gradients, axis=-1, keepdims=True)
    share = places.shape[1] * places.shape[2] / (grid[0] * grid[1])
    return share * tf.image.resize(places, grid, method="area")[..., 0]


def lay_over(picture: Image.Image, heat: Heat) -> Image.Image:
    """Colour an RGB picture by its heat, from clear over yellow to red."""
    scaled = Image.fromarray(heat).resize(picture.size, Image.Resampling.BICUBIC)
    warmth = np.clip(np.asarray(scaled), 0, 1)[..., None]
    colour = np.concatenate([np.full_like(warmth, 255), 255 * (1 - warmth), 0 * warmth], axis=-1)
    opacity = _OPACITY * warmth
    mixed = (1 - opacity) * np.asarray(picture, np.float32) + opacity * colour
    return Image.fromarray(np.rint(mixed).astype(np.uint8))


def feature_maps(model: Any) -> list[Any]:
    """Return the maps by which all is decided, Keras tensors (batch, rows, columns, channels).

    Those that are averaged, or searched for their maxima, if there are several. Else the last map
    of 7 x 7 or more, or of any size where none is, that no connection leads around.
    """
    pooled = [layer.input for layer in model.layers if isinstance(layer, _POOLING)]
    if len(pooled) > 1:
        return pooled
    needed = {id(model.output)}  # what the layers after the one looked at take in
    smaller = []
    for layer in reversed(model.operations):
        is_map = len(layer.output.shape) == 4 and not isinstance(layer, _PASSED_OVER)
        if is_map and needed == {id(layer.output)}:
            if min(layer.output.shape[1:3]) >= _LEAST_SIDE:
                return [layer.output]
            smaller.append(layer.output)
        taken = {id(tensor) for tensor in keras.tree.flatten(layer.input)}
        needed = needed - {id(layer.output)} | taken
    return smaller[:1]
