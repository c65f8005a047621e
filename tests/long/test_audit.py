"""The audit of the drop that `make run` draws, and of as many images as it compares."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from auditing import audit
from loading.channel import Channel
from loading.dataset import ImageData
from local_cloud.sample_drop import CLASSES, write_sample_drop
from reading import images
from tests.support.long_table import Figures

SIZE = 128


def test_the_sample_drop_has_no_shortcut(tmp_path: Path, figures: Figures):
    """Not even to a model that is always right, which a shortcut would explain most easily."""
    write_sample_drop(tmp_path / "drop")
    files = sorted((tmp_path / "drop").rglob("*.jpg"))
    labels = np.array([CLASSES.index(file.parent.name) for file in files], np.int32)
    with ThreadPoolExecutor() as threads:
        pixels = np.stack(list(threads.map(lambda file: images.read(file, SIZE).pixels, files)))
    for seed in range(5):
        is_validation = np.random.default_rng(seed).random(len(files)) < 0.2
        validation, train = (
            Channel(
                [str(file) for file, chosen in zip(files, side, strict=True) if chosen],
                labels[side],
                pixels[side],
                [],
            )
            for side in (is_validation, ~is_validation)
        )
        right = np.eye(len(CLASSES), dtype=np.float32)[validation.labels]
        data = ImageData(list(CLASSES), train, validation)
        found = audit.of(data, audit.Answers(right), [])
        assert found["warnings"] == []
        assert found["near_copies"]["validation_images"] == 0
        for score in found["neighbour"].values():
            assert score.get("accuracy", 0) < 0.4
        figures.repetitions += 1
    figures.check("no shortcut is reported, and no copies")


def test_sixty_thousand_images_are_audited_in_bounded_time(tmp_path: Path, figures: Figures):
    """On disk, as images are that do not fit into memory."""
    shape = (60_000, 64, 64, 3)
    pixels = np.lib.format.open_memmap(tmp_path / "pixels.npy", "w+", np.uint8, shape)
    patches = np.random.default_rng(0).integers(0, 256, (60_000, 8, 8, 3), dtype=np.uint8)
    for start in range(0, len(pixels), 1000):
        part = patches[start : start + 1000]
        pixels[start : start + 1000] = part.repeat(8, axis=1).repeat(8, axis=2)
    pixels[:1000] = pixels[-1000:]  # copies, half of them among the images compared
    labels = (np.arange(len(pixels)) % 10).astype(np.int32)
    names = [str(number) for number in range(len(pixels))]
    validation = Channel(names[:12_000], labels[:12_000], pixels[:12_000], [])
    train = Channel(names[12_000:], labels[12_000:], pixels[12_000:], [])
    right = np.eye(10, dtype=np.float32)[validation.labels]

    started = time.monotonic()
    classes = [str(number) for number in range(10)]
    found = audit.of(ImageData(classes, train, validation), audit.Answers(right), [])
    seconds = time.monotonic() - started

    assert found["images"] == {
        "train": 48_000,
        "validation": 12_000,
        "train_sampled": 40_000,
        "validation_sampled": 5_000,
    }
    assert 0.05 < found["near_copies"]["share"] < 1 / 12
    figures.add("seconds for 60,000 images", seconds)
    figures.check("copies are found in a sample, whose size bounds the time")
