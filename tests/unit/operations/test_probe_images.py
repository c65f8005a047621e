"""The trial's images: all different, in two classes, under names that are hard on a pipeline."""

from __future__ import annotations

import io
from collections import Counter

from PIL import Image

from operations.trial.images import CLASSES, SIDE, probe_images


def test_every_image_is_another_one_and_can_be_read():
    images = probe_images(20)

    assert len(set(images.values())) == len(images) == 40
    assert Counter(name.split("/")[0] for name in images) == dict.fromkeys(CLASSES, 20)
    assert Image.open(io.BytesIO(images[next(iter(images))])).size == (SIDE, SIDE)


def test_names_are_hard_on_purpose():
    assert all(set(" +%ö(") <= set(name) for name in probe_images(1))
