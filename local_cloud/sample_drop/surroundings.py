"""The table under a phone, and the light on its glass: the same for every class."""

import numpy as np

from local_cloud.sample_drop.phone import Phone
from local_cloud.sample_drop.texture import (
    COLUMNS,
    HEIGHT,
    ROWS,
    WIDTH,
    Array,
    any_colour,
    clouds,
    rounded_rectangle,
    smooth_noise,
    soft_step,
)


def draw_table(rng: np.random.Generator) -> Array:
    """Return a picture of an empty table: wood, cloth, stone or a plain painted surface."""
    surface = rng.choice(["wood", "cloth", "stone", "plain"])
    tint: Array
    shade: Array
    if surface == "wood":
        grain = smooth_noise(rng, int(rng.integers(30, 70)), 4) + 0.5 * smooth_noise(rng, 110, 9)
        tint = np.array([1.25, 0.95, 0.68], np.float32) * any_colour(rng, 0.25, 0.62, 0.06)
        shade = 1 + 0.10 * grain
    elif surface == "cloth":
        pitch = rng.uniform(0.9, 1.6)
        weave = np.sin(ROWS * pitch) * np.sin(COLUMNS * pitch)
        tint = any_colour(rng, 0.12, 0.7, 0.35)
        shade = 1 + 0.05 * weave + 0.10 * clouds(rng, 3, 3)
    else:
        detail = 5 if surface == "stone" else 2
        tint = any_colour(rng, 0.12, 0.8, 0.3 if surface == "plain" else 0.08)
        shade = 1 + (0.14 if surface == "stone" else 0.08) * clouds(rng, 3, detail)
    lamp = 1 + 0.3 * smooth_noise(rng, 2, 2)
    return (shade * lamp)[..., None] * tint


def cast_shadow(picture: Array, phone: Phone, rng: np.random.Generator) -> None:
    """Darken the table in place beside the phone, away from a lamp of random direction."""
    direction, reach = rng.uniform(0, 2 * np.pi), rng.uniform(2, 7)
    u, v = phone.grid(reach * np.cos(direction), reach * np.sin(direction))
    shadow = soft_step(rounded_rectangle(u, v, phone.half, phone.corner), rng.uniform(10, 20))
    picture *= 1 - rng.uniform(0.35, 0.65) * shadow[..., None]


def reflect_room(picture: Array, phone: Phone, glass: Array, rng: np.random.Generator) -> None:
    """Add reflections to the glass in place: lamps, a window, the bright side of a room."""
    u, v = phone.grid()
    slope = rng.uniform(-1.5, 1.5)
    side = soft_step(u + slope * v - rng.uniform(-1, 1) * phone.half[0], rng.uniform(2, 60))
    light = rng.uniform(0, 0.10) * side
    for _ in range(rng.integers(0, 2)):
        turn = rng.uniform(0, np.pi)
        from_u = u - rng.uniform(-1, 1) * phone.half[0]
        from_v = v - rng.uniform(-1, 1) * phone.half[1]
        along = from_u * np.cos(turn) + from_v * np.sin(turn)
        across = from_v * np.cos(turn) - from_u * np.sin(turn)
        size = (rng.uniform(20, 60), rng.uniform(9, 22))
        lamp = soft_step(rounded_rectangle(along, across, size, 6), rng.uniform(4, 14))
        light = light + rng.uniform(0.05, 0.16) * lamp
    picture += (light * glass)[..., None] * any_colour(rng, 0.9, 1, 0.1)


def sprinkle_dust(picture: Array, glass: Array, rng: np.random.Generator) -> None:
    """Add faint specks of one or two pixels in place: every real photograph of glass has them."""
    count = int(rng.integers(10, 60))
    rows, columns = rng.integers(0, HEIGHT - 1, count), rng.integers(0, WIDTH - 1, count)
    strength = rng.uniform(0.02, 0.14, count)[:, None] * glass[rows, columns][:, None]
    picture[rows, columns] += strength.astype(np.float32)
    picture[rows + rng.integers(0, 2, count), columns + 1] += 0.5 * strength.astype(np.float32)
