"""Building blocks of the drawn photographs: smooth noise, soft-edged shapes, painting over.

A picture is a float32 array (height, width, 3) of light from 0 (none) to 1 (white); a mask is a
float32 array (height, width) from 0 (outside the shape) to 1 (inside it).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.floating[Any]]

HEIGHT, WIDTH = 240, 320  # pixels
ROWS, COLUMNS = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)  # of every pixel


def smooth_noise(rng: np.random.Generator, rows: int, columns: int) -> Array:
    """Return (HEIGHT, WIDTH) noise in about -1..1: a random grid, enlarged without edges."""
    grid = rng.uniform(-1, 1, (rows, columns)).astype(np.float32)
    enlarged = Image.fromarray(grid).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    return np.asarray(enlarged, dtype=np.float32)


def clouds(rng: np.random.Generator, first: int, octaves: int) -> Array:
    """Return (HEIGHT, WIDTH) noise in about -1..1 with detail at several sizes."""
    total = np.zeros((HEIGHT, WIDTH), np.float32)
    for octave in range(octaves):
        cells = first * 2**octave
        total += smooth_noise(rng, cells, cells * 4 // 3 + 1) / 2**octave
    return total / 1.5


def soft_step(distance: Array, softness: float) -> Array:
    """Return a mask that is 1 where `distance` is below zero, fading over `softness` pixels."""
    mask: Array = np.clip(0.5 - distance / softness, 0, 1)
    return mask


def rounded_rectangle(u: Array, v: Array, half: tuple[float, float], radius: float) -> Array:
    """Return the signed distance in pixels to a rounded rectangle, negative inside.

    Formula: https://iquilezles.org/articles/distfunctions2d/ (rounded box).
    """
    outside_u, outside_v = np.abs(u) - (half[0] - radius), np.abs(v) - (half[1] - radius)
    corner = np.sqrt(np.maximum(outside_u, 0) ** 2 + np.maximum(outside_v, 0) ** 2)
    distance: Array = corner + np.minimum(np.maximum(outside_u, outside_v), 0) - radius
    return distance


def paint(picture: Array, mask: Array, colour: Array) -> None:
    """Paint `colour` (3 values, or a whole picture) over `picture` in place where the mask is."""
    picture += mask[..., None] * (colour - picture)


def any_colour(rng: np.random.Generator, darkest: float, brightest: float, hue: float) -> Array:
    """Return a random colour (3,): a grey of random brightness, tinted by up to `hue`."""
    grey = rng.uniform(darkest, brightest)
    return np.clip(grey * (1 + rng.uniform(-hue, hue, 3)), 0, 1).astype(np.float32)
