"""How fast the network is fed, beside Keras' own ways to read a folder of pictures.

    python -m benchmarks.input_pipeline            prints what it measured
    python -m benchmarks.input_pipeline --write    and puts it into docs/benchmarks.md
    python -m benchmarks.input_pipeline --images 64 --rounds 1    a quick look

The pictures are JPEGs of 1920 x 1080 that it draws first: shading, grain, and a scratch or none.
Each way of reading runs in a process of its own (`input_contestants.py`); the ways take turns,
round by round, and medians are told. All files are in the machine's cache.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from benchmarks import page

TRAINING_CODE = Path(__file__).resolve().parent.parent / "training_code"
IMAGES = 960  # a multiple of 32, the batch
ROUNDS = 5
WIDTH, HEIGHT = 1920, 1080
SIZES = (128, 224)  # what the default network and the large ones are trained on
# The names that benchmarks/input_contestants.py knows; importing it would load TensorFlow here.
OURS, GENERATOR = "droptrain", "generator"
READING = {
    OURS: "this training",
    GENERATOR: "ImageDataGenerator",
    "directory": "image_dataset_from_directory, prefetched",
    "directory-cached": "the same, cached (float32, one order for ever)",
}
TRAINING = {
    "tensors": "tensors in memory",
    "droptrain-memory": "this training, pixels in memory",
    "droptrain-file": "this training, pixels in a file",
    "directory": READING["directory"],
    GENERATOR: READING[GENERATOR],
}
FIRST_BAR, LATER_BAR, TRAINING_BAR = 2.2, 20.0, 0.95

Rates = dict[str, list[list[float]]]  # way -> runs -> passes, images a second


def draw(folder: Path, images: int) -> float:
    """Draw pictures of two classes; return the median of their sizes in KB."""

    def draw_one(number: int) -> int:
        chance = np.random.default_rng(number)
        coarse = chance.integers(60, 200, (9, 16, 3), dtype=np.uint8)
        shading = Image.fromarray(coarse).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        grain = chance.normal(0, chance.uniform(1, 5), (HEIGHT, WIDTH, 1))
        pixels = np.clip(np.asarray(shading) + grain, 0, 255).astype(np.uint8)
        picture = Image.fromarray(pixels)
        name = ("good", "scratched")[number % 2]
        if name == "scratched":
            ends = [int(end) for end in chance.integers(0, HEIGHT, 4)]
            ImageDraw.Draw(picture).line(ends, fill=(235, 235, 235), width=3)
        path = folder / name / f"{number}.jpg"
        picture.save(path, quality=87)
        return path.stat().st_size

    for name in ("good", "scratched"):
        (folder / name).mkdir()
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return statistics.median(threads.map(draw_one, range(images))) / 1000


def contestant(way: str, folder: Path, size: int) -> Any:
    """Run a way in a process of its own and return what it measured."""
    command = [sys.executable, "-m", "benchmarks.input_contestants", way, str(folder), str(size)]
    environment = os.environ | {"PYTHONPATH": str(TRAINING_CODE), "TF_CPP_MIN_LOG_LEVEL": "3"}
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout
    measured = json.loads(output.splitlines()[-1])
    print(f"{way} at {size}: {measured}", file=sys.stderr, flush=True)
    return measured


def read(folder: Path, size: int, rounds: int) -> Rates:
    """Let the ways of reading take turns."""
    rates: Rates = defaultdict(list)
    for _ in range(rounds):
        for way in READING:
            rates[way].append(contestant(way, folder, size))
    return rates


def first(runs: list[list[float]]) -> float:
    """Return the median images a second of the first pass."""
    return statistics.median(run[0] for run in runs)


def later(runs: list[list[float]]) -> float:
    """Return the median images a second of the passes after it."""
    return statistics.median(rate for run in runs for rate in run[1:])


def bars(reading: Rates, training: dict[str, list[float]]) -> list[list[str]]:
    """Judge what was asked for, at the size of the default network."""
    ours, keras = reading[OURS], reading[GENERATOR]
    rows = [
        _bar(
            "reading, first pass, times ImageDataGenerator", first(ours) / first(keras), FIRST_BAR
        ),
        _bar(
            "reading, later passes, times ImageDataGenerator", later(ours) / later(keras), LATER_BAR
        ),
    ]
    tensors = statistics.median(training["tensors"])
    for way in ("droptrain-memory", "droptrain-file"):
        share = statistics.median(training[way]) / tensors
        rows.append(_bar(f"{TRAINING[way]}: share of the speed with tensors", share, TRAINING_BAR))
    return rows


def report(
    reading: dict[int, Rates], training: dict[str, list[float]], kilobytes: float, load: float
) -> str:
    """Write the section: the bars first, then what they come from."""
    parts = [
        page.circumstances(load),
        f"JPEGs of {WIDTH} x {HEIGHT}, median {kilobytes:.0f} KB, batches of 32. The bars are for "
        f"{SIZES[0]} x {SIZES[0]} pixels, the default.",
        page.table(["what", "measured", "wanted", ""], bars(reading[SIZES[0]], training)),
    ]
    for size, rates in reading.items():
        rows = [
            [name, f"{first(rates[way]):,.0f}", f"{later(rates[way]):,.0f}", _range(rates[way])]
            for way, name in READING.items()
        ]
        headings = ["way", "first pass", "later passes", "range of the first"]
        parts += [f"Reading at {size} x {size}, images a second:", page.table(headings, rows)]
    rows = [
        [name, f"{statistics.median(training[way]):,.0f}",
         f"{min(training[way]):,.0f} to {max(training[way]):,.0f}"]
        for way, name in TRAINING.items()
    ]  # fmt: skip
    return "\n\n".join(
        [
            *parts,
            f"Training the default network at {SIZES[0]} x {SIZES[0]}, all ways augmenting alike, "
            "images a second of the epochs after the first:",
            page.table(["way", "median", "range"], rows),
        ]
    )


def _range(runs: list[list[float]]) -> str:
    rates = [run[0] for run in runs]
    return f"{min(rates):,.0f} to {max(rates):,.0f}"


def _bar(what: str, value: float, bar: float) -> list[str]:
    return [what, f"{value:.2f}", f"at least {bar}", "met" if value >= bar else "**missed**"]


def main() -> None:
    """Measure, print, and write the page if asked."""
    parser = argparse.ArgumentParser(description="measure how the network is fed")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--images", type=int, default=IMAGES, help="a multiple of 32")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        kilobytes = draw(Path(folder), arguments.images)
        reading = {size: read(Path(folder), size, arguments.rounds) for size in SIZES}
        training = contestant("training", Path(folder), SIZES[0])
    text = report(reading, training, kilobytes, load)
    print(text)
    if arguments.write:
        page.write("input", text)


if __name__ == "__main__":
    main()
