"""Reads one image file of any kind, the same way wherever it is read, whatever decodes it.

The training decodes with TensorFlow, predictions with libraries that are small enough for them.
What is refused, repaired and laid on white is decided here, once.
"""

import io
from typing import IO, NamedTuple, Protocol

import numpy as np
from PIL import Image, UnidentifiedImageError

from reading import damage, formats, memory, orientation, pixels, scaling, tiff
from reading.formats import UnreadableImageError
from reading.pixels import Pixels

_HEADER = 1 << 16  # bytes that are looked at to say what an unknown file is

# Files are refused by the memory they need, not by Pillow's limit of pixels.
Image.MAX_IMAGE_PIXELS = None


class UndecodableError(Exception):
    """When a decoder doesn't take a file that another one may take."""


class Picture(NamedTuple):
    """A picture as it is trained on, uint8 (size, size, 3), and its original size, upright.

    depth: the bits that its values need, where the file has 16 and doesn't declare fewer.
    differs: the kind of file, where the exported model reads it differently.
    """

    pixels: Pixels
    width: int
    height: int
    depth: int | None = None
    differs: str | None = None


class Decoder(Protocol):
    """Makes squares, uint8 (size, size, 3), put upright as the orientation `turned` says."""

    def square_from_jpeg(
        self, data: bytes, size: int, turned: int, sides: tuple[int, int]
    ) -> tuple[Pixels, str]:
        """Return the square, and what libjpeg said while it decoded; raises UndecodableError."""

    def square_from_deep_png(
        self, data: bytes, size: int, turned: int, depth: int
    ) -> tuple[Pixels, int, bool]:
        """Return the square, the bits that its values need, and whether anything is visible.

        Raises UndecodableError.
        """

    def square_from_pixels(self, pixels: Pixels, size: int, turned: int) -> Pixels:
        """Return the square of uint8 (height, width, 3)."""

    def difference(
        self, data: bytes, image: Image.Image, size: int, depth: int, square: Pixels
    ) -> str | None:
        """Return the kind of a file of which the exported model makes another square."""


class Source(NamedTuple):
    """An open file, its length in bytes, and the most bytes of memory that it may take."""

    file: IO[bytes]
    length: int
    budget: memory.Budget
    most: int


def read(source: Source, size: int, depth: int, decoder: Decoder) -> Picture:
    """Decode a file by its content, whatever its name, and scale it to size x size.

    The camera's rotation (EXIF) is applied, transparency is laid on white, an animation gives its
    first frame. Of a file of 16 bits `depth` are in use; OWN_DEPTH: as many as the picture needs.
    Waits until there is memory for it. Raises UnreadableImageError.
    """
    try:
        return _read(source, size, depth, decoder)
    except UnreadableImageError:
        raise
    # Decoders fail in every way there is: SyntaxError, struct.error, EOFError, zlib.error, ...
    except Exception as error:
        raise UnreadableImageError(f"damaged or unreadable image ({error})") from error


def _read(source: Source, size: int, depth: int, decoder: Decoder) -> Picture:
    file = source.file
    if reason := formats.refusal(file.read(formats.HEAD)):
        raise UnreadableImageError(reason)
    with open_image(file) as image:  # reads the header alone
        needed = memory.bytes_needed(image, source.length, size, source.most)
        with source.budget.taking(needed):
            file.seek(0)
            data = file.read()
            if image.format in ("JPEG", "MPO"):
                return _read_jpeg(data, image, size, decoder)
            if image.format == "PNG" and memory.is_deep(image):
                return _read_deep_png(data, image, size, depth, decoder)
            return _read_other(data, size, depth, decoder)


def open_image(file: IO[bytes]) -> Image.Image:
    """Open a file as the only formats that are read; raises UnreadableImageError if it is none."""
    file.seek(0)
    try:
        return Image.open(file, formats=formats.PILLOW_NAMES)
    except Exception as error:
        file.seek(0)
        if bare := damage.without_comments(file.read()):
            return Image.open(io.BytesIO(bare), formats=formats.PILLOW_NAMES)
        if not isinstance(error, UnidentifiedImageError):
            raise
        file.seek(0)
        raise UnreadableImageError(formats.unknown(file.read(_HEADER))) from None


def _read_jpeg(data: bytes, image: Image.Image, size: int, decoder: Decoder) -> Picture:
    """Decode as the exported model will do it, because the decoder decides on the pixels.

    Pillow decodes a JPEG that TensorFlow can't.
    """
    turned, differs = orientation.read(data), None
    try:
        square, said = decoder.square_from_jpeg(data, size, turned, image.size)
    except UndecodableError:
        differs = "JPEG whose end is not marked"
        try:
            whole = damage.with_an_end(data)
            square, said = decoder.square_from_jpeg(whole, size, turned, image.size)
        except UndecodableError as error:
            differs = "JPEG that TensorFlow cannot decode"
            if memory.is_giant(image):
                raise UnreadableImageError(f"damaged or unreadable image ({error})") from error
            with open_image(io.BytesIO(data)) as again:
                square = decoder.square_from_pixels(pixels.whole(again), size, turned)
            said = ""
    if complaint := damage.complaint(said, data):
        raise UnreadableImageError(f"damaged or unreadable image ({complaint})")
    return Picture(square, *_upright_size(image, turned), differs=differs)


def _read_deep_png(
    data: bytes, image: Image.Image, size: int, depth: int, decoder: Decoder
) -> Picture:
    """Decode as the exported model will do it: Pillow keeps 8 bits of a colour of 16."""
    turned = orientation.read(data)
    try:
        square, needed, is_visible = decoder.square_from_deep_png(data, size, turned, depth)
    except UndecodableError:
        raise UnreadableImageError("damaged or unreadable image (a PNG of 16 bits)") from None
    if not is_visible:
        raise UnreadableImageError(pixels.INVISIBLE)
    return Picture(square, *_upright_size(image, turned), depth=needed)


def _read_other(data: bytes, size: int, depth: int, decoder: Decoder) -> Picture:
    """Decode with Pillow: these formats define each pixel, and it reads most kinds."""
    turned, own, bits = orientation.read(data), None, depth
    with open_image(io.BytesIO(data)) as image:
        deep = None
        if image.format == "TIFF":
            tiff.find_page(image)
            deep = tiff.deep(image, data)
        if deep:
            needed = pixels.needed_depth(int(deep.values.max()), deep.container)
            own = None if deep.declared else needed
            bits = deep.declared or depth or needed
            turned = deep.orientation
            square = decoder.square_from_pixels(deep.rgb(bits), size, turned)
        else:
            square = _square(data, image, size, turned, decoder)
        differs = decoder.difference(data, image, size, bits, square)
        return Picture(square, *_upright_size(image, turned), depth=own, differs=differs)


def _square(data: bytes, image: Image.Image, size: int, turned: int, decoder: Decoder) -> Pixels:
    """Scale a picture of 8 bits a value, whole or in bands."""
    if memory.is_giant(image) and min(image.size) >= size:
        return scaling.upright(_averaged(image, size), turned)
    try:
        whole = pixels.whole(image)
    except UnreadableImageError:
        raise
    except Exception:
        bare = damage.without_comments(data)
        if not bare:
            raise
        with open_image(io.BytesIO(bare)) as again:
            whole = pixels.whole(again)
    return decoder.square_from_pixels(whole, size, turned)


def _averaged(image: Image.Image, size: int) -> Pixels:
    """Average a giant over the areas that become a pixel, holding a band of rows at a time."""
    edges = np.linspace(0, image.height, size + 1)
    lower, upper = edges[:-1, None], edges[1:, None]
    sums = np.zeros((size, size, 3))
    for top, band in pixels.bands(image):
        rows = np.arange(top, top + len(band))
        weights = np.clip(np.minimum(rows + 1, upper) - np.maximum(rows, lower), 0, None)
        sums += np.tensordot(weights, scaling.summed_columns(band, size), axes=1)
    return np.rint(sums * size * size / (image.height * image.width)).astype(np.uint8)


def _upright_size(image: Image.Image, turned: int) -> tuple[int, int]:
    return (image.height, image.width) if turned > 4 else image.size
