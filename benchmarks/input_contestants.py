"""Ways to feed a network from a folder of pictures; each runs in a process of its own.

    python -m benchmarks.input_contestants WAY FOLDER SIZE     reads, pass after pass
    python -m benchmarks.input_contestants training FOLDER SIZE    trains, the ways taking turns

The last line on standard output is JSON. TensorFlow is imported before any time is taken.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import architectures
import augmentation
import batches
import channel
import compilation
import machine
import storage
from channel import Channel
from recipe import RECIPES

BATCH = 32
LATER_PASSES = 2
EPOCHS = 4  # of a training, the first of them not counted
STEPS = 12  # of an epoch of training
ROUNDS = 3
OURS, GENERATOR, DIRECTORY, CACHED = "droptrain", "generator", "directory", "directory-cached"
TENSORS, IN_MEMORY, IN_A_FILE = "tensors", "droptrain-memory", "droptrain-file"
ARCHITECTURE = "cnn"


def droptrain(folder: Path, size: int) -> Iterator[int]:
    """Decode as a training does, then take batches; yields after each pass how many images."""
    machine.prepare(None, 0, "auto")
    images = _read(folder, size, storage.choose)
    epochs = iter(_ours(images, range(1 + LATER_PASSES), augments=False))
    steps = math.ceil(len(images.files) / BATCH)
    while True:
        yield sum(len(pixels) for pixels, *_ in islice(epochs, steps))


def generator(folder: Path, size: int) -> Iterator[int]:
    """Take batches from Keras' ImageDataGenerator."""
    epochs = _generator(folder, size)
    while True:
        yield sum(len(next(epochs)[0]) for _ in range(len(epochs)))


def directory(folder: Path, size: int) -> Iterator[int]:
    """Take batches from Keras' image_dataset_from_directory, made ahead."""
    epochs = _directory(folder, size).prefetch(tf.data.AUTOTUNE)
    while True:
        yield sum(len(pixels) for pixels, _ in epochs)


def directory_cached(folder: Path, size: int) -> Iterator[int]:
    """Keep them in memory, too, as Keras' guides advise: as float32, always in the same order."""
    epochs = _directory(folder, size).cache().prefetch(tf.data.AUTOTUNE)
    while True:
        yield sum(len(pixels) for pixels, _ in epochs)


READING: dict[str, Callable[[Path, int], Iterator[int]]] = {
    OURS: droptrain,
    GENERATOR: generator,
    DIRECTORY: directory,
    CACHED: directory_cached,
}


def read(way: str, folder: Path, size: int) -> list[float]:
    """Return the images a second of each pass."""
    rates = []
    passes = READING[way](folder, size)
    for _ in range(1 + LATER_PASSES):
        started = time.perf_counter()
        images = next(passes)
        rates.append(images / (time.perf_counter() - started))
    return rates


def train(folder: Path, size: int) -> dict[str, list[float]]:
    """Train one network, the ways taking turns; return the images a second of each later epoch.

    All ways augment alike, and the numbers are those that droptrain computes with.
    """
    machine.prepare(None, 0, "auto")
    kept = _read(folder, size, storage.choose)
    filed = _read(folder, size, lambda *_: storage.in_a_file)
    model = architectures.build(ARCHITECTURE, size, 2, BATCH)
    compilation.compile_model(model, RECIPES[ARCHITECTURE], 0.001, 10_000)
    made: dict[str, Callable[[], Any]] = {
        TENSORS: lambda: _augmented(_from_tensors(kept)),
        IN_MEMORY: lambda: _ours(kept, range(EPOCHS), augments=True),
        IN_A_FILE: lambda: _ours(filed, range(EPOCHS), augments=True),
        DIRECTORY: lambda: _augmented(_directory(folder, size)),
        GENERATOR: lambda: _augmented(_generated(folder, size)),
    }
    rates: dict[str, list[float]] = {way: [] for way in made}
    for _ in range(ROUNDS):
        for way, make in made.items():
            clock = Clock()
            model.fit(
                make(),
                epochs=EPOCHS,
                steps_per_epoch=STEPS,
                callbacks=[clock],
                shuffle=False,  # the batches come in their order
                verbose=0,
            )
            rates[way] += [STEPS * BATCH / seconds for seconds in clock.seconds[1:]]
    return rates


class Clock(keras.callbacks.Callback):  # type: ignore[misc]  # Keras publishes no types
    """Takes the time of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._started = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start."""
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stop."""
        self.seconds.append(time.perf_counter() - self._started)


def _read(folder: Path, size: int, choose: Callable[[int, int], storage.Allocate]) -> Channel:
    classes = sorted(path.name for path in folder.iterdir())
    found = channel.find(folder, classes)
    allocate = choose(len(found), size)
    return channel.read("train", folder, found, size, allocate, lambda: None)


def _ours(images: Channel, epochs: range, *, augments: bool) -> Any:
    weights = np.ones(2, np.float32)
    return batches.training_batches(
        images, weights, BATCH, 0, epochs, augments=augments, least_steps=1
    )


def _from_tensors(images: Channel) -> Any:
    """Shuffle and batch tensors, as tf.data's guide does it."""
    tensors = (tf.constant(images.pixels), tf.one_hot(images.labels, 2))
    shuffled = tf.data.Dataset.from_tensor_slices(tensors).shuffle(len(images.files), seed=0)
    return shuffled.batch(BATCH, drop_remainder=True, num_parallel_calls=tf.data.AUTOTUNE)


def _augmented(made: Any) -> Any:
    """Augment the batches of some way for ever, ahead of the network."""

    def augment(step: Any, batch: tuple[Any, Any]) -> tuple[Any, Any, Any]:
        pixels, one_hot = batch
        whole = tf.ensure_shape(tf.cast(pixels, tf.uint8), (BATCH, *pixels.shape[1:]))
        seed = tf.stack([tf.constant(0, tf.int64), step])
        return augmentation.augment(whole, seed), one_hot, tf.ones(BATCH)

    numbered = made.repeat().enumerate()
    return numbered.map(augment, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def _directory(folder: Path, size: int) -> Any:
    return keras.utils.image_dataset_from_directory(
        folder,
        image_size=(size, size),
        batch_size=BATCH,
        label_mode="categorical",
        seed=0,
        verbose=False,
    )


def _generator(folder: Path, size: int) -> Any:
    made = tf.keras.preprocessing.image.ImageDataGenerator()
    return made.flow_from_directory(folder, target_size=(size, size), batch_size=BATCH, seed=0)


def _generated(folder: Path, size: int) -> Any:
    shapes = (
        tf.TensorSpec((None, size, size, 3), tf.float32),
        tf.TensorSpec((None, 2), tf.float32),
    )
    epochs = _generator(folder, size)
    return tf.data.Dataset.from_generator(lambda: epochs, output_signature=shapes)


def main() -> None:
    """Run the way that is asked for."""
    way, folder, size = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    print(json.dumps(train(folder, size) if way == "training" else read(way, folder, size)))


if __name__ == "__main__":
    main()
