"""Sets of pictures that are drawn to be hard in one way each, so that no recipe fits one set only.

Each has its own pictures to train on and to measure on, drawn from the same hat. A set is drawn
once and kept; when the drawing changes, so does the name of its folder.
"""

from __future__ import annotations

import ast
import hashlib
import io
import os
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.accuracy import drawing
from benchmarks.accuracy.drawing import FLAWS, SIGNS, SURFACES, Rng

GOOD = "good"
LARGE = 6_000
SIDES = ("train", "validation")
_QUALITY = 92  # JPEG
_SEEN_IN_LARGE_SETS = 60_000  # pictures in all epochs together


@dataclass(frozen=True)
class GeneratedSet:
    """A set that can be drawn: images of each class, and how one of a class looks."""

    name: str
    what: str
    train: Mapping[str, int]
    validation: Mapping[str, int]
    draw: Callable[[str, Rng], Image.Image]
    epochs: int | None = None  # None: what each contestant is trained with by default

    @property
    def sides(self) -> dict[str, Mapping[str, int]]:
        """Images of each class to train and to measure on."""
        return dict(zip(SIDES, (self.train, self.validation), strict=True))


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


def catalogue(large: int = LARGE, limit: int | None = None) -> dict[str, GeneratedSet]:
    """Return all sets by name; `large` is the size of the largest, of which a fifth measures.

    With `limit`, no class of a set has more images on either side.
    """
    marks = [f"{kind} {name}" for kind in SURFACES for name in SIGNS]
    fifth = large // 5
    sets = (
        GeneratedSet(
            "imbalance", "a class of 30 among 950",
            {GOOD: 448, "scratch": 192, "stain": 96, "dent": 24},
            {GOOD: 224, "scratch": 96, "stain": 48, "dent": 12},
            flawed,
        ),
        GeneratedSet(
            "sizes", "pictures of 48 to 1,200 pixels",
            _each(100, GOOD, "scratch", "stain", "pits"),
            _each(60, GOOD, "scratch", "stain", "pits"),
            of_any_size,
        ),
        GeneratedSet(
            "grey", "grey pictures",
            _each(100, GOOD, "crack", "stain", "dent"),
            _each(60, GOOD, "crack", "stain", "dent"),
            partial(flawed, surfaces=("cast", "woven"), grey=True),
        ),
        GeneratedSet(
            "tiny", "flaws of 5 to 9 pixels in pictures of 640 x 480",
            _each(160, GOOD, "dark spot", "bright spot"),
            _each(80, GOOD, "dark spot", "bright spot"),
            with_a_speck,
        ),
        GeneratedSet(
            "two", "2 classes, one of them any flaw",
            _each(160, GOOD, "flawed"), _each(120, GOOD, "flawed"), of_two,
        ),
        GeneratedSet(
            "fifty", "50 classes: 5 surfaces, 10 signs",
            _each(20, *marks), _each(8, *marks), marked,
        ),
        GeneratedSet(
            "sixty", "60 pictures of 3 classes",
            _each(20, "scratch", "stain", "pits"),
            _each(80, "scratch", "stain", "pits"),
            flawed,
        ),
        GeneratedSet(
            "large", f"{large:,} pictures, weak flaws",
            _shared_out(large - fifth), _shared_out(fifth),
            partial(flawed, contrast=(0.08, 0.2)),
            epochs=max(3, round(_SEEN_IN_LARGE_SETS / large)),
        ),
    )  # fmt: skip
    return {one.name: one if limit is None else _limited(one, limit) for one in sets}


def _limited(one: GeneratedSet, limit: int) -> GeneratedSet:
    train, validation = (
        {label: min(images, limit) for label, images in counts.items()}
        for counts in one.sides.values()
    )
    return replace(one, train=train, validation=validation)


def _each(images: int, *labels: str) -> dict[str, int]:
    return dict.fromkeys(labels, images)


def _shared_out(images: int) -> dict[str, int]:
    labels = (GOOD, "scratch", "crack", "stain", "pits", "dent")
    return _each(max(1, images // len(labels)), *labels)


def folder_of(one: GeneratedSet, root: Path) -> Path:
    """Return where the set lies or will lie; the name tells its size and how it is drawn."""
    size = sum(one.train.values()) + sum(one.validation.values())
    drawn_by = (Path(file).read_text("utf-8") for file in (__file__, str(drawing.__file__)))
    code = "".join(ast.unparse(ast.parse(text)) for text in drawn_by)  # without comments
    return root / f"{one.name}-{size}-{hashlib.sha256(code.encode()).hexdigest()[:8]}"


def file_of(one: GeneratedSet, side: str, label: str, number: int) -> tuple[str, bytes]:
    """Draw one picture: its name without folders, and the same bytes for the same arguments."""
    seed = hashlib.sha256(f"{one.name}/{side}/{label}/{number}".encode()).digest()
    picture = one.draw(label, np.random.default_rng(np.frombuffer(seed, np.uint32)))
    file = io.BytesIO()
    # Files of one class in two formats, as in real drops; every class alike.
    if number % 4 == 3:
        picture.save(file, "PNG", compress_level=1)
        return f"part-{number:05}.png", file.getvalue()
    picture.save(file, "JPEG", quality=_QUALITY)
    return f"part-{number:05}.jpg", file.getvalue()


def write(one: GeneratedSet, root: Path) -> Path:
    """Draw the set unless it is there, on all CPUs; return its folder, with train/ and validation/.

    It is drawn beside its place first: a folder that is there is a whole one.
    """
    folder = folder_of(one, root)
    if folder.exists():
        return folder
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    jobs = []
    for side, counts in one.sides.items():
        for label, images in counts.items():
            (unfinished / side / label).mkdir(parents=True)
            jobs += [(side, label, number) for number in range(images)]
    write_one = partial(_write_one, one, unfinished)
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        list(pool.map(write_one, jobs, chunksize=50))
    unfinished.rename(folder)
    return folder


def _write_one(one: GeneratedSet, folder: Path, job: tuple[str, str, int]) -> None:
    side, label, number = job
    name, content = file_of(one, side, label, number)
    (folder / side / label / name).write_bytes(content)
