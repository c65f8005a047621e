"""Reads the images of a drop, decoded by TensorFlow, as the exported model decodes them."""

import io
import os
from pathlib import Path

import tensorflow as tf
from PIL import Image

from reading import as_served, damage, decoding, memory, pixels
from reading.files import Picture, Source, UndecodableError
from reading.files import read as read_file
from reading.formats import UnreadableImageError
from reading.pixels import Pixels

_memory = memory.Budget(memory.AT_ONCE)
_AT_ONCE = 1 << 22  # bytes; a longer file is read once there is memory for it


def read(path: Path, size: int, depth: int = pixels.OWN_DEPTH) -> Picture:
    """Read a file, whatever its name, as `files.read` does; raises UnreadableImageError."""
    try:
        with path.open("rb") as file:
            length = os.fstat(file.fileno()).st_size
            # Pillow reads a header in some forty pieces, and every thread waits for the file's.
            content = io.BytesIO(file.read()) if length <= _AT_ONCE else file
            source = Source(content, length, _memory, memory.MOST)
            return read_file(source, size, depth, TensorFlowDecoder())
    except OSError as error:
        raise UnreadableImageError(f"damaged or unreadable image ({error})") from error


class TensorFlowDecoder:
    """Decodes with TensorFlow; as a `files.Decoder`."""

    def square_from_jpeg(
        self, data: bytes, size: int, turned: int, sides: tuple[int, int]
    ) -> tuple[Pixels, str]:
        """Return the square, and what libjpeg said."""
        try:
            return damage.decode_and_listen(
                lambda: decoding.square_from_jpeg(data, size, turned, sides)
            )
        except tf.errors.OpError as error:
            raise UndecodableError(str(error)) from error

    def square_from_deep_png(
        self, data: bytes, size: int, turned: int, depth: int
    ) -> tuple[Pixels, int, bool]:
        """Return the square, the bits that its values need, and whether anything is visible."""
        try:
            return decoding.square_from_deep_png(data, size, turned, depth)
        except tf.errors.OpError as error:
            raise UndecodableError(str(error)) from error

    def square_from_pixels(self, pixels: Pixels, size: int, turned: int) -> Pixels:
        """Return the square of uint8 (height, width, 3)."""
        return decoding.square_from_pixels(pixels, size, turned)

    def difference(
        self, data: bytes, image: Image.Image, size: int, depth: int, square: Pixels
    ) -> str | None:
        """Return the kind of a file of which the exported model makes another square."""
        return as_served.difference(data, image, size, depth, square)
