"""How fast a training reads its images, compared with Keras' ImageDataGenerator.

    python -m benchmarks.input            prints what it measured
    python -m benchmarks.input --write    and writes it into docs/benchmarks.md

The images are JPEGs of 1920 x 1080, drawn first: shading, grain, and a scratch or none. Each reader
runs in a process of its own; they take turns, and the medians count. TensorFlow is imported before
the clock starts; everything else a reader needs to begin counts towards its first pass. All files
are in the machine's cache.
"""

from __future__ import annotations

import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from PIL import Image, ImageDraw

from benchmarks import page
from learning import batches, machine
from loading import channel, pixel_storage

IMAGES = 960  # a multiple of the batch
ROUNDS = 5
BATCH = 32
PASSES = 3
WIDTH, HEIGHT = 1920, 1080
SIZES = (128, 224)  # pixels that the default network and the large ones are trained on
CLASSES = ("good", "scratched")


class Speed(NamedTuple):
    """Images a second, of each round: the first pass, and the passes after it."""

    first: list[float]
    later: list[float]


def draw(folder: Path) -> float:
    """Draw images of two classes; return the median of their sizes in KB."""

    def draw_image(number: int) -> int:
        random = np.random.default_rng(number)
        coarse = random.integers(60, 200, (9, 16, 3), dtype=np.uint8)
        shading = Image.fromarray(coarse).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        grain = random.normal(0, random.uniform(1, 5), (HEIGHT, WIDTH, 1))
        image = Image.fromarray(np.clip(np.asarray(shading) + grain, 0, 255).astype(np.uint8))
        name = CLASSES[number % 2]
        if name == "scratched":
            ends = [int(end) for end in random.integers(0, HEIGHT, 4)]
            ImageDraw.Draw(image).line(ends, fill=(235, 235, 235), width=3)
        path = folder / name / f"{number}.jpg"
        image.save(path, quality=87)
        return path.stat().st_size

    for name in CLASSES:
        (folder / name).mkdir()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return statistics.median(pool.map(draw_image, range(IMAGES))) / 1000


def training(folder: Path, size: int) -> Iterator[int]:
    """Read as a training does; yield the number of images after each pass."""
    machine.prepare(None, 0, "auto")
    paths = channel.find(folder, list(CLASSES))
    allocate = pixel_storage.choose(len(paths), size)
    images = channel.read("train", folder, paths, size, allocate, lambda: None)
    weights = np.ones(len(CLASSES), np.float32)
    epochs = iter(
        batches.training_batches(
            images, batches.BatchPlan(weights, BATCH, 0, range(PASSES), 1), augments=False
        )
    )
    steps = math.ceil(len(images.files) / BATCH)
    while True:
        yield sum(len(pixels) for pixels, *_ in islice(epochs, steps))


def generator(folder: Path, size: int) -> Iterator[int]:
    """Read with Keras' ImageDataGenerator; yield the number of images after each pass."""
    images = tf.keras.preprocessing.image.ImageDataGenerator()
    epochs = images.flow_from_directory(folder, target_size=(size, size), batch_size=BATCH, seed=0)
    while True:
        yield sum(len(next(epochs)[0]) for _ in range(len(epochs)))


READERS: dict[str, Callable[[Path, int], Iterator[int]]] = {
    "this training": training,
    "ImageDataGenerator": generator,
}
OURS, PEER = READERS


def read(reader: str, folder: Path, size: int) -> list[float]:
    """Return the images a second of each pass."""
    rates = []
    passes = READERS[reader](folder, size)
    for _ in range(PASSES):
        started = time.perf_counter()
        images = next(passes)
        rates.append(images / (time.perf_counter() - started))
    return rates


def measure(folder: Path, size: int) -> dict[str, Speed]:
    """Let the readers take turns."""
    measured = {reader: Speed([], []) for reader in READERS}
    for reader in [*READERS] * ROUNDS:
        first, *later = page.in_a_process((), read, reader, folder, size)
        measured[reader].first.append(first)
        measured[reader].later.extend(later)
    return measured


def targets(measured: dict[str, Speed]) -> str:
    """Compare the two readers."""
    ours, peer = measured[OURS], measured[PEER]
    median = statistics.median
    first, later = (median(getattr(ours, p)) / median(getattr(peer, p)) for p in Speed._fields)
    return page.targets(
        [
            page.at_least(f"reading, first pass, times {PEER}", first, 2.2),
            page.at_least(f"reading, later passes, times {PEER}", later, 20),
        ]
    )


def rows(measured: dict[str, Speed]) -> str:
    """Write what the readers reached."""
    cells = [
        [
            reader,
            *(f"{statistics.median(rates):,.0f}" for rates in speed),
            f"{min(speed.first):,.0f} to {max(speed.first):,.0f}",
        ]
        for reader, speed in measured.items()
    ]
    return page.table(["reader", "first pass", "later passes", "range of the first"], cells)


def compare() -> list[str]:
    """Measure at each size; return the parts of the section."""
    with tempfile.TemporaryDirectory() as name:
        kilobytes = draw(Path(name))
        measured = {size: measure(Path(name), size) for size in SIZES}
    parts = [
        f"JPEGs of {WIDTH} x {HEIGHT}, median {kilobytes:.0f} KB, batches of {BATCH}. The targets "
        f"are for {SIZES[0]} x {SIZES[0]} pixels, the default.",
        targets(measured[SIZES[0]]),
    ]
    for size, speeds in measured.items():
        parts += [f"Reading at {size} x {size}, images a second:", rows(speeds)]
    return parts


if __name__ == "__main__":
    page.run("input", compare)
