"""Reads images again as small pictures for people, in their own proportions."""

import io
from pathlib import Path

from PIL import Image
from PIL.Image import Transpose

from reading import images, memory, orientation, pixels
from reading.pixels import Pixels

_TURNS = {  # by EXIF's orientation
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


def read(file: Path, square: Pixels, side: int) -> Image.Image:
    """Return the picture in its own proportions, at most `side` pixels wide and high.

    Where that fails it is `square`, the picture as the network saw it.
    """
    try:
        picture = _decoded(file.read_bytes(), side)
    # The file was read before, but decoders fail in every way there is, and a name that isn't
    # UTF-8 isn't the one in the list.
    except Exception:
        picture = None
    if picture is None:
        picture = Image.fromarray(square)
    picture.thumbnail((side, side), Image.Resampling.BICUBIC)
    return picture


def _decoded(data: bytes, side: int) -> Image.Image | None:
    """Decode what Pillow reads as it looks, and a JPEG no larger than needed."""
    with images.open_image(io.BytesIO(data)) as image:
        is_jpeg = image.format in ("JPEG", "MPO")
        if (
            image.format == "TIFF"
            or memory.is_deep(image)
            or (memory.is_giant(image) and not is_jpeg)
        ):
            return None
        # A JPEG is decoded at the smallest scale that leaves twice the size needed.
        image.draft("", (2 * side, 2 * side))
        picture = pixels.to_rgb(image)
        turn = _TURNS.get(orientation.read(data))
        return picture.copy() if turn is None else picture.transpose(turn)
