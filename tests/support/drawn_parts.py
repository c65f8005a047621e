"""Draws parts: photographed several times, good or flawed, or with a sign on one of five surfaces.

Light is float32 (height, width), 0 for black to 1 for white. Place, direction, brightness and light
are drawn at random and alike for all classes, so that only flaw, sign and surface tell them apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Array = npt.NDArray[np.floating[Any]]
Rng = np.random.Generator

GOOD, FLAWED = "good", "stain"
WIDTH, HEIGHT = 96, 72
PHOTOGRAPHS = 6
CELLS = 96  # of a flaw or a sign, each way
_ACROSS, _DOWN = np.meshgrid(*[np.linspace(-1, 1, CELLS, dtype=np.float32)] * 2)
_RADIUS = np.hypot(_ACROSS, _DOWN)
JPEG_QUALITY = 92


def burst(label: str, part: int, photograph: int) -> Image.Image:
    """Draw a part with a faint flaw or none, under the light of one of its photographs."""
    rng = _rng("part", label, part)
    kind = str(rng.choice(["cast", "brushed", "hammered"]))
    light = surface(rng, HEIGHT, WIDTH, kind, 0.1)
    if label != GOOD:
        press(light, stain(rng), 40, 0.12, rng)
    rng = _rng("light", label, part, photograph)
    lamp = noise(rng, HEIGHT, WIDTH, 2, 2)
    light = light * np.float32(rng.uniform(0.85, 1.15)) + np.float32(0.05) * lamp
    return develop(light, rng)


def under_a_fixed_camera(label: str, part: int, photograph: int) -> Image.Image:
    """Draw what a camera sees that never moves: a small flaw or none, in the same holder."""
    light = surface(_rng("holder"), HEIGHT, WIDTH, "woven", 0.15)
    rng = _rng("part", label, part)
    if label != GOOD:
        press(light, stain(rng), 14, 0.3, rng)
    return develop(light, _rng("noise", label, part, photograph), grey=True)


def write_marked(folder: Path, side: str, label: str, number: int) -> None:
    """Write a part whose class, one of MARKS, is its surface and its sign: a JPEG or a PNG."""
    kind, name = label.split(" ", 1)
    rng = _rng("fifty", side, label, number)
    light = surface(rng, 120, 160, kind, rng.uniform(0.04, 0.07))
    press(light, sign(rng, name), rng.uniform(40, 60), rng.uniform(0.2, 0.4), rng)
    file = folder / side / label / f"part-{number:05}"
    file.parent.mkdir(parents=True, exist_ok=True)
    if number % 4 == 3:
        develop(light, rng).save(file.with_suffix(".png"), compress_level=1)
    else:
        develop(light, rng).save(file.with_suffix(".jpg"), quality=JPEG_QUALITY)


def _rng(*names: str | int) -> Rng:
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, np.uint32))


def noise(rng: Rng, height: int, width: int, rows: float, columns: float) -> Array:
    """Return smooth noise in about -1..1 with so many hills each way."""
    grid = rng.uniform(-1, 1, (max(2, round(rows)), max(2, round(columns)))).astype(np.float32)
    enlarged = Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(enlarged, dtype=np.float32)


def cast(rng: Rng, height: int, width: int) -> Array:
    """Grainy, with grains of two sizes."""
    short = min(height, width)
    fine, coarse = (
        noise(rng, height, width, cells * height / short, cells * width / short)
        for cells in (60, 22)
    )
    return 0.7 * fine + 0.7 * coarse


def brushed(rng: Rng, height: int, width: int) -> Array:
    """Fine lines from left to right."""
    return noise(rng, height, width, min(height, 110), 5) + 0.4 * noise(rng, height, width, 30, 3)


def drawn(rng: Rng, height: int, width: int) -> Array:
    """Fine lines from top to bottom."""
    return brushed(rng, width, height).T


def woven(rng: Rng, height: int, width: int) -> Array:
    """A regular weave."""
    pitch = rng.uniform(14, 18) * 2 * np.pi / min(height, width)
    down, across = (
        np.sin(np.arange(length, dtype=np.float32) * pitch + rng.uniform(0, 6))
        for length in (height, width)
    )
    return 0.8 * np.outer(down, across) + 0.4 * noise(rng, height, width, 12, 12)


def hammered(rng: Rng, height: int, width: int) -> Array:
    """Dimples with sharp ridges between them."""
    return 1 - 2.5 * np.abs(noise(rng, height, width, 14, 14))


SURFACES: Mapping[str, Callable[[Rng, int, int], Array]] = {
    draw.__name__: draw for draw in (cast, brushed, drawn, woven, hammered)
}


def stain(rng: Rng) -> Array:
    """A patch with a ragged edge, thicker at its rim."""
    edge = _RADIUS + 0.35 * noise(rng, CELLS, CELLS, 7, 7) - 0.68
    body, rim = np.clip(0.5 - edge / 0.12, 0, 1), np.clip(1 - np.abs(edge) / 0.1, 0, 1)
    return _either_way(rng, 0.6 * body + 0.4 * rim)


# Punched signs that stay what they are when turned or mirrored: outlines of x and y from -1 to 1.
_SIGNS: Mapping[str, Any] = {
    "bar": [[(-0.9, -0.15), (0.9, -0.15), (0.9, 0.15), (-0.9, 0.15)]],
    "bars": [[(-0.9, y - 0.12), (0.9, y - 0.12), (0.9, y + 0.12), (-0.9, y + 0.12)]
             for y in (-0.45, 0.45)],
    "cross": [[(-0.9, -0.15), (0.9, -0.15), (0.9, 0.15), (-0.9, 0.15)],
              [(-0.15, -0.9), (0.15, -0.9), (0.15, 0.9), (-0.15, 0.9)]],
    "tee": [[(-0.9, -0.15), (0.9, -0.15), (0.9, 0.15), (-0.9, 0.15)],
            [(-0.15, 0), (0.15, 0), (0.15, 0.9), (-0.15, 0.9)]],
    "square": [[(-0.65, -0.65), (0.65, -0.65), (0.65, 0.65), (-0.65, 0.65)]],
    "triangle": [[(0, -0.9), (0.8, 0.5), (-0.8, 0.5)]],
    "arrow": [[(0, -0.9), (0.6, 0), (-0.6, 0)], [(-0.15, 0), (0.15, 0), (0.15, 0.9), (-0.15, 0.9)]],
}  # fmt: skip
_ROUND_SIGNS: Mapping[str, Array] = {
    "disc": np.clip(12 * (0.7 - _RADIUS), 0, 1),
    "ring": np.clip(12 * (0.2 - np.abs(_RADIUS - 0.65)), 0, 1),
    "dots": np.clip(12 * (0.28 - np.hypot(np.abs(_ACROSS) - 0.55, _DOWN)), 0, 1),
}
SIGNS = (*_SIGNS, *_ROUND_SIGNS)


MARKS = tuple(f"{kind} {sign}" for kind in SURFACES for sign in (*_SIGNS, *_ROUND_SIGNS))


def sign(rng: Rng, name: str) -> Array:
    """A sign that is punched into a surface: lighter or darker than what surrounds it."""
    if name in _ROUND_SIGNS:
        return _either_way(rng, _ROUND_SIGNS[name])
    canvas = Image.new("L", (CELLS, CELLS))
    draw = ImageDraw.Draw(canvas)
    for outline in _SIGNS[name]:
        draw.polygon([((x + 1) * CELLS / 2, (y + 1) * CELLS / 2) for x, y in outline], fill=255)
    return _either_way(rng, np.asarray(canvas, dtype=np.float32) / 255)


def _either_way(rng: Rng, stamp: Array) -> Array:
    return stamp if rng.random() < 0.5 else -stamp


def surface(rng: Rng, height: int, width: int, kind: str, strength: float) -> Array:
    """Return the light of a flawless surface under an uneven lamp; `strength` of its texture."""
    lamp = 1 + 0.2 * noise(rng, height, width, 2, 2)
    texture = SURFACES[kind](rng, height, width)
    return np.float32(rng.uniform(0.35, 0.65)) * lamp + np.float32(strength) * texture


def press(light: Array, stamp: Array, size: float, contrast: float, rng: Rng) -> None:
    """Put a stamp into `light` in place, `size` pixels wide, turned at random, anywhere inside."""
    turned = Image.fromarray(stamp).rotate(rng.uniform(0, 360), Image.Resampling.BILINEAR)
    height, width = light.shape
    pixels = max(3, min(round(size), height, width))
    small = np.asarray(turned.resize((pixels, pixels), Image.Resampling.BOX), np.float32)
    top, left = rng.integers(0, height - pixels + 1), rng.integers(0, width - pixels + 1)
    light[top : top + pixels, left : left + pixels] += np.float32(contrast) * small


def develop(light: Array, rng: Rng, grey: bool = False) -> Image.Image:
    """Return the photograph: dust, sensor noise, and a tint unless it is grey."""
    height, width = light.shape
    count = int(rng.integers(0, 12))
    light[rng.integers(0, height, count), rng.integers(0, width, count)] += 0.1
    light = light + rng.standard_normal(light.shape, np.float32) * rng.uniform(0.005, 0.02)
    if not grey:
        light = light[..., None] * (1 + rng.uniform(-0.1, 0.1, 3).astype(np.float32))
    return Image.fromarray((np.clip(light, 0, 1) * 255 + 0.5).astype(np.uint8))
