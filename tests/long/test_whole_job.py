"""A whole job of as many images as one is meant for, and its report."""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks import rendering
from benchmarks.accuracy import sets
from common import keys
from pretrained_weights.convert import convert, find_checkpoint
from tests.support.long_table import Figures
from tests.support.runs import archive_of
from tests.unit.training_code.container import TRAIN

CLASSES, TRAINED_ON, MEASURED_ON = 50, 320, 80  # images a class
MAXIMUM_SECONDS = 7200  # the template's default of MaximumRunSeconds
MACHINE = 16e9  # bytes of memory of ml.m5.xlarge, the template's first machine


def test_a_job_of_twenty_thousand_images_and_fifty_classes(tmp_path: Path, figures: Figures):
    fifty = sets.SETS["fifty"]
    large = replace(
        fifty,
        train=dict.fromkeys(fifty.train, TRAINED_ON),
        validation=dict.fromkeys(fifty.validation, MEASURED_ON),
    )
    assert len(large.train) == CLASSES
    sets.write(large, tmp_path)
    weights = tmp_path / "weights.safetensors"
    convert(find_checkpoint(), weights)
    output = tmp_path / "output"

    used = train(tmp_path, weights, output)

    config, calibration = (
        json.loads((output / f"{name}.json").read_text()) for name in ("config", "calibration")
    )
    images = CLASSES * (TRAINED_ON + MEASURED_ON)
    assert calibration["fitted_on"] == "folds"
    with (output / "out_of_sample.csv").open(newline="") as table:
        assert sum(1 for _ in csv.DictReader(table)) == images
    assert used.ru_maxrss * 1024 < MACHINE
    assert config["seconds"]["total"] < MAXIMUM_SECONDS
    figures.repetitions += 1
    figures.add("images", images)
    figures.add("minutes of the job", config["seconds"]["total"] / 60)
    figures.add("CPU minutes of the job", (used.ru_utime + used.ru_stime) / 60)
    figures.add("GB of memory at most", used.ru_maxrss * 1024 / 1e9)
    figures.check("50 classes: trained, each image judged in folds, reviewed and audited in time")

    for name, page in report(output).items():
        assert len(page) < 5e6
        figures.add(f"MB of {name}", len(page) / 1e6)
    figures.check("its pages stay below 5 MB")


def train(folder: Path, weights: Path, output: Path) -> resource.struct_rusage:
    """Train on a folder's two sides; return what that used."""
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
        job.returncode = os.waitstatus_to_exitcode(status)
    assert job.returncode == 0, (folder / "log").read_text()[-2000:]
    return used


def report(output: Path) -> dict[str, bytes]:
    """Return the pages that plot makes of what the job left."""
    left = {file.name: file.read_bytes() for file in output.glob("*.*") if file.is_file()}
    left |= {f"review/{file.name}": file.read_bytes() for file in (output / "review").iterdir()}
    archive = {keys.run_output_archive(rendering.RUN): archive_of(left)}
    reported = rendering.report(archive)
    assert json.loads(reported[keys.run_metrics(rendering.RUN)])["state"] == "done"
    names = ("report.html", "review.html")
    return {name: reported[keys.run_file(rendering.RUN, name)] for name in names}
