"""The ways in which the files of images get their answers, and what each costs."""

from __future__ import annotations

import csv
import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.splits import images_of

ANSWERED = 120  # images of a set, evenly from the first to the last
ROUNDS = 3
BATCH = 8  # images that TensorFlow gets at once
CONFIDENCE = 0.5  # the default of MinimumConfidence


@dataclass(frozen=True)
class Cost:
    """What an image costs in one of the ways."""

    cpu_milliseconds: float
    images_per_second: float


def evenly(folder: Path) -> list[Path]:
    """Return up to ANSWERED images of a folder of classes."""
    names = images_of(folder)
    rows = np.unique(np.linspace(0, len(names) - 1, min(ANSWERED, len(names))).astype(int))
    return [folder / names[row] for row in rows]


def import_seconds() -> tuple[float, float]:
    """Import what an answer needs; return the seconds of CPU and on the clock."""
    began, cpu = time.perf_counter(), time.process_time()
    import predict.answer
    import predict.model
    import predict.picture  # noqa: F401

    return time.process_time() - cpu, time.perf_counter() - began


def litert(folder: Path, files: Sequence[Path]) -> Callable[[], list[Any]]:
    """Return a function that answers the files as the predict function does."""
    from predict.answer import Rules, Subject, decide
    from predict.model import model_of
    from predict.picture import read_square

    model = model_of("run", {file.name: file.read_bytes() for file in folder.glob("*.*")})
    contents, rules = [file.read_bytes() for file in files], Rules(None, CONFIDENCE)
    subject = Subject("inbox/image", "etag", dt.datetime.now(dt.UTC), "run")

    def answer() -> list[Any]:
        answers = []
        for content in contents:
            square = read_square(content, model.size, model.depth)
            (probabilities,), novelty = model.judge(square[None])
            named = dict(zip(model.classes, probabilities.tolist(), strict=True))
            measured = None if novelty is None else float(novelty[0])
            answers.append(decide(subject, named, measured, rules).decision)
        return answers

    return answer


def tensorflow(folder: Path, files: Sequence[Path]) -> Callable[[], list[Any]]:
    """Return a function that has the SavedModel answer the files."""
    import tensorflow as tf

    service = tf.saved_model.load(str(folder / "saved_model")).signatures["serving_default"]
    contents = [file.read_bytes() for file in files]

    def answer() -> list[Any]:
        batches = (contents[at : at + BATCH] for at in range(0, len(contents), BATCH))
        return [service(image_bytes=tf.constant(batch))["probabilities"] for batch in batches]

    return answer


def cost(prepare: Callable[..., Callable[[], list[Any]]], folder: Path, shown: Path) -> Cost:
    """Answer images a few times, after once to warm up; return the cheapest round."""
    files = evenly(shown)
    answer = prepare(folder, files)
    answer()
    rounds = []
    for _ in range(ROUNDS):
        began, cpu = time.perf_counter(), time.process_time()
        answer()
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        rounds.append(Cost(1000 * cpu / len(files), len(files) / seconds))
    return min(rounds, key=lambda measured: measured.cpu_milliseconds)


def decisions(folder: Path, shown: Path) -> Counter[str]:
    """Return how often each decision is the answer to images of a folder."""
    return Counter(map(str, litert(folder, evenly(shown))()))


def differences(folder: Path, data: Path, table: Path) -> tuple[int, float, int]:
    """Compare with the validation images' predictions.csv.

    Returns:
        How many images there are, how far a probability is off at most, and how many other classes.
    """
    from predict.model import model_of
    from predict.picture import read_square

    model = model_of("run", {file.name: file.read_bytes() for file in folder.glob("*.*")})
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    largest, classes = 0.0, 0
    for row in rows:
        content = (data / "validation" / row["file"]).read_bytes()
        square = read_square(content, model.size, model.depth)
        answered = model.judge(square[None]).probabilities[0]
        expected = [float(row[f"p:{name}"]) for name in model.classes]
        largest = max(largest, float(np.abs(answered - expected).max()))
        classes += model.classes[int(answered.argmax())] != row["predicted"]
    return len(rows), largest, classes


def unknown_classes(folder: Path, data: Path, place: Path) -> dict[str, tuple[int, float]]:
    """Leave out each class; return how many images it has, and which share of them is unknown.

    The features of a frozen network are the same without it, so only the images to compare with
    and the bound are new. The job's out_of_sample.csv has the clusters.
    """
    from exporting import novelty
    from predict.model import FEATURES, model_of
    from predict.picture import read_square

    model = model_of("run", {file.name: file.read_bytes() for file in folder.glob("*.*")})
    with (place / "out_of_sample.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    features = []
    for row in rows:
        content = (data / row["side"] / row["file"]).read_bytes()
        square = read_square(content, model.size, model.depth)
        answered = model.runner(pixels=square[None].astype(np.float32))
        features.append(answered[FEATURES][0])
    stacked, known = np.stack(features), model.known_images
    assert known is not None
    labels = np.array([model.classes.index(row["class"]) for row in rows], np.int32)
    found = {}
    for number, name in enumerate(model.classes):
        others = labels != number
        space = novelty.FeatureSpace(
            labels=labels,
            clusters=np.array([int(row["cluster"]) for row in rows]),
            is_known=others,
            is_measured=others,
            features=lambda chosen: stacked[chosen],
            width=stacked.shape[1],
            averages=known.averages,
            measured_on="all",
        )
        compared, document = novelty.measure(space, seed=0)
        seen = compared.directions(compared.features.astype(np.float32))
        cosines = compared.directions(stacked[~others]) @ seen.T
        beyond = novelty.distance(cosines) > (document["bound"] or np.inf)
        found[name] = len(beyond), float(beyond.mean())
    return found
