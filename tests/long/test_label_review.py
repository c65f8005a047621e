"""The label review of as many images as a job is meant for."""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path

import numpy as np
from PIL import Image

from auditing import audit, review
from auditing.gallery import Gallery
from exporting import outputs
from judging.folds import Judged
from loading.channel import Channel
from loading.dataset import ImageData
from tests.support.long_table import Figures

IMAGES, CLASSES, FEATURES = 20_000, 50, 1280
WRONG = 1000  # labels


def test_twenty_thousand_images_are_reviewed_in_bounded_time_and_room(
    tmp_path: Path, figures: Figures
):
    data, judged = noisy_images(tmp_path)
    measured = judged.probabilities[len(data.train.files) :]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    started = time.process_time()
    gallery = Gallery(tmp_path, data, tmp_path / "train", tmp_path / "validation")
    document = review.of(data, judged, measured, gallery)
    reviewed = time.process_time()
    audit.of(data, audit.Answers(measured, judged), [])
    audited = time.process_time()
    outputs.write_review(tmp_path, document)

    assert document["candidates_total"] == WRONG
    assert 100 < len(document["candidates"]) <= 1000
    size = sum(path.stat().st_size for path in (tmp_path / "review").iterdir())
    assert size < 3_000_000
    assert (tmp_path / "review.json").stat().st_size < 1_000_000
    assert json.loads((tmp_path / "review.json").read_text("utf-8")) == document
    figures.add("CPU seconds of the review", reviewed - started)
    figures.add("CPU seconds of the audit", audited - reviewed)
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    figures.add("MB of memory more than before", more / 1000)
    figures.add("MB of thumbnails", size / 1e6)
    figures.check("20,000 images of 50 classes: review.json and its thumbnails keep their bounds")


def noisy_images(folder: Path) -> tuple[ImageData, Judged]:
    """Images whose thumbnails are as large as they get; the first of them have wrong labels."""
    rng = np.random.default_rng(0)
    truth = (np.arange(IMAGES) % CLASSES).astype(np.int32)
    labels = truth.copy()
    labels[:WRONG] = (truth[:WRONG] + 1) % CLASSES
    centres = rng.normal(0, 1, (CLASSES, FEATURES)).astype(np.float32)
    features = centres[truth] + rng.standard_normal((IMAGES, FEATURES), np.float32)
    probabilities = rng.dirichlet(np.ones(CLASSES), IMAGES).astype(np.float32) / 2
    probabilities[np.arange(IMAGES), truth] += 0.5
    pixels = rng.integers(0, 256, (IMAGES, 64, 64, 3), np.uint8)
    names = [f"{label}/{number}.png" for number, label in enumerate(labels)]
    for side in ("train", "validation"):
        for label in range(CLASSES):
            (folder / side / f"{label}").mkdir(parents=True)
    for name in names[:WRONG]:
        noise = rng.integers(0, 256, (128, 128, 3), np.uint8)
        Image.fromarray(noise).save(folder / "train" / name)
    digests = np.arange(IMAGES, dtype=np.uint64)
    split = IMAGES * 4 // 5
    sides = (
        Channel(names[side], labels[side], pixels[side], [], digests=digests[side])
        for side in (slice(split), slice(split, None))
    )
    data = ImageData([f"{label}" for label in range(CLASSES)], *sides)
    judged = Judged(np.arange(IMAGES), probabilities, truth.astype(np.int64), features)
    return data, judged
