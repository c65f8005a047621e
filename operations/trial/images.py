"""Images for a trial: two classes that anybody can tell apart, named as people name files."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

CLASSES = ("plain", "striped surface")
SIDE = 160  # pixels


def probe_images(per_class: int) -> dict[str, bytes]:
    """Return PNG files by name, `<class>/<file>`; each has a content of its own."""
    return {
        f"{name}/photo {number + 1} (100%) + größe.png": _image(number, striped=bool(index))
        for index, name in enumerate(CLASSES)
        for number in range(per_class)
    }


def _image(number: int, *, striped: bool) -> bytes:
    """Draw grey noise, shape (SIDE, SIDE), uint8, with stripes or without."""
    rng = np.random.default_rng([number, striped])
    picture = rng.normal(120, 12, (SIDE, SIDE))
    if striped:
        phase, width = rng.uniform(0, 16), rng.uniform(12, 20)
        picture += 60 * np.sin((np.add.outer(np.arange(SIDE), np.arange(SIDE)) + phase) / width * 6)
    buffer = io.BytesIO()
    Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()
