"""Reads an image as the training does, without TensorFlow. Pure.

The layer brings the training's own reader, which decides what is read and how. Only what decodes
and scales for it is this function's own.
"""

from __future__ import annotations

import io

from predict.decoder import SmallDecoder
from reading import files
from reading.formats import UnreadableImageError
from reading.memory import Budget
from reading.pixels import Pixels

__all__ = ["UnreadableImageError", "read_square"]

# Bytes that a picture may take while it is decoded; the network and its libraries need the rest of
# the function's memory.
MOST_BYTES = 1_000_000_000


def read_square(data: bytes, size: int, depth: int, most_bytes: int = MOST_BYTES) -> Pixels:
    """Return the picture in a file as uint8 (size, size, 3); of 16 bits `depth` are in use.

    Raises:
        UnreadableImageError: there is none, or it needs more memory; the message is the reason.
    """
    source = files.Source(io.BytesIO(data), len(data), Budget(most_bytes), most_bytes)
    return files.read(source, size, depth, SmallDecoder()).pixels
