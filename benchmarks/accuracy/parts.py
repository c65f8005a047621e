"""Draws parts that are photographed several times, in two classes: good and flawed."""

from __future__ import annotations

import hashlib

import numpy as np
from PIL import Image

from benchmarks.accuracy import drawing
from benchmarks.accuracy.drawing import FLAWS, Rng
from benchmarks.accuracy.sets import GOOD

WIDTH, HEIGHT = 96, 72
FLAWED = "stain"
PHOTOGRAPHS = 6


def burst(label: str, part: int, photograph: int) -> Image.Image:
    """Draw a part with a faint flaw or none, under the light of one of its photographs."""
    rng = _rng("part", label, part)
    surface = str(rng.choice(["cast", "brushed", "hammered"]))
    light = drawing.surface(rng, HEIGHT, WIDTH, surface, 0.1)
    if label != GOOD:
        drawing.press(light, FLAWS[label](rng), 40, 0.12, rng)
    rng = _rng("light", label, part, photograph)
    lamp = drawing.noise(rng, HEIGHT, WIDTH, 2, 2)
    light = light * np.float32(rng.uniform(0.85, 1.15)) + np.float32(0.05) * lamp
    return drawing.develop(light, rng)


def under_a_fixed_camera(label: str, part: int, photograph: int) -> Image.Image:
    """Draw what a camera sees that never moves: a small flaw or none, in the same holder."""
    light = drawing.surface(_rng("holder"), HEIGHT, WIDTH, "woven", 0.15)
    rng = _rng("part", label, part)
    if label != GOOD:
        drawing.press(light, FLAWS[label](rng), 14, 0.3, rng)
    return drawing.develop(light, _rng("noise", label, part, photograph), grey=True)


def _rng(*names: str | int) -> Rng:
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, np.uint32))
