"""A mobile phone somewhere on a table: its position, its body, and its screen."""

from dataclasses import dataclass

import numpy as np

from local_cloud.sample_drop.texture import (
    COLUMNS,
    HEIGHT,
    ROWS,
    WIDTH,
    Array,
    any_colour,
    clouds,
    paint,
    rounded_rectangle,
    soft_step,
)

BODIES = (  # RGB, 0 to 1, of common cases
    (0.03, 0.03, 0.04),
    (0.93, 0.93, 0.91),
    (0.70, 0.71, 0.73),
    (0.78, 0.66, 0.47),
    (0.13, 0.19, 0.34),
    (0.75, 0.52, 0.50),
    (0.16, 0.30, 0.25),
)


@dataclass(frozen=True)
class Phone:
    """The position of a phone: lengths in pixels, angle in radians, u along it and v across it."""

    x: float
    y: float
    angle: float
    half: tuple[float, float]  # half of length and width of the body
    corner: float
    screen_half: tuple[float, float]
    screen_corner: float

    def grid(self, shift_u: float = 0, shift_v: float = 0) -> tuple[Array, Array]:
        """Return u and v of every pixel, each (HEIGHT, WIDTH), measured from the centre."""
        right, down = COLUMNS - self.x, ROWS - self.y
        cosine, sine = np.float32(np.cos(self.angle)), np.float32(np.sin(self.angle))
        return right * cosine + down * sine - shift_u, down * cosine - right * sine - shift_v

    def to_image(self, u: float, v: float) -> tuple[float, float]:
        """Return the column and the row of a point given along and across the phone."""
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        return self.x + u * cosine - v * sine, self.y + u * sine + v * cosine

    def screen(self) -> Array:
        """Return the mask of the screen."""
        u, v = self.grid()
        return soft_step(rounded_rectangle(u, v, self.screen_half, self.screen_corner), 1.2)


def lay_phone(rng: np.random.Generator) -> Phone:
    """Return a phone of random size, position and angle, most of it inside the picture."""
    length, slimness = rng.uniform(235, 290), rng.uniform(0.47, 0.54)
    half = (length / 2, length * slimness / 2)
    chin, side = rng.choice([5, rng.uniform(14, 26)]), rng.uniform(3, 6)
    corner = rng.uniform(10, 20)
    return Phone(
        x=WIDTH / 2 + rng.uniform(-26, 26),
        y=HEIGHT / 2 + rng.uniform(-28, 28),
        angle=rng.uniform(-0.4, 0.4) + rng.choice([0, np.pi]),
        half=half,
        corner=corner,
        screen_half=(half[0] - chin, half[1] - side),
        screen_corner=corner - side if chin == 5 else 2,
    )


def draw_body(picture: Array, phone: Phone, rng: np.random.Generator) -> None:
    """Draw the case in place: rim, front, and on thick bezels a speaker and a home button."""
    u, v = phone.grid()
    colour = np.array(BODIES[rng.integers(len(BODIES))], np.float32)
    edge = rounded_rectangle(u, v, phone.half, phone.corner)
    paint(picture, soft_step(edge, 1.5), np.clip(colour * 0.55 + 0.18, 0, 1))
    paint(picture, soft_step(edge + 2, 1.5), colour)
    bezel = phone.half[0] - phone.screen_half[0]
    if bezel > 8:
        mark = np.float32(0.25) + 0.35 * (1 - np.round(colour.mean()) * np.ones(3, np.float32))
        middle = phone.half[0] - bezel / 2
        speaker = rounded_rectangle(u + middle, v, (1.5, 12), 1.5)
        button = np.abs(np.hypot(u - middle, v) - bezel * 0.28) - 0.8
        paint(picture, soft_step(np.minimum(speaker, button), 1.2), mark * 0.7)


def draw_screen(picture: Array, phone: Phone, rng: np.random.Generator) -> None:
    """Draw the screen in place: dark glass, an even test colour, or a two-coloured wallpaper."""
    u, v = phone.grid()
    kind = rng.choice(["off", "test colour", "wallpaper", "wallpaper"])
    if kind == "off":
        first = any_colour(rng, 0.03, 0.12, 0.25)
        second = first * np.float32(rng.uniform(1, 1.8))
    elif kind == "test colour":
        first = any_colour(rng, 0.15, 0.8, 0.5)
        second = first * np.float32(rng.uniform(0.8, 1))
    else:
        first, second = any_colour(rng, 0.1, 0.65, 0.7), any_colour(rng, 0.1, 0.65, 0.7)
    turn = rng.uniform(0, 2 * np.pi)
    along = (u * np.cos(turn) + v * np.sin(turn)) / phone.half[0]
    blend = np.clip(0.5 + 0.6 * along + 0.25 * clouds(rng, 2, 1), 0, 1)[..., None]
    paint(picture, phone.screen(), first + (second - first) * blend)
    if phone.half[0] - phone.screen_half[0] <= 8:
        camera = np.hypot(u + phone.screen_half[0] - 9, v) - 3.2
        paint(picture, soft_step(camera, 1.2), np.array([0.01, 0.01, 0.02], np.float32))
