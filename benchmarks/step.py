"""What a training step of the default network costs beside the network itself.

    python -m benchmarks.step            prints what it measured
    python -m benchmarks.step --write    and writes it into docs/benchmarks.md

In one process an epoch of the training and as many bare steps take turns: forward and backward pass
of the same network on one batch that is already there, without augmentation, pipeline, metrics,
update of the weights, validation or checkpoint. CPU seconds of all threads count, which other work
on the machine hardly changes.
oneDNN can be held to the instructions of an older CPU:
https://uxlfoundation.github.io/oneDNN/dev_guide_cpu_dispatcher_control.html
"""

from __future__ import annotations

import functools
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import hyperparameters
from benchmarks import page
from exporting import outputs
from learning import fit, machine, networks
from learning.checkpoint import Checkpoints, Progress
from loading.channel import Channel
from loading.dataset import ImageData

CLASSES = ["good", "scratched"]
BATCH = 32
STEPS = 16  # of an epoch
ROUNDS = 3
CAP = "ONEDNN_MAX_CPU_ISA"
# Of a CPU without AVX-512 and of this one. The first has no 16 bits either.
CPUS = {"AVX2": "float32", "": "auto"}
PARTS = ("training", "bare", "preparing", "validating")

Seconds = dict[str, list[float]]  # CPU seconds of a step, by part: one for each round


@dataclass
class Rounds(fit.EpochEnd):
    """Measures the parts one by one after each epoch, and the epochs; the first warms up."""

    parts: dict[str, Callable[[], object]] = field(default_factory=dict)
    seconds: Seconds = field(default_factory=lambda: {part: [] for part in PARTS})
    began: float = field(default_factory=time.process_time)

    def __call__(self, epoch: int, logs: dict[str, float]) -> None:
        """Note the CPU seconds of a step."""
        super().__call__(epoch, logs)
        self._note("training", self.began)
        for name, part in self.parts.items():
            began = time.process_time()
            part()
            self._note(name, began)
        self.began = time.process_time()

    def _note(self, part: str, began: float) -> None:
        self.seconds[part].append((time.process_time() - began) / STEPS)


def images(count: int, size: int) -> Channel:
    """Return noise of two classes."""
    labels = np.arange(count, dtype=np.int32) % len(CLASSES)
    pixels = np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    return Channel([str(number) for number in range(count)], labels, pixels, [])


def bare(settings: hyperparameters.Hyperparameters) -> Callable[[], object]:
    """Return a function that passes an epoch's number of batches forward and backward."""
    network = networks.build("cnn", settings.image_size, len(CLASSES), BATCH)
    loss = keras.losses.CategoricalCrossentropy()
    pixels = tf.random.uniform((BATCH, settings.image_size, settings.image_size, 3), 0, 255)
    truth = tf.one_hot(tf.range(BATCH) % len(CLASSES), len(CLASSES))

    @tf.function  # type: ignore[untyped-decorator]  # TensorFlow publishes no types
    def step() -> Any:
        with tf.GradientTape() as tape:
            value = loss(truth, network(pixels, training=True))
        return tape.gradient(value, network.trainable_variables)

    step()
    return lambda: [step()[0].numpy() for _ in range(STEPS)]


def measure(precision: str) -> Seconds:
    """Train, and take turns with the parts; return the CPU seconds of a step."""
    machine.prepare(None, 0, precision)
    settings = hyperparameters.parse({"epochs": str(ROUNDS + 1)})
    train = images(STEPS * BATCH, settings.image_size)
    data = ImageData(CLASSES, train, images(STEPS * BATCH // 4, settings.image_size))
    model = fit.build(data, settings, None)
    prepared = fit.training_batches(data, None, settings, range(ROUNDS + 1))
    with tempfile.TemporaryDirectory() as name:
        checkpoints = Checkpoints(Path(name), "step")
        record = functools.partial(outputs.write_history, Path(name))
        rounds = Rounds(model, Progress(), checkpoints, settings, record)
        rounds.parts = {
            "bare": bare(settings),
            "preparing": lambda: [*prepared.take(STEPS)],
            "validating": lambda: model.predict(data.validation.pixels, BATCH, verbose=0),
        }
        fit.run(fit.Learner(model, model), data, settings, rounds, lambda: None)
    return {part: seconds[1:] for part, seconds in rounds.seconds.items()}


def compare() -> list[str]:
    """Measure on each CPU in a process of its own; return the parts of the section."""
    rows = []
    for cap, precision in CPUS.items():
        if cap:
            os.environ[CAP] = cap
        seconds = page.in_a_process((), measure, precision)
        os.environ.pop(CAP, None)
        ratio = statistics.median(
            whole / part for whole, part in zip(seconds["training"], seconds["bare"], strict=True)
        )
        medians = [f"{statistics.median(seconds[part]):.3f}" for part in PARTS]
        rows.append([cap or "all of this CPU", precision, *medians, f"{ratio:.2f}"])
    headings = ["instructions", "precision", "a step of training", "bare step"]
    headings += ["preparing a batch alone", "validating, a step's share", "training / bare"]
    return [
        f"The network cnn, {BATCH} images of 128 x 128 pixels, epochs of {STEPS} steps and a "
        f"quarter as many images to validate on; CPU seconds, medians of {ROUNDS} rounds:",
        page.table(headings, rows),
    ]


if __name__ == "__main__":
    page.run("step", compare)
