"""Small pictures of what was answered, as the pages show them. Pure."""

from __future__ import annotations

import io

from PIL import Image

from reading.pixels import Pixels

SIDE = 96  # pixels
QUALITY = 70


def thumbnail(square: Pixels) -> bytes:
    """Write the square that the network saw, uint8 (size, size, 3), as a small JPEG."""
    picture = Image.fromarray(square)
    picture.thumbnail((SIDE, SIDE))
    output = io.BytesIO()
    picture.save(output, format="JPEG", quality=QUALITY)
    return output.getvalue()
