"""Sets of images that are drawn to be hard in one way each, so that no recipe fits one set only.

Each has its own images to train on and to measure on, drawn in the same way. No part is on both
sides.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.accuracy import drawing
from benchmarks.accuracy.drawing import FLAWS, SIGNS, SURFACES, Rng

GOOD = "good"
JPEG_QUALITY = 92


@dataclass(frozen=True)
class GeneratedSet:
    """A set that can be drawn: parts of each class on either side, and how they look.

    `photographs` of each part are trained on, in a folder of their own, so that they are a group.
    """

    name: str
    title: str
    train: Mapping[str, int]
    validation: Mapping[str, int]
    draw: Callable[[str, Rng], Image.Image]
    epochs: int | None = None  # None: the default of each contestant
    photographs: int = 1


def flawed(
    label: str,
    rng: Rng,
    sizes: tuple[int, int] = (160, 120),
    surfaces: tuple[str, ...] = tuple(SURFACES),
    contrast: tuple[float, float] = (0.16, 0.32),
    grey: bool = False,
) -> Image.Image:
    """Draw a part of `sizes` pixels (width, height) with the flaw that its class is named after."""
    width, height = sizes
    light = drawing.surface(rng, height, width, str(rng.choice(surfaces)), rng.uniform(0.03, 0.06))
    if label != GOOD:
        size = rng.uniform(0.3, 0.55) * min(sizes)
        drawing.press(light, FLAWS[label](rng), size, rng.uniform(*contrast), rng)
    return drawing.develop(light, rng, grey)


def of_any_size(label: str, rng: Rng) -> Image.Image:
    """Draw a part in a picture of 48 to 1,200 pixels, upright, wide or square."""
    long = float(np.exp(rng.uniform(np.log(96), np.log(1200))))
    short = max(48.0, long * rng.uniform(0.4, 1))
    width, height = (long, short) if rng.random() < 0.5 else (short, long)
    return flawed(label, rng, (round(width), round(height)), contrast=(0.2, 0.4))


def with_a_speck(label: str, rng: Rng) -> Image.Image:
    """Draw a large part with one to three flaws of 5 to 9 pixels."""
    kind = str(rng.choice(["cast", "brushed", "drawn"]))
    light = drawing.surface(rng, 480, 640, kind, rng.uniform(0.02, 0.04))
    if label != GOOD:
        for _ in range(rng.integers(1, 4)):
            drawing.press(light, FLAWS[label](rng), rng.uniform(5, 9), rng.uniform(0.5, 0.8), rng)
    return drawing.develop(light, rng)


def of_two(label: str, rng: Rng) -> Image.Image:
    """Draw a part that is good or has any one flaw."""
    kinds = ("scratch", "crack", "stain", "pits", "dent")
    return flawed(label if label == GOOD else str(rng.choice(kinds)), rng)


def marked(label: str, rng: Rng) -> Image.Image:
    """Draw a part whose class is its surface and the sign that is punched into it."""
    kind, name = label.split(" ", 1)
    light = drawing.surface(rng, 120, 160, kind, rng.uniform(0.04, 0.07))
    drawing.press(light, drawing.sign(rng, name), rng.uniform(40, 60), rng.uniform(0.2, 0.4), rng)
    return drawing.develop(light, rng)


def of_new_parts(label: str, rng: Rng) -> Image.Image:
    """Draw a part, three times as wide as high, whose texture is stronger than some flaws.

    Good parts and flawed ones have faint stains.
    """
    kind = str(rng.choice(["cast", "brushed", "drawn"]))
    light = drawing.surface(rng, 96, 288, kind, rng.uniform(0.02, 0.08))
    for _ in range(rng.integers(0, 3)):
        stain = drawing.stain(rng)
        drawing.press(light, stain, rng.uniform(19, 48), rng.uniform(0.03, 0.1), rng)
    if label != GOOD:
        flaw = FLAWS[label](rng)
        drawing.press(light, flaw, rng.uniform(24, 48), rng.uniform(0.14, 0.3), rng)
    return drawing.develop(light, rng, grey=True)


def photograph_again(image: Image.Image, rng: Rng) -> Image.Image:
    """Return another photograph of the same grey part: moved, and exposed anew."""
    moved = np.roll(np.asarray(image, np.float32), rng.integers(-4, 5, 2), (0, 1))
    noise = rng.standard_normal(moved.shape, np.float32) * rng.uniform(1, 4)
    exposed = moved * np.float32(rng.uniform(0.85, 1.15)) + noise
    return Image.fromarray(np.clip(exposed, 0, 255).astype(np.uint8))


def _each(images: int, *labels: str) -> dict[str, int]:
    return dict.fromkeys(labels, images)


_MARKS = [f"{kind} {name}" for kind in SURFACES for name in SIGNS]
_SPECKS = (GOOD, "dark spot", "bright spot")
_ALL_FLAWS = (GOOD, "scratch", "crack", "stain", "pits", "dent")
_SETS = (
    GeneratedSet(
        "imbalance", "a class of 30 among 950",
        {GOOD: 448, "scratch": 192, "stain": 96, "dent": 24},
        {GOOD: 224, "scratch": 96, "stain": 48, "dent": 12},
        flawed,
    ),
    GeneratedSet(
        "rare", "wide grey pictures of new parts, 75 % good",
        {GOOD: 66, "dent": 6, "scratch": 5, "crack": 7, "pits": 4},
        {GOOD: 330, "dent": 30, "scratch": 30, "crack": 30, "pits": 20},
        of_new_parts, photographs=6,
    ),
    GeneratedSet(
        "sizes", "pictures of 48 to 1,200 pixels",
        _each(100, GOOD, "scratch", "stain", "pits"), _each(60, GOOD, "scratch", "stain", "pits"),
        of_any_size,
    ),
    GeneratedSet(
        "grey", "grey pictures",
        _each(100, GOOD, "crack", "stain", "dent"), _each(60, GOOD, "crack", "stain", "dent"),
        partial(flawed, surfaces=("cast", "woven"), grey=True),
    ),
    GeneratedSet(
        "tiny", "flaws of 5 to 9 pixels in pictures of 640 x 480",
        _each(160, *_SPECKS), _each(80, *_SPECKS), with_a_speck,
    ),
    GeneratedSet(
        "two", "2 classes, one of them any flaw",
        _each(160, GOOD, "flawed"), _each(120, GOOD, "flawed"), of_two,
    ),
    GeneratedSet(
        "fifty", "50 classes: 5 surfaces, 10 signs", _each(20, *_MARKS), _each(8, *_MARKS), marked,
    ),
    GeneratedSet(
        "sixty", "60 pictures of 3 classes",
        _each(20, "scratch", "stain", "pits"), _each(80, "scratch", "stain", "pits"), flawed,
    ),
    GeneratedSet(
        "large", "6,000 pictures, weak flaws",
        _each(800, *_ALL_FLAWS), _each(200, *_ALL_FLAWS),
        partial(flawed, contrast=(0.08, 0.2)), epochs=10,
    ),
)  # fmt: skip
SETS = {generated.name: generated for generated in _SETS}


def file_of(
    generated: GeneratedSet, side: str, label: str, number: int, view: int = 0
) -> tuple[str, bytes]:
    """Draw one photograph of a part: its name in its class, and the same bytes every time."""

    def rng(*words: object) -> Rng:
        name = "/".join(map(str, (generated.name, side, label, number, *words)))
        return np.random.default_rng(
            np.frombuffer(hashlib.sha256(name.encode()).digest(), np.uint32)
        )

    image = generated.draw(label, rng())
    name = f"part-{number:05}"
    if generated.photographs > 1:
        image = photograph_again(image, rng(view))
        name = f"{name}/{view}"
    file = io.BytesIO()
    # Each class has files of two formats, as real drops do.
    if number % 4 == 3:
        image.save(file, "PNG", compress_level=1)
        return f"{name}.png", file.getvalue()
    image.save(file, "JPEG", quality=JPEG_QUALITY)
    return f"{name}.jpg", file.getvalue()


def write(generated: GeneratedSet, folder: Path) -> None:
    """Draw the set into `folder`/train and `folder`/validation, on all CPUs."""
    shutil.rmtree(folder, ignore_errors=True)
    jobs = []
    sides = (
        ("train", generated.train, generated.photographs),
        ("validation", generated.validation, 1),
    )
    for side, counts, photographs in sides:
        for label, parts in counts.items():
            (folder / side / label).mkdir(parents=True)
            jobs += [
                (side, label, number, view)
                for number in range(parts)
                for view in range(photographs)
            ]
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        list(pool.map(partial(_write_image, generated, folder), jobs, chunksize=50))


def _write_image(generated: GeneratedSet, folder: Path, job: tuple[str, str, int, int]) -> None:
    side, label, number, view = job
    name, content = file_of(generated, side, label, number, view)
    file = folder / side / label / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
