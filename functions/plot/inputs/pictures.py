"""Pictures of a training job: decoded, checked, scaled down and written anew. Pure.

They come from a container that reads a user's files. A page embeds nothing but what is encoded
here.
"""

from __future__ import annotations

import io

from PIL import Image

MAXIMUM_PIXELS = 4_000_000
QUALITY = 80


def as_jpeg(body: bytes, side: int) -> bytes | None:
    """Write a PNG or JPEG as a JPEG of at most `side` pixels a side; None if it is neither."""
    try:
        with Image.open(io.BytesIO(body), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MAXIMUM_PIXELS:
                return None
            small = picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    small.thumbnail((side, side))
    output = io.BytesIO()
    small.save(output, format="JPEG", quality=QUALITY, optimize=True)
    return output.getvalue()
