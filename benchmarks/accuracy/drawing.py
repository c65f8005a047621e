"""Draws surfaces of parts with a flaw or a mark somewhere on them, quickly and at any size.

Light is float32 (height, width), 0 for black to 1 for white. A stamp is float32 (CELLS, CELLS): how
much a flaw brightens (above 0) or darkens (below 0) the surface, from -1 to 1. Place, direction,
brightness, light and colour are drawn at random and alike for every class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Array = npt.NDArray[np.floating[Any]]
Rng = np.random.Generator

CELLS = 96  # of a stamp, each way
_ACROSS, _DOWN = np.meshgrid(*[np.linspace(-1, 1, CELLS, dtype=np.float32)] * 2)
_RADIUS = np.hypot(_ACROSS, _DOWN)


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


def scratch(rng: Rng) -> Array:
    """One to three long lines, slightly bent, nearly parallel."""
    canvas, draw = _canvas()
    for _ in range(rng.integers(1, 4)):
        across = np.linspace(4, CELLS - 5, 12)
        bend = rng.uniform(-14, 14) * np.linspace(-1, 1, 12) ** 2
        down = rng.uniform(24, 72) + bend + rng.uniform(-8, 8) * np.linspace(-1, 1, 12)
        draw.line([*zip(across, down, strict=True)], fill=255, width=int(rng.integers(2, 4)))
    return _either_way(rng, _stamp(canvas))


def crack(rng: Rng) -> Array:
    """A dark jagged line with branches."""
    canvas, draw = _canvas()
    for start, width in ((4.0, 4), (rng.uniform(30, 50), 2), (rng.uniform(50, 70), 2)):
        steps = int((CELLS - start) / 7)
        turn = rng.choice([-1, 1]) * (0 if width > 2 else rng.uniform(2, 4))
        across = start + 7 * np.arange(steps)
        down = CELLS / 2 + np.cumsum(rng.uniform(-9, 9, steps) + turn)
        draw.line([*zip(across, down, strict=True)], fill=255, width=width)
    return -_stamp(canvas)


def stain(rng: Rng) -> Array:
    """A patch with a ragged edge, thicker at its rim."""
    edge = _RADIUS + 0.35 * noise(rng, CELLS, CELLS, 7, 7) - 0.68
    body, rim = np.clip(0.5 - edge / 0.12, 0, 1), np.clip(1 - np.abs(edge) / 0.1, 0, 1)
    return _either_way(rng, 0.6 * body + 0.4 * rim)


def pits(rng: Rng) -> Array:
    """A cluster of small round spots."""
    canvas, draw = _canvas()
    for _ in range(rng.integers(9, 18)):
        x, y = np.clip(rng.normal(CELLS / 2, CELLS / 5, 2), 8, CELLS - 9)
        radius = rng.uniform(2.5, 5)
        draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=255)
    return _either_way(rng, _stamp(canvas))


def dent(rng: Rng) -> Array:
    """A hollow: bright on the side that faces the lamp, dark on the other."""
    steepness = rng.uniform(2.2, 3.2)
    slope = steepness * _ACROSS * np.exp(0.5 - (steepness * _RADIUS) ** 2 / 2)
    return slope.astype(np.float32)


def dark_spot(_rng: Rng) -> Array:
    """A dark speck of dirt."""
    return -np.clip(8 * (0.9 - _RADIUS), 0, 1)


def bright_spot(_rng: Rng) -> Array:
    """A place where the coating has come off."""
    return np.clip(8 * (0.9 - _RADIUS), 0, 1)


FLAWS: Mapping[str, Callable[[Rng], Array]] = {
    draw.__name__.replace("_", " "): draw
    for draw in (scratch, crack, stain, pits, dent, dark_spot, bright_spot)
}

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


def sign(rng: Rng, name: str) -> Array:
    """One of SIGNS, lighter or darker than what surrounds it."""
    if name in _ROUND_SIGNS:
        return _either_way(rng, _ROUND_SIGNS[name])
    canvas, draw = _canvas()
    for outline in _SIGNS[name]:
        draw.polygon([((x + 1) * CELLS / 2, (y + 1) * CELLS / 2) for x, y in outline], fill=255)
    return _either_way(rng, _stamp(canvas))


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


def _canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    canvas = Image.new("L", (CELLS, CELLS))
    return canvas, ImageDraw.Draw(canvas)


def _stamp(canvas: Image.Image) -> Array:
    return np.asarray(canvas, dtype=np.float32) / 255


def _either_way(rng: Rng, stamp: Array) -> Array:
    return stamp if rng.random() < 0.5 else -stamp
