"""What an answer costs without TensorFlow, and which images are called unknown.

    python -m benchmarks.predict                             the sample drop
    python -m benchmarks.predict --images ./steel --write    and a folder of yours, into the page

A job is trained on each set, on four fifths of it, drawn at random. The same validation images, as
files, are then answered as the predict function does, and by the SavedModel in TensorFlow, each in
a process of its own on one core, as a function has about one. CPU seconds of all threads count,
which other work on the machine hardly changes.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import ROOT, page
from benchmarks.accuracy.__main__ import SAMPLE, write_weights
from benchmarks.accuracy.splits import AT_RANDOM, link, split
from benchmarks.accuracy.trainings import TRAIN
from benchmarks.predict.ways import (
    cost,
    decisions,
    differences,
    import_seconds,
    litert,
    unknown_classes,
)
from benchmarks.predict.ways import tensorflow as served
from local_cloud.sample_drop import write_sample_drop

OUT = ROOT / "out" / "predict"
MOST_CPU = 0.5  # of what TensorFlow takes
FRAMES = "black, grey and white frames, noise"
LITE0 = "efficientnet-lite0"
CNN = ("--architecture", "cnn", "--epochs", "15")  # on the sample drop alone


@dataclass(frozen=True)
class Trained:
    """A training on `data`, and what it left in `place`."""

    title: str
    data: Path
    place: Path

    @property
    def model(self) -> Path:
        """The folder of the model."""
        return self.place / "model"


def train(title: str, root: Path, sides: dict[str, list[str]], out: Path, *options: str) -> Trained:
    """Train on the images of a folder, unless that was done."""
    trained = Trained(title, out / "split", out)
    if not (out / "done").exists():
        link(root, sides, trained.data)
        places = [f"--{side}={trained.data / side}" for side in sides]
        command = [sys.executable, str(TRAIN), *places, f"--output={out}", *options]
        with (out / "log").open("w", encoding="utf-8") as log:
            subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=True)
        (out / "done").touch()
    return trained


def write_frames(folder: Path) -> Path:
    """Write pictures that show nothing; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    shades = [np.full((480, 640, 3), shade, np.uint8) for shade in (0, 4, 128, 255)]
    shades += [rng.integers(0, most, (480, 640, 3), np.uint8) for most in (8, 30, 255)]
    for number, pixels in enumerate(shades):
        Image.fromarray(pixels).save(folder / f"{number}.jpg", quality=90)
    return folder


def row_of(trained: Trained, shown: str, folder: Path) -> list[str]:
    """Have images answered; return the row with the shares of the decisions in percent."""
    counted: Counter[str] = page.in_a_process((), decisions, trained.model, folder)
    names = ("class", "unsure", "unknown")
    shares = [f"{100 * counted[name] / counted.total():.1f}" for name in names]
    return [trained.title, shown, f"{counted.total()}", *shares]


def without_a_class(title: str, root: Path, out: Path, *options: str) -> list[str]:
    """Train a network whole, without the last class; return the row of its images."""
    left_out = sorted(path for path in root.iterdir() if path.is_dir())[-1]
    sides = {
        side: [name for name in names if not name.startswith(f"{left_out.name}/")]
        for side, names in split(root, AT_RANDOM, 0).items()
    }
    trained = train(f"{title} without {left_out.name}", root, sides, out, *options)
    return row_of(trained, f"{left_out.name}, a new class", left_out)


def row_of_costs(trained: Trained) -> tuple[list[str], list[str]]:
    """Return the row of what an answer costs, and that of the target."""
    shown = trained.data / "validation"
    ours, theirs = (
        page.in_a_process({0}, cost, way, trained.model, shown) for way in (litert, served)
    )
    ratio = ours.cpu_milliseconds / theirs.cpu_milliseconds
    table = trained.place / "predictions.csv"
    count, largest, others = page.in_a_process((), differences, trained.model, trained.data, table)
    figures = [f"{way.cpu_milliseconds:.1f}, {way.images_per_second:.0f}" for way in (ours, theirs)]
    row = [trained.title, *figures, f"{ratio:.2f}", f"{largest:.4f}", f"{others} of {count}"]
    return row, page.at_most(f"{trained.title}: CPU / TensorFlow's", ratio, MOST_CPU)


def rows_of_new_classes(trained: Trained) -> list[list[str]]:
    """Return a row for each class: what of it is unknown to a frozen network without it."""
    found = page.in_a_process((), unknown_classes, trained.model, trained.data, trained.place)
    rows = []
    for name, (count, share) in found.items():
        titles = f"{trained.title} without {name}", f"{name}, a new class"
        rows.append([*titles, f"{count}", "-", "-", f"{100 * share:.1f}"])
    return rows


def measure(images: Sequence[Path], out: Path = OUT) -> list[str]:
    """Train and answer; return the parts of the section."""
    folders = {SAMPLE: out / SAMPLE} | {folder.resolve().name: folder for folder in images}
    write_sample_drop(folders[SAMPLE])
    lite0 = ("--architecture", LITE0, "--pretrained", str(write_weights(out)))
    frames, costs, shares = write_frames(out / "frames"), [], []
    for name, options in [*((name, lite0) for name in folders), (SAMPLE, CNN)]:
        title, place = f"{options[1]}, {name}", out / f"{name}-{options[1]}"
        sides = split(folders[name], AT_RANDOM, 0)
        trained = train(title, folders[name], sides, place, *options)
        costs.append(row_of_costs(trained))
        shown = {f"{name}, validation": trained.data / "validation", FRAMES: frames}
        shown |= {other: folder for other, folder in folders.items() if other != name}
        shares += [row_of(trained, what, folder) for what, folder in shown.items()]
        if options is CNN:
            less = out / f"{place.name}-less"
            shares.append(without_a_class(title, folders[name], less, *options))
        else:
            shares += rows_of_new_classes(trained)
    return _parts(costs, shares, page.in_a_process({0}, import_seconds))


def _parts(
    costs: list[tuple[list[str], list[str]]], shares: list[list[str]], imported: tuple[float, float]
) -> list[str]:
    ways = ["predict: CPU ms an image, images/s", "TensorFlow: the same"]
    alike = ["largest difference", "other classes"]
    return [
        f"Measured {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC on {page.machine()}.",
        page.targets([target for _, target in costs]),
        page.table(["model", *ways, "CPU, ratio", *alike], [row for row, _ in costs]),
        "Importing what an answer needs, in a fresh process: {:.2f} s of CPU, {:.2f} s.".format(
            *imported
        ),
        page.table(["trained on", "shown", "images", "class %", "unsure %", "unknown %"], shares),
    ]


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the page if asked; return the exit code."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy's threads, one as the function has
    options = page.parser_for("predict", __doc__).parse_args(arguments)
    page.publish("predict", measure(options.images), write=options.write)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
