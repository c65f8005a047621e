"""How well the label review finds wrong labels that were planted.

A twentieth of the labels is changed to another class, drawn at random. Every image is then judged
out of sample and listed as in a job with the pretrained network. The features are computed once,
and only of the images as they are: a job also learns from variations of them.

    python -m benchmarks.labels                             the sample drop; ten minutes
    python -m benchmarks.labels --images ./steel --write    and a folder of yours, into the page

Precision is the share of wrong labels among the first of the list, as many as were planted; recall
is the share of the planted ones that is anywhere on the list.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

import hyperparameters
from auditing import label_errors
from benchmarks import ROOT, page
from benchmarks.accuracy.__main__ import SAMPLE, write_weights
from benchmarks.accuracy.splits import AT_RANDOM, link, split
from judging import calibration, clusters, fold_training, folds
from learning import fit, machine, transfer
from learning.transfer import Features
from loading import dataset
from loading.dataset import ImageData
from local_cloud.sample_drop import write_sample_drop

OUT = ROOT / "out" / "labels"
ARCHITECTURE = "efficientnet-lite0"
SHARE = 0.05  # of the labels is planted
SEEDS = 3
WANTED = 0.85
X_SDD = "x_sdd"  # https://doi.org/10.3390/sym13040706


@dataclass(frozen=True)
class ReviewScore:
    """What one review found; precision and recall are shares of 1, nan if nothing was planted."""

    planted: int
    candidates: int
    estimated: int
    precision: float
    recall: float


def plant(labels: npt.NDArray[np.int32], classes: int, seed: int) -> npt.NDArray[np.int32]:
    """Change a share of the labels to another class; return all labels."""
    rng = np.random.default_rng(seed)
    rows = rng.choice(len(labels), round(SHARE * len(labels)), replace=False)
    changed = labels.copy()
    changed[rows] = (labels[rows] + rng.integers(1, classes, len(rows))) % classes
    return changed


def score(suspects: label_errors.LabelCandidates, wrong: npt.NDArray[np.bool_]) -> ReviewScore:
    """Compare the list with what is wrong, bool (images,)."""
    count = int(wrong.sum())
    hits = wrong[suspects.rows]
    return ReviewScore(
        planted=count,
        candidates=len(suspects.rows),
        estimated=suspects.estimated,
        precision=float(hits[:count].sum()) / count if count else float("nan"),
        recall=float(hits.sum()) / count if count else float("nan"),
    )


@dataclass(frozen=True)
class Prepared:
    """A folder's images, their features, and the labels that it came with."""

    data: ImageData
    features: Features
    labels: npt.NDArray[np.int32]
    settings: hyperparameters.Hyperparameters

    def review(self, labels: npt.NDArray[np.int32], seed: int, kept: Path) -> ReviewScore:
        """Judge every image with these labels, as a job does, and list candidates."""
        data, split = self.data, len(self.data.train.files)
        data = replace(
            data,
            train=replace(data.train, labels=labels[:split]),
            validation=replace(data.validation, labels=labels[split:]),
        )
        together = clusters.find(
            [data.train, data.validation],
            data.classes,
            clusters.groups(data, None),
            lambda: None,
        ).numbers
        settings = replace(self.settings, seed=seed)
        dealt = folds.deal(together, labels, settings.folds, seed)
        plan = fold_training.FoldPlan(dealt, settings.epochs, settings, None, kept, lambda: None)
        answers = fold_training.of_heads(data, self.features, plan)
        temperature = calibration.fit(answers[:split], labels[:split])
        suspects = label_errors.candidates(labels, calibration.apply(answers, temperature))
        return score(suspects, labels != self.labels)


def prepare(folder: Path, weights: Path, out: Path) -> Prepared:
    """Split a folder at random, read its images and compute their features."""
    link(folder, split(folder, AT_RANDOM, 0), out)
    size = hyperparameters.RECIPES[ARCHITECTURE].image_size
    settings = hyperparameters.parse({"architecture": ARCHITECTURE, "image-size": f"{size}"})
    data = dataset.load(out / "train", out / "validation", settings.image_size, lambda: None)
    machine.prepare(None, 0, "float32")
    network = fit.build(data, settings, weights)
    with patch.object(transfer, "_VARIATIONS", 1):
        features = transfer.compute(network, data, 0, out / "features", lambda: None)
    labels = np.concatenate([data.train.labels, data.validation.labels])
    return Prepared(data, features, labels, settings)


def measure(images: Sequence[Path], out: Path = OUT) -> list[str]:
    """Plant and review in each folder and in the sample drop; return the parts of the section."""
    folders = {folder.resolve().name: folder for folder in images} | {SAMPLE: out / SAMPLE}
    write_sample_drop(folders[SAMPLE])
    weights = write_weights(out)
    rows, wanted = [], []
    for name, folder in folders.items():
        prepared = prepare(folder, weights, out / f"{name}-split")
        classes = len(prepared.data.classes)
        scores = [
            prepared.review(plant(prepared.labels, classes, seed), seed, out)
            for seed in range(SEEDS)
        ]
        rows += [_row(name, len(prepared.labels), f"{seed}", s) for seed, s in enumerate(scores)]
        as_it_is = prepared.review(prepared.labels, 0, out)
        rows.append(_row(name, len(prepared.labels), "none planted", as_it_is))
        if name == X_SDD:
            precision, recall = (
                mean(getattr(s, figure) for s in scores) for figure in ("precision", "recall")
            )
            wanted = [
                page.at_least(f"{name}: mean precision at the number planted", precision, WANTED),
                page.at_least(f"{name}: mean recall of the list", recall, WANTED),
            ]
    headings = ["images", "seed", "planted", "on the list", "estimated wrong"]
    table = page.table([*headings, "precision %", "recall %"], rows)
    circumstances = f"Measured {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC on {page.machine()}."
    return [circumstances, *([page.targets(wanted)] if wanted else []), table]


def _row(name: str, images: int, seed: str, result: ReviewScore) -> list[str]:
    shares = [
        f"{100 * share:.1f}" if result.planted else "-"
        for share in (result.precision, result.recall)
    ]
    counts = [f"{result.planted}", f"{result.candidates}", f"{result.estimated}"]
    return [f"{name}, {images:,}", seed, *counts, *shares]


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the page if asked; return the exit code."""
    options = page.parser_for("labels", __doc__).parse_args(arguments)
    page.publish("labels", measure(options.images), write=options.write)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
