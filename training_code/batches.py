"""Feeds the network: seeded order, batches of equal size, augmentation; all a function of step."""

import math
import os
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

import augmentation
from channel import Channel

Dataset = Any  # tf.data.Dataset: TensorFlow publishes no types
_PARALLEL = min(8, os.cpu_count() or 1)  # batches in the making at once


def steps_per_epoch(images: int, batch_size: int, least: int) -> int:
    """Return how many batches see every image once; `least`, seeing them again, on a small drop."""
    return max(least, math.ceil(images / min(batch_size, images)))


def evaluation_batch_size(count: int, batch_size: int, replicas: int) -> int:
    """Return a batch size, not much above the one given, whose last batch feeds every replica."""
    size = max(batch_size, replicas)
    while 0 < count % size < replicas:
        size += 1
    return size


def training_batches(
    channel: Channel,
    weights: npt.NDArray[np.float32],
    batch_size: int,
    seed: int,
    epochs: range,
    *,
    augments: bool,
    least_steps: int,
) -> Dataset:
    """Batches of all the given epochs (counted from 0), one after the other.

    An element is (pixels float32 (batch, size, size, 3), one-hot float32 (batch, classes), weight
    float32 (batch,)). `weights` holds one weight per class. Order and augmentation depend on seed
    and epoch alone, so epoch 7 is the same in a resumed run. Every batch is full: the last one of
    an epoch is filled up with the first images of that epoch's order, because batch normalisation
    learns nonsense from a batch of one. On a small drop an epoch goes on in that order, over and
    over, until it has `least_steps`.
    """
    count = len(channel.files)
    size = min(batch_size, count)
    steps = steps_per_epoch(count, batch_size, least_steps)
    pixels, labels = _tensors(channel)
    class_weights = tf.constant(weights)

    def order(epoch: Any) -> Dataset:
        shuffled = tf.random.experimental.stateless_shuffle(
            tf.range(count), seed=tf.stack([tf.constant(seed, tf.int64), epoch])
        )
        filled = tf.gather(shuffled, tf.range(steps * size) % count)
        return tf.data.Dataset.from_tensor_slices(tf.reshape(filled, (steps, size)))

    def batch(step: Any, rows: Any) -> tuple[Any, Any, Any]:
        label = tf.gather(labels, rows)
        shown = tf.gather(pixels, rows)
        if augments:
            shown = augmentation.augment(shown, tf.stack([seed, step]))
        one_hot = tf.one_hot(label, len(weights))
        return tf.cast(shown, tf.float32), one_hot, tf.gather(class_weights, label)

    orders = tf.data.Dataset.range(epochs.start, epochs.stop).flat_map(order)
    numbered = orders.enumerate(start=epochs.start * steps)
    return _ahead(numbered, batch)


def validation_batches(channel: Channel, classes: int, batch_size: int) -> Dataset:
    """Batches of (pixels float32, one-hot float32) in the channel's own order."""
    pixels, labels = _tensors(channel)

    def batch(rows: Any) -> tuple[Any, Any]:
        return (
            tf.cast(tf.gather(pixels, rows), tf.float32),
            tf.one_hot(tf.gather(labels, rows), classes),
        )

    rows = tf.data.Dataset.range(len(channel.files)).batch(batch_size)
    return _ahead(rows, batch)


def _ahead(numbers: Dataset, batch: Any) -> Dataset:
    """Make the batches in the background, a few ahead of the network."""
    options = tf.data.Options()
    # The thread that tunes a pipeline sleeps for up to a minute, and after a long training the end
    # of fit was seen to wait for it, with nothing to do. So few steps need no tuning.
    options.autotune.enabled = False
    return (
        numbers.map(batch, num_parallel_calls=_PARALLEL).prefetch(_PARALLEL).with_options(options)
    )


def _tensors(channel: Channel) -> tuple[Any, Any]:
    """Keep the images in the machine's memory, not in the GPU's."""
    with tf.device("/CPU:0"):
        return tf.constant(channel.pixels), tf.constant(channel.labels)
