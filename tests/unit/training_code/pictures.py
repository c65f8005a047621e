"""Makes small pictures and folders of them, so that no test needs data from elsewhere."""

import zlib
from pathlib import Path

import numpy as np
from PIL import Image

COLOURS = {"copper": (190, 100, 60), "mint": (90, 200, 150), "two words ü": (70, 80, 210)}


def picture(
    colour: tuple[int, int, int], seed: int, size: tuple[int, int] = (32, 24)
) -> Image.Image:
    """One colour under noise: easy to learn, never twice the same."""
    width, height = size
    noise = np.random.default_rng(seed).normal(0, 30, (height, width, 3))
    return Image.fromarray(np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8))


def channel(root: Path, images_per_class: int) -> Path:
    """A folder of PNG files for each colour."""
    for name, colour in COLOURS.items():
        (root / name).mkdir(parents=True)
        for number in range(images_per_class):
            seed = zlib.crc32(f"{root.name}/{name}/{number}".encode())
            picture(colour, seed).save(root / name / f"{number}.png")
    return root
