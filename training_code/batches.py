"""Feeds the network: seeded order, batches of equal size, augmentation; all a function of step."""

import math
import os
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

import augmentation
from channel import Channel
from images import Pixels

Batches = Any  # tf.data.Dataset: TensorFlow publishes no types
_FEATURES_AT_ONCE = 512  # images
_PARALLEL = min(8, os.cpu_count() or 1)  # batches in the making at once
# The functions of a pipeline have no Python loop or condition that would have to be translated, and
# looking for one takes a tenth of a second.
_as_it_is = tf.autograph.experimental.do_not_convert
_ALIGNMENT = 64  # bytes, of tensors in memory


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


def training_batches(
    channel: Channel,
    weights: npt.NDArray[np.float32],
    batch_size: int,
    seed: int,
    epochs: range,
    *,
    augments: bool,
    least_steps: int,
) -> Batches:
    """Batches of all the given epochs (counted from 0), one after the other.

    An element is (pixels float32 (batch, size, size, 3), one-hot float32 (batch, classes), weight
    float32 (batch,)). `weights` holds one weight per class. Order and augmentation depend on seed
    and epoch alone, so epoch 7 is the same in a resumed run. An epoch goes over the images as often
    as `least_steps` takes, each time in another order. Every batch is full: what the last one of an
    epoch lacks comes from one more such order, because batch normalisation learns nonsense from a
    batch of one.
    """
    count = len(channel.files)
    size = min(batch_size, count)
    steps = steps_per_epoch(count, batch_size, least_steps)
    pixels = Shared(channel.pixels)
    with tf.device("/CPU:0"):  # where pipelines run
        labels, class_weights = tf.constant(channel.labels), tf.constant(weights)

    def batch(step: Any, rows: Any) -> tuple[Any, Any, Any]:
        label = tf.gather(labels, rows)
        chosen = pixels.take(rows)
        shown = (
            augmentation.augment(chosen, tf.stack([seed, step]))
            if augments
            else tf.cast(chosen, tf.float32)
        )
        return shown, tf.one_hot(label, len(weights)), tf.gather(class_weights, label)

    orders = _orders(count, size, steps, seed, epochs)
    return _ahead(orders.enumerate(start=epochs.start * steps), batch)


def feature_batches(
    features: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int32],
    weights: npt.NDArray[np.float32],
    batch_size: int,
    seed: int,
    epochs: range,
    *,
    least_steps: int,
) -> Batches:
    """Batches of features, as `training_batches` makes them of pixels.

    `features` are float32 (variations, images, features): each time one variation of an image is
    drawn. An element is (features (batch, features), one-hot (batch, classes), weight (batch,)).
    """
    variations, count, width = features.shape
    size = min(batch_size, count)
    steps = steps_per_epoch(count, batch_size, least_steps)
    with tf.device("/CPU:0"):
        flat = tf.constant(features.reshape(-1, width))
        every_label, class_weights = tf.constant(labels), tf.constant(weights)

    def batch(step: Any, rows: Any) -> tuple[Any, Any, Any]:
        drawn = tf.random.stateless_uniform((size,), [seed, step], 0, variations, tf.int32)
        label = tf.gather(every_label, rows)
        shown = tf.gather(flat, drawn * count + rows)
        return shown, tf.one_hot(label, len(weights)), tf.gather(class_weights, label)

    orders = _orders(count, size, steps, seed, epochs)
    return _ahead(orders.enumerate(start=epochs.start * steps), batch)


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


def feature_validation_batches(
    features: npt.NDArray[np.float32], labels: npt.NDArray[np.int32], classes: int
) -> Batches:
    """Batches of (features float32, one-hot float32) of (images, features), in their order."""
    with tf.device("/CPU:0"):
        pairs = tf.data.Dataset.from_tensor_slices((features, tf.one_hot(labels, classes)))
    return pairs.batch(_FEATURES_AT_ONCE)


def _ahead(numbers: Batches, batch: Any) -> Batches:
    """Prepare the batches in the background, a few ahead of the network."""
    options = tf.data.Options()
    # The thread that tunes a pipeline sleeps for up to a minute, and after a long training the end
    # of fit was seen to wait for it, with nothing to do. So few steps need no tuning.
    options.autotune.enabled = False
    return (
        numbers.map(_as_it_is(batch), num_parallel_calls=_PARALLEL)
        .prefetch(_PARALLEL)
        .with_options(options)
    )


class Shared:
    """All images of a channel for a tf.data pipeline, in the machine's memory, not in the GPU's.

    Were they a tensor of the pipeline, TensorFlow would allocate as much once more, and fill it
    with zeros, when it optimizes the pipeline: twice the memory, and out of it where the images lie
    in a file because they do not fit. So they are wrapped in a scalar, as TensorFlow does it with
    ragged tensors, which does not copy them. (A variable would do as well, but reading it counts as
    stateful, and nothing stateful is done ahead in a repeatable training. Python in a pipeline was
    seen to hang when the pipeline ends early.)
    """

    def __init__(self, pixels: Pixels) -> None:
        """Wrap uint8 (images, size, size, 3)."""
        self._shape = pixels.shape
        with tf.device("/CPU:0"):
            self._wrapped = tf.raw_ops.RaggedTensorToVariant(
                rt_nested_splits=[], rt_dense_values=_tensor(pixels), batched_input=False
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


def _tensor(pixels: Pixels) -> Any:
    """Make a tensor of an array that begins where TensorFlow wants it, without copying.

    A copy would double the memory, and where the array lies in a file it would read all of it.
    """
    if pixels.ctypes.data % _ALIGNMENT or not pixels.flags.c_contiguous:
        return tf.constant(pixels)
    return tf.experimental.dlpack.from_dlpack(pixels.__dlpack__())
