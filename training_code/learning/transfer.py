"""Trains a new last layer on the features of a pretrained network, which are computed once.

A network that was trained on a million pictures stays as it is, and a linear layer learns the
classes from what it computes: Kornblith, Shlens and Le, 2019, https://arxiv.org/abs/1805.08974.
Each training picture is also computed in a few variations, as augmentation would show it. The
features are kept in a folder, so that a job that starts again computes only the missing ones.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from learning.batches import Batches, BatchPlan, augment, ordered
from learning.efficientnet_lite0 import POOLED
from loading.dataset import ImageData
from reading.pixels import Pixels

Array = npt.NDArray[np.float32]
_VARIATIONS = 5  # of a training picture; the first is the picture as it is
_ENOUGH = 4000  # pictures in all variations; with so many pictures each further variation adds less
_DROPOUT = 0.5
_CHUNK = 256  # pictures per file of features
_AT_ONCE = 32  # pictures
_MEASURED_AT_ONCE = 512  # validation images


@dataclass(frozen=True)
class Features:
    """Features, float32, standardised by `mean` and `deviation` (features,) of the training's.

    `train` is (variations, images, features), `validation` (images, features).
    """

    train: Array
    validation: Array
    mean: Array
    deviation: Array


def variations(images: int) -> int:
    """Return in how many variations each of so many training images is computed."""
    return max(1, min(_VARIATIONS, _ENOUGH // images))


def compute(
    network: Any, dataset: ImageData, seed: int, folder: Path, check: Callable[[], None]
) -> Features:
    """Compute the features of all images, or read those that are in `folder`.

    `check` is called between batches and may raise.
    """
    extractor = _extractor(network)
    count = variations(len(dataset.train.files))
    folder.mkdir(parents=True, exist_ok=True)

    def computed(batch: Any) -> Any:
        check()
        return extractor(batch).numpy().astype(np.float16)

    def of(name: str, pixels: Pixels, variation: int, variations: int = 1) -> Array:
        chunks = []
        for start in range(0, len(pixels), _CHUNK):
            file = folder / f"{name}-{variation}-{start}.npy"
            chunk = read_array(file)
            if chunk is None:
                shown = _shown(pixels[start : start + _CHUNK], seed, variation, start)
                chunk = np.concatenate([computed(batch) for batch in shown])
                write_array(file, chunk)
            chunks.append(chunk)
        print(
            f"features of the {name} images: variation {variation + 1} of {variations}", flush=True
        )
        return np.concatenate(chunks).astype(np.float32)

    validation = of("validation", dataset.validation.pixels, 0)
    train = np.stack([of("train", dataset.train.pixels, n, count) for n in range(count)])
    mean, deviation = standard(train)
    return Features((train - mean) / deviation, (validation - mean) / deviation, mean, deviation)


def extract(network: Any, pixels: Pixels, check: Callable[[], None]) -> Array:
    """Return the features of the pictures as they are, float32 (images, features)."""
    extractor, chunks = _extractor(network), []
    for batch in _shown(pixels, 0, 0, 0):
        check()
        chunks.append(extractor(batch).numpy())
    return np.concatenate(chunks)


def standard(features: Array) -> tuple[Array, Array]:
    """Return mean and deviation of each feature, the last axis, over all images."""
    images = tuple(range(features.ndim - 1))
    # A feature that never changes stays near 0.
    return features.mean(images), features.std(images) + np.float32(1e-3)


def training_batches(features: Array, labels: npt.NDArray[np.int32], plan: BatchPlan) -> Batches:
    """Batches of features, float32 (batch, features), as `batches.ordered` makes them.

    `features` are (variations, images, features): each time one variation of an image is drawn.
    """
    return ordered(drawing(features, plan.seed), labels, plan)


def drawing(features: Array, seed: int) -> Callable[[Any, Any], Any]:
    """Return what draws the features of rows of images for a step, as `training_batches` does."""
    variations, count, width = features.shape
    with tf.device("/CPU:0"):
        flat = tf.constant(features.reshape(-1, width))

    def shown(step: Any, rows: Any) -> Any:
        drawn = tf.random.stateless_uniform(tf.shape(rows), [seed, step], 0, variations, tf.int32)
        return tf.gather(flat, drawn * count + rows)

    return shown


def validation_batches(features: Array, labels: npt.NDArray[np.int32], classes: int) -> Batches:
    """Batches of (features float32, one-hot float32) of (images, features), in their order."""
    with tf.device("/CPU:0"):
        pairs = tf.data.Dataset.from_tensor_slices((features, tf.one_hot(labels, classes)))
    return pairs.batch(_MEASURED_AT_ONCE)


def head(features: int, classes: int, name: str = "head") -> Any:
    """Return the uncompiled keras.Model that learns: standardised features in, probabilities out.

    All classes are equally probable at first. It computes in 32 bits, whatever the network does.
    """
    options = {"activation": "softmax", "kernel_initializer": "zeros", "dtype": "float32"}
    return keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dropout(_DROPOUT, dtype="float32"),
            keras.layers.Dense(classes, name="probabilities", **options),
        ],
        name=name,
    )


def complete(network: Any, trained: Any, features: Features) -> None:
    """Put a trained head into the network, whose features aren't standardised."""
    kernel, bias = trained.layers[-1].get_weights()
    kernel = kernel / features.deviation[:, None]
    network.layers[-1].set_weights([kernel, bias - features.mean @ kernel])


def _extractor(network: Any) -> Any:
    extract = _folded(keras.Model(network.inputs, network.get_layer(POOLED).output))
    size = network.input_shape[1]

    def features(pixels: Any) -> Any:
        return extract(pixels, training=False)

    return tf.function(features, [tf.TensorSpec([None, size, size, 3], tf.float32)])


def _folded(model: Any) -> Any:
    """Return a copy without batch normalisation, whose convolutions give the normalised answers.

    It answers the same in half of the time. The normalisation follows its convolution at once, as
    in EfficientNet: Jacob et al., 2018, https://arxiv.org/abs/1712.05877, section 3.2.
    """
    kind = keras.layers.BatchNormalization
    following = {id(layer.input): layer for layer in model.layers if isinstance(layer, kind)}

    def copied(layer: Any) -> Any:
        if isinstance(layer, kind):
            return keras.layers.Identity(name=layer.name)
        bias = {"use_bias": True} if id(layer.output) in following else {}
        return type(layer).from_config(layer.get_config() | bias)

    def called(layer: Any, inputs: Any, **_: Any) -> Any:
        return layer(inputs)  # without the mask that only a normalisation takes

    copy = keras.models.clone_model(model, clone_function=copied, call_function=called)
    for layer in model.layers:
        if normalisation := following.get(id(layer.output)):
            gamma, beta, mean, variance = normalisation.get_weights()
            scale = gamma / np.sqrt(variance + normalisation.epsilon)
            is_depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
            kernel = layer.get_weights()[0] * (scale[:, None] if is_depthwise else scale)
            copy.get_layer(layer.name).set_weights([kernel, beta - mean * scale])
    return copy


def _shown(pixels: Pixels, seed: int, variation: int, start: int) -> Iterator[Any]:
    """Yield batches of float32 (batch, size, size, 3): the pictures, or a variation of each."""
    for offset in range(0, len(pixels), _AT_ONCE):
        batch = pixels[offset : offset + _AT_ONCE]
        number = (start + offset) // _AT_ONCE
        if variation:
            yield augment(tf.constant(batch), [seed + variation, number])
        else:
            yield tf.constant(batch, tf.float32)


def read_array(file: Path) -> Any:
    """Return the array in a file, or None where it is missing or incomplete."""
    try:
        return np.load(file)
    except (OSError, ValueError):  # missing, or cut off by the end of an earlier start
        return None


def write_array(file: Path, array: Any) -> None:
    """Write an array whole or not at all."""
    unfinished = file.with_suffix(".unfinished")
    with unfinished.open("wb") as stream:
        np.save(stream, array)
    unfinished.replace(file)
