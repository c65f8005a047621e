"""The three defects, each drawn anywhere on the screen: a scratch, an oil film, stains.

A defect lightens a dark screen and darkens a bright one, so brightness gives no class away.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from local_cloud.sample_drop.phone import Phone
from local_cloud.sample_drop.texture import (
    COLUMNS,
    HEIGHT,
    ROWS,
    WIDTH,
    Array,
    any_colour,
    clouds,
    paint,
    smooth_noise,
    soft_step,
)

SUPERSAMPLING = 3  # lines are drawn this much larger, then reduced: smooth edges


def place(phone: Phone, margin: float, rng: np.random.Generator) -> tuple[float, float]:
    """Return a point of the screen (column, row), at least `margin` pixels from its edge."""
    limit_u, limit_v = phone.screen_half[0] - margin, phone.screen_half[1] - margin
    while True:
        column, row = phone.to_image(rng.uniform(-limit_u, limit_u), rng.uniform(-limit_v, limit_v))
        if margin < column < WIDTH - margin and margin < row < HEIGHT - margin:
            return column, row


def contrasting(picture: Array, glass: Array, rng: np.random.Generator) -> Array:
    """Return a colour (3,) that shows on this screen: light on dark, dark on bright."""
    brightness = float((picture.mean(axis=2) * glass).sum() / glass.sum())
    if brightness < rng.uniform(0.3, 0.5):
        return any_colour(rng, 0.8, 1, 0.06)
    return any_colour(rng, 0.02, 0.1, 0.2)


def scratch(picture: Array, phone: Phone, rng: np.random.Generator) -> None:
    """Draw three to six long thin lines in place, slightly bent, fading at both ends."""
    glass = phone.screen()
    colour = contrasting(picture, glass, rng)
    direction = rng.uniform(0, np.pi)
    for _ in range(rng.integers(3, 7)):
        column, row = place(phone, 18, rng)
        turn, half = direction + rng.normal(0, 0.35), rng.uniform(40, 90)
        steps = np.linspace(-1, 1, 40)
        bend = rng.uniform(-16, 16) * steps**2 + rng.uniform(-5, 5) * np.sin(3 * steps)
        columns = column + half * steps * np.cos(turn) - bend * np.sin(turn)
        rows = row + half * steps * np.sin(turn) + bend * np.cos(turn)
        strength = (1 - np.abs(steps) ** 3) * rng.uniform(0.75, 1) + 0.1
        mask = line(columns, rows, strength, rng.uniform(1.6, 3))
        paint(picture, mask * glass, colour)


def line(columns: Array, rows: Array, strength: Array, width: float) -> Array:
    """Return the mask of a line through the points, `strength` (0..1) changing along it."""
    canvas = Image.new("L", (WIDTH * SUPERSAMPLING, HEIGHT * SUPERSAMPLING))
    draw = ImageDraw.Draw(canvas)
    points = [
        (float(x) * SUPERSAMPLING, float(y) * SUPERSAMPLING)
        for x, y in zip(columns, rows, strict=True)
    ]
    for start, end, value in zip(points[:-1], points[1:], strength[1:], strict=True):
        draw.line([start, end], fill=int(255 * min(value, 1)), width=round(width * SUPERSAMPLING))
    reduced = canvas.reduce(SUPERSAMPLING)
    return np.asarray(reduced, dtype=np.float32) / 255


def oil(picture: Array, phone: Phone, rng: np.random.Generator) -> None:
    """Draw one greasy film in place: soft ragged edge, wiped streaks, a faint rainbow sheen."""
    glass = phone.screen()
    colour = contrasting(picture, glass, rng)
    column, row = place(phone, 26, rng)
    turn = rng.uniform(0, np.pi)
    along = (COLUMNS - column) * np.cos(turn) + (ROWS - row) * np.sin(turn)
    across = (ROWS - row) * np.cos(turn) - (COLUMNS - column) * np.sin(turn)
    across = across + rng.uniform(-0.008, 0.008) * along**2
    long, short = rng.uniform(45, 75), rng.uniform(28, 40)
    radius = np.sqrt((along / long) ** 2 + (across / short) ** 2) + 0.4 * clouds(rng, 7, 2)
    film = soft_step((radius - 1) * short, rng.uniform(6, 14))
    ridges = np.sin(across * rng.uniform(0.7, 1.3) + 4 * smooth_noise(rng, 6, 8))
    thickness = 0.75 + rng.uniform(0.1, 0.25) * ridges
    paint(picture, film * thickness * glass * rng.uniform(0.4, 0.6), colour)
    phase = radius * rng.uniform(4, 8) + rng.uniform(0, 6)
    sheen = np.stack([np.sin(phase + shift) for shift in (0, 2.1, 4.2)], axis=2)
    picture += rng.uniform(0.02, 0.05) * (film * glass)[..., None] * sheen


def stain(picture: Array, phone: Phone, rng: np.random.Generator) -> None:
    """Draw a cluster of small round dried drops in place, each with a sharp edge and a rim."""
    glass = phone.screen()
    colour = contrasting(picture, glass, rng)
    column, row = place(phone, 26, rng)
    spread = rng.uniform(26, 46)
    drops = np.zeros((HEIGHT, WIDTH), np.float32)
    for _ in range(rng.integers(16, 34)):
        x, y = column + rng.normal(0, spread), row + rng.normal(0, spread * 0.7)
        dry_drop(drops, x, y, rng)
    paint(picture, drops * glass, colour)


def dry_drop(mask: Array, x: float, y: float, rng: np.random.Generator) -> None:
    """Add one drop around column `x` and row `y` to the mask in place."""
    size = rng.uniform(2.5, 6.5)
    top, left = max(0, int(y - size - 3)), max(0, int(x - size - 3))
    near = np.s_[top : max(0, int(y + size + 4)), left : max(0, int(x + size + 4))]
    distance = np.hypot(COLUMNS[near] - x, ROWS[near] - y) - size
    body = soft_step(distance, 1.3) * rng.uniform(0.35, 0.75)
    rim = soft_step(np.abs(distance + 0.6) - 0.7, 1.2) * rng.uniform(0.6, 1)
    mask[near] = np.maximum(mask[near], np.maximum(body, rim))


DEFECTS: dict[str, Callable[[Array, Phone, np.random.Generator], None]] = {
    "oil": oil,
    "scratch": scratch,
    "stain": stain,
}
