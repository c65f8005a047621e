"""Decodes with simplejpeg and Pillow, and scales with numpy: the training's pixels. Pure.

simplejpeg is libjpeg-turbo, as TensorFlow's decoder is: the same pixels, and the same complaints
about damage, which Pillow keeps to itself. Pillow keeps 8 of 16 bits a colour, the upper or the
lower ones, so a PNG of 16 bits is decoded twice.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image

from reading import formats, pixels, scaling
from reading.files import UndecodableError
from reading.pixels import Pixels

Values = npt.NDArray[np.uint16]

# What libjpeg says where it goes on (JWRN_*), but for the missing end, at which TensorFlow stops:
# https://github.com/libjpeg-turbo/libjpeg-turbo/blob/main/src/jerror.h
WARNINGS = (
    "Corrupt JPEG data",
    "Inconsistent progression",
    "Invalid SOS parameters",
    "Unknown Adobe color",
    "Warning: unknown JFIF",
)
ADOBE = b"\xff\xee", b"Adobe"  # a segment's marker, and how its content begins


class SmallDecoder:
    """Decodes and scales for the training's reader; a `reading.files.Decoder`."""

    def square_from_jpeg(
        self, data: bytes, size: int, turned: int, sides: tuple[int, int]
    ) -> tuple[Pixels, str]:
        """Return the square, and the first that libjpeg complains of; raises UndecodableError."""
        ratio, said = formats.jpeg_ratio(min(sides), size), ""
        try:
            decoded = decode_jpeg(data, ratio, sides)
        except ValueError as error:
            said = str(error)
            if not said.startswith(WARNINGS):
                raise UndecodableError(said) from error
            decoded = decode_with_pillow(data, ratio)
        return scaling.upright_square(decoded, size, turned), said

    def square_from_deep_png(
        self, data: bytes, size: int, turned: int, depth: int
    ) -> tuple[Pixels, int, bool]:
        """Return the square, the bits that its values need, and whether anything is visible."""
        try:
            colours, alpha = decode_deep_png(data)
        except Exception as error:  # decoders fail in every way there is
            raise UndecodableError(str(error)) from error
        needed = pixels.needed_depth(int(colours.max()))
        shades = pixels.scaled(colours, needed if depth == pixels.OWN_DEPTH else depth)
        rgb = laid_on_white(np.broadcast_to(shades, (*shades.shape[:2], 3)), alpha)
        return scaling.upright_square(rgb, size, turned), needed, bool(alpha.any())

    def square_from_pixels(self, pixels: Pixels, size: int, turned: int) -> Pixels:
        """Return the square of uint8 (height, width, 3)."""
        return scaling.upright_square(pixels, size, turned)

    def difference(self, *_: object) -> None:
        """Return None: how the SavedModel reads the file doesn't matter here."""


def decode_jpeg(data: bytes, ratio: int, sides: tuple[int, int]) -> Pixels:
    """Return uint8 (height, width, 3) at 1/ratio of its sides.

    Raises ValueError at libjpeg's first complaint.
    """
    width, height = (-(-side // ratio) if ratio > 1 else 0 for side in sides)
    space = simplejpeg.decode_jpeg_header(data, strict=False)[2]
    wanted = "CMYK" if space in ("CMYK", "YCCK") else "RGB"
    decoded: Pixels = simplejpeg.decode_jpeg(data, wanted, min_height=height, min_width=width)
    if wanted == "RGB":
        return decoded
    ink = decoded.astype(np.uint16)
    light = ink if is_adobe(data) else 255 - ink  # Adobe writes inverted inks
    return np.asarray(light[..., :3] * light[..., 3:] // 255, np.uint8)


def decode_with_pillow(data: bytes, ratio: int) -> Pixels:
    """Return the same of a JPEG at which libjpeg complains; raises UndecodableError if it gives up.

    simplejpeg doesn't tell giving up from a complaint that came before.
    """
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            image.draft(None, (image.width // ratio, image.height // ratio))
            return np.asarray(image.convert("RGB"))
    except Exception as error:  # decoders fail in every way there is
        raise UndecodableError(str(error)) from error


def is_adobe(jpeg: bytes) -> bool:
    """Return whether Adobe's segment is in front of a JPEG's first scan."""
    marker, name = ADOBE
    return any(
        jpeg.startswith(marker, at) and jpeg.startswith(name, at + 4)
        for at in formats.jpeg_segments(jpeg)
    )


def decode_deep_png(data: bytes) -> tuple[Values, Pixels]:
    """Return the colours (height, width, 1 or 3) of 16 bits, and 8 bits of alpha (…, 1)."""
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        kind = str(image.tile[0].args)
        if kind == "I;16B":
            grey = np.asarray(image).astype(np.uint16)[..., None]
            return grey, np.full(grey.shape, 255, np.uint8)
    if kind == "LA;16B":  # four bytes a pixel
        parts = _decoded_as(data, "RGBA", "RGBA")
        return _joined(parts[..., :1], parts[..., 1:2]), parts[..., 2:3]
    mode = kind.removesuffix(";16B")
    upper, lower = (_decoded_as(data, mode, f"{mode};16{order}") for order in "BL")
    opaque = np.full((*upper.shape[:2], 1), 255, np.uint8)
    alpha = upper[..., 3:] if mode == "RGBA" else opaque
    return _joined(upper[..., :3], lower[..., :3]), alpha


def _joined(upper: Pixels, lower: Pixels) -> Values:
    return np.asarray(upper.astype(np.uint16) << 8 | lower, np.uint16)


def _decoded_as(data: bytes, mode: str, raw_mode: str) -> Pixels:
    """Let Pillow take a PNG's bytes for a kind that has as many of them a pixel."""
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        image._mode = mode
        image.tile = [tile._replace(args=raw_mode) for tile in image.tile]
        return np.asarray(image)


def laid_on_white(rgb: Pixels, alpha: npt.NDArray[Any]) -> Pixels:
    """Mix uint8 (height, width, 3) with white as alpha, uint8 (height, width, 1), says."""
    if (alpha == 255).all():
        return rgb
    mixed = 255 + (rgb.astype(np.float32) - 255) * (alpha.astype(np.float32) / 255)
    return np.rint(mixed).astype(np.uint8)
