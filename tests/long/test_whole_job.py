"""A whole job of as many images as one is meant for, and its report."""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from benchmarks import rendering
from common import keys
from pretrained_weights.convert import convert, find_checkpoint
from tests.support.drawn_parts import MARKS, write_marked
from tests.support.long_table import Figures
from tests.support.runs import archive_of
from tests.unit.training_code.container import TRAIN

CLASSES, TRAINED_ON, MEASURED_ON = 50, 320, 80  # images a class
MAXIMUM_SECONDS = 7200  # the template's default of MaximumRunSeconds
MACHINE = 16e9  # bytes of memory of ml.m5.xlarge, the template's first machine


def test_a_job_of_twenty_thousand_images_and_fifty_classes(tmp_path: Path, figures: Figures):
    assert len(MARKS) == CLASSES
    draw(tmp_path)
    output = tmp_path / "output"
    used = train(tmp_path, output)
    config, calibration = (
        json.loads((output / f"{name}.json").read_text()) for name in ("config", "calibration")
    )
    assert calibration["fitted_on"] == "folds"
    with (output / "out_of_sample.csv").open(newline="") as table:
        assert sum(1 for _ in csv.DictReader(table)) == CLASSES * (TRAINED_ON + MEASURED_ON)
    assert used.ru_maxrss * 1024 < MACHINE
    assert config["seconds"]["total"] < MAXIMUM_SECONDS
    figures.repetitions += 1
    figures.add("images", CLASSES * (TRAINED_ON + MEASURED_ON))
    figures.add("minutes of the job", config["seconds"]["total"] / 60)
    figures.add("CPU minutes of the job", (used.ru_utime + used.ru_stime) / 60)
    figures.add("GB of memory at most", used.ru_maxrss * 1024 / 1e9)
    figures.check("50 classes: trained, each image judged in folds, reviewed and audited in time")

    for name, page in pages_of(output).items():
        assert len(page) < 5e6
        figures.add(f"MB of {name}", len(page) / 1e6)
    figures.check("its pages stay below 5 MB")


def draw(folder: Path) -> None:
    counts = {"train": TRAINED_ON, "validation": MEASURED_ON}
    parts = [
        (side, mark, number)
        for side, count in counts.items()
        for mark in MARKS
        for number in range(count)
    ]
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        list(pool.map(partial(write_marked, folder), *zip(*parts, strict=True), chunksize=50))


def train(folder: Path, output: Path) -> resource.struct_rusage:
    """Train as a job does, and return what the process used."""
    weights = folder / "weights.safetensors"
    convert(find_checkpoint(), weights)
    with (folder / "log").open("w") as log:
        job = subprocess.Popen(
            [
                *(sys.executable, TRAIN, "--output", output),
                *("--train", folder / "train", "--validation", folder / "validation"),
                *("--architecture", "efficientnet-lite0", "--pretrained", weights),
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(job.pid, 0)
    assert status == 0, (folder / "log").read_text()[-2000:]
    return used


def pages_of(output: Path) -> dict[str, bytes]:
    """Report the run as the plot function does; return its pages."""
    left = {file.name: file.read_bytes() for file in output.glob("*.*") if file.is_file()}
    left |= {f"review/{file.name}": file.read_bytes() for file in (output / "review").iterdir()}
    reported = rendering.report({keys.run_output_archive(rendering.RUN): archive_of(left)})
    assert json.loads(reported[keys.run_metrics(rendering.RUN)])["state"] == "done"
    names = ("report.html", "review.html")
    return {name: reported[keys.run_file(rendering.RUN, name)] for name in names}
