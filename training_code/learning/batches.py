"""Feeds the network: seeded order, full batches, and pictures that vary a little every time."""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from loading.channel import Channel
from reading.pixels import Pixels

Batches = Any  # tf.data.Dataset: TensorFlow publishes no types
_PARALLEL = min(8, os.cpu_count() or 1)  # batches in the making at once
# These functions have no Python loop to be translated; looking for one takes a tenth of a second.
_as_it_is = tf.autograph.experimental.do_not_convert
_AT_ONCE = 8  # images; a network for large pictures needs gigabytes for more
_ALIGNMENT = 64  # bytes, of tensors in memory
_ROTATION = 0.1  # radians, either way
_ZOOM = 0.1  # of the logarithm of the scale, either way
_SHIFT = 0.1  # of the side, either way
_CONTRAST = 0.2  # of the logarithm of the contrast, either way
_BRIGHTNESS = 0.15 * 255  # either way


def steps_per_epoch(images: int, batch_size: int, least: int) -> int:
    """Return how many batches see every image at least once, but no fewer than `least`."""
    return max(least, math.ceil(images / min(batch_size, images)))


def evaluation_batch_size(count: int, batch_size: int, replicas: int) -> int:
    """Return the size nearest to `batch_size` that gives every replica some rows of each batch.

    TensorFlow deals a batch out in equal chunks, so that 5 images over 4 replicas are 2, 2, 1, 0,
    and a replica without rows fails. All but the last must be dealt out evenly, which Keras 3.15
    takes for granted. 0 where no size will do.
    """

    def feeds_all(rows: int) -> bool:
        return rows > (replicas - 1) * math.ceil(rows / replicas)

    even = range(replicas, max(batch_size, count) + 1, replicas)
    for size in sorted(even, key=lambda size: (size > batch_size, abs(size - batch_size))):
        if feeds_all(count % size or size) and count >= replicas:
            return size
    return 0


@dataclass(frozen=True)
class BatchPlan:
    """What decides which rows each batch has, and how much each row weighs.

    `weights` holds one weight per class; `epochs`, counted from 0, follow one another. An epoch
    goes over the images as often as `least_steps` takes.
    """

    weights: npt.NDArray[np.float32]
    batch_size: int
    seed: int
    epochs: range
    least_steps: int


def training_batches(channel: Channel, plan: BatchPlan, *, augments: bool) -> Batches:
    """Batches of pixels, float32 (batch, size, size, 3), as `ordered` makes them."""
    pixels = Shared(channel.pixels)

    def shown(step: Any, rows: Any) -> Any:
        chosen = pixels.take(rows)
        seed = tf.stack([plan.seed, step])
        return augment(chosen, seed) if augments else tf.cast(chosen, tf.float32)

    return ordered(shown, channel.labels, plan)


def ordered(
    shown: Callable[[Any, Any], Any], labels: npt.NDArray[np.int32], plan: BatchPlan
) -> Batches:
    """Batches of all planned epochs, one after the other.

    An element is (what `shown` returns for a step and its rows, one-hot float32 (batch, classes),
    weight float32 (batch,)). Order and augmentation depend on seed and epoch alone, so epoch 7 is
    the same in a resumed run. Each pass over the images has another order, and one more fills the
    last batch of an epoch: batch normalisation learns nonsense from a batch of one.
    """
    count = len(labels)
    size = min(plan.batch_size, count)
    steps = steps_per_epoch(count, plan.batch_size, plan.least_steps)
    with tf.device("/CPU:0"):  # where pipelines run
        every_label, weights = tf.constant(labels), tf.constant(plan.weights)

    def batch(step: Any, rows: Any) -> tuple[Any, Any, Any]:
        label = tf.gather(every_label, rows)
        one_hot = tf.one_hot(label, len(plan.weights))
        return shown(step, rows), one_hot, tf.gather(weights, label)

    orders = _orders(count, size, steps, plan.seed, plan.epochs)
    return _ahead(orders.enumerate(start=plan.epochs.start * steps), batch)


def _orders(count: int, size: int, steps: int, seed: int, epochs: range) -> Batches:
    """Rows of the images of each batch, int32 (size,): `steps` batches of every epoch."""
    passes = math.ceil(steps * size / count)

    def shuffled(number: Any) -> Any:
        return tf.random.experimental.stateless_shuffle(
            tf.range(count), seed=tf.stack([tf.constant(seed, tf.int64), number])
        )

    def order(epoch: Any) -> Batches:
        rows = tf.concat([shuffled(epoch * passes + number) for number in range(passes)], axis=0)
        return tf.data.Dataset.from_tensor_slices(tf.reshape(rows[: steps * size], (steps, size)))

    return tf.data.Dataset.range(epochs.start, epochs.stop).flat_map(_as_it_is(order))


def validation_batches(channel: Channel, classes: int, batch_size: int) -> Batches:
    """Batches of (pixels float32, one-hot float32) in the channel's own order."""
    pixels = Shared(channel.pixels)
    with tf.device("/CPU:0"):
        labels = tf.constant(channel.labels)

    def batch(rows: Any) -> tuple[Any, Any]:
        label = tf.gather(labels, rows)
        return tf.cast(pixels.take(rows), tf.float32), tf.one_hot(label, classes)

    rows = tf.data.Dataset.range(len(channel.files)).batch(batch_size)
    return _ahead(rows, batch)


def _ahead(numbers: Batches, batch: Any) -> Batches:
    """Prepare the batches in the background, a few ahead of the network."""
    options = tf.data.Options()
    # The thread that tunes a pipeline sleeps for up to a minute, and the end of fit waited for it.
    options.autotune.enabled = False
    return (
        numbers.map(_as_it_is(batch), num_parallel_calls=_PARALLEL)
        .prefetch(_PARALLEL)
        .with_options(options)
    )


def augment(pixels: Any, seed: Any) -> Any:
    """Vary uint8 (batch, size, size, 3) into float32 of that shape, 0 to 255, by seed alone.

    All of the geometry is one operation per batch, which is what makes it cheap. `seed` holds two
    integers: the same pair gives the same result.
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


def answers(
    function: Callable[[Any], Any], pixels: Pixels, batch_size: int = _AT_ONCE
) -> npt.NDArray[np.float32]:
    """Return the answers for uint8 (images, size, size, 3), a few at a time."""
    parts = [
        np.asarray(function(tf.constant(pixels[start : start + batch_size], tf.float32)))
        for start in range(0, len(pixels), batch_size)
    ]
    return np.concatenate(parts)


class Shared:
    """All images of a channel for a tf.data pipeline, in the machine's memory, not in the GPU's.

    Were they a tensor of the pipeline, TensorFlow would allocate as much once more when it
    optimizes the pipeline. So they are wrapped in a scalar, as ragged tensors are, without a copy.
    (Reading a variable counts as stateful, and nothing stateful is done ahead in a repeatable
    training. Python in a pipeline was seen to hang when the pipeline ends early.)
    """

    def __init__(self, pixels: Pixels) -> None:
        """Wrap uint8 (images, size, size, 3), uncopied if it begins where TensorFlow wants it."""
        self._shape = pixels.shape
        is_copied = pixels.ctypes.data % _ALIGNMENT or not pixels.flags.c_contiguous
        with tf.device("/CPU:0"):
            self._wrapped = tf.raw_ops.RaggedTensorToVariant(
                rt_nested_splits=[],
                rt_dense_values=tf.constant(pixels)
                if is_copied
                else tf.experimental.dlpack.from_dlpack(pixels.__dlpack__()),
                batched_input=False,
            )

    def take(self, rows: Any) -> Any:
        """Return the images of the given rows, uint8 (rows, size, size, 3)."""
        unwrapped = tf.raw_ops.RaggedTensorFromVariant(
            encoded_ragged=self._wrapped,
            input_ragged_rank=0,
            output_ragged_rank=0,
            Tvalues=tf.uint8,
            Tsplits=tf.int64,
        )
        return tf.gather(tf.ensure_shape(unwrapped.output_dense_values, self._shape), rows)
