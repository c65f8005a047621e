"""Reads what Pillow doesn't of a TIFF: the right page, colours of 16 bits, white that is zero."""

import io
import struct
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from reading import formats
from reading.formats import UnreadableImageError
from reading.pixels import FULL_DEPTH, Pixels, Values, scaled

# Tags: https://www.loc.gov/preservation/digital/formats/content/tiff_tags.shtml
_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 254, 256, 257, 258, 259, 262
_STRIPS, _ORIENTATION, _SAMPLES, _ROWS, _STRIP_SIZES = 273, 274, 277, 278, 279
_PLANES, _PREDICTOR, _TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_SIZES = 284, 317, 322, 323, 324, 325
_FILL_ORDER, _EXTRA, _FORMAT, _DNG = 266, 338, 339, 50706
_KEPT = (_HEIGHT, _COMPRESSION, _ROWS, _TILE_HEIGHT, _FILL_ORDER)
_LONG = 4  # the type of 32 bits
_REDUCED, _SEPARATE, _DIFFERENCES, _SIGNED = 1, 2, 2, 2
_WHITE_IS_ZERO, _RGB, _CFA, _LINEAR_RAW = 0, 2, 32803, 34892


class DeepTiff(NamedTuple):
    """Values (height, width) or (height, width, 3) of more than 8 bits, as they lie in the file.

    declared: the bits that the file says are used, None where it says 16. container: the bits that
    a value can have. orientation: EXIF's, still to be applied.
    """

    values: Values
    declared: int | None
    container: int
    orientation: int
    is_inverted: bool

    def rgb(self, bits: int) -> Pixels:
        """Return uint8 (height, width, 3) where that many bits are in use."""
        values = np.maximum(2**bits - 1 - self.values, 0) if self.is_inverted else self.values
        grey_or_rgb = scaled(values, bits)
        if grey_or_rgb.ndim == 3:
            return grey_or_rgb
        return np.repeat(grey_or_rgb[..., None], 3, axis=2)


def find_page(image: Any) -> None:
    """Go to the first page that isn't a thumbnail; raises UnreadableImageError with the reason."""
    if _DNG in image.tag_v2 or image.tag_v2.get(_PHOTOMETRIC) in (_CFA, _LINEAR_RAW):
        raise UnreadableImageError(formats.CAMERA_RAW)
    page = 0
    while image.tag_v2.get(_SUBFILE, 0) & _REDUCED:
        page += 1
        try:
            image.seek(page)
        except EOFError:
            raise UnreadableImageError(formats.CAMERA_RAW) from None
    image.info.pop("xmp", None)  # else Pillow would turn the picture by it
    tags = image.tag_v2
    if tags.get(_PLANES) == _SEPARATE and max(_bits(tags)) > 8 and not _is_rgb_of_16_bits(tags):
        raise UnreadableImageError(
            "a TIFF whose planes of more than 8 bits lie apart (save it as PNG)"
        )


def deep(image: Any, data: bytes) -> DeepTiff | None:
    """Read the page that `image` is at, of the file `data`, if it has more than 8 bits a value.

    Raises UnreadableImageError with the reason where its values can't become 8 bits.
    """
    tags, mode = image.tag_v2, image.mode
    if _is_rgb_of_16_bits(tags):
        return DeepTiff(_colours(image, data), None, FULL_DEPTH, tags.get(_ORIENTATION, 1), False)
    if mode != "I" and not mode.startswith("I;16"):
        return None
    is_inverted = tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO
    is_signed = max(tags.get(_FORMAT, (1,))) == _SIGNED
    (bits, *_) = _bits(tags)
    values = np.asarray(image)  # Pillow turns it as the file says
    if values.min() < 0:
        raise UnreadableImageError("pixels below zero, for which black is undefined")
    if values.max() >= 2**FULL_DEPTH:
        raise UnreadableImageError("more than 16 bits per pixel")
    container = FULL_DEPTH - 1 if is_signed and bits == FULL_DEPTH else FULL_DEPTH
    declared = bits if bits < FULL_DEPTH else None
    return DeepTiff(values.astype(np.int32), declared, container, 1, is_inverted)


def _bits(tags: Any) -> tuple[int, ...]:
    return tuple(tags.get(_BITS, (1,)))


def _is_rgb_of_16_bits(tags: Any) -> bool:
    """Return whether a page is plain RGB of 16 bits, which Pillow reads as 8 bits or wrongly."""
    return (
        tags.get(_PHOTOMETRIC) == _RGB
        and tags.get(_SAMPLES, 1) == 3
        and set(_bits(tags)) == {16}
        and set(tags.get(_FORMAT, (1,))) == {1}
        and _EXTRA not in tags
    )


def _colours(image: Any, data: bytes) -> npt.NDArray[np.uint16]:
    """Let Pillow read the same bytes as grey: three times as wide, or plane by plane."""
    tags = image.tag_v2
    width, height = tags[_WIDTH], tags[_HEIGHT]
    if tags.get(_PLANES) == _SEPARATE:
        return np.stack([_as_grey(tags, data, plane, 3) for plane in range(3)], axis=-1)
    return _as_grey(tags, data, 0, 1).reshape(height, width, 3)


def _as_grey(tags: Any, data: bytes, plane: int, planes: int) -> npt.NDArray[np.uint16]:
    """Read one of the planes, or all colours side by side, through a directory written for it."""
    across = 3 if planes == 1 else 1
    entries: dict[int, tuple[int, ...]] = {tag: (tags[tag],) for tag in _KEPT if tag in tags}
    entries |= {tag: (tags[tag] * across,) for tag in (_WIDTH, _TILE_WIDTH) if tag in tags}
    entries |= {_BITS: (16,), _SAMPLES: (1,), _PHOTOMETRIC: (1,)}
    for tag in (_STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES):
        share = len(tags.get(tag, ())) // planes
        if share:
            entries[tag] = tags[tag][plane * share : (plane + 1) * share]
    order = "<" if tags.prefix == b"II" else ">"
    whole = _with_directory(data, entries, order)
    with Image.open(io.BytesIO(whole), formats=["TIFF"]) as image:
        values = np.array(image).astype(np.uint16)
    if tags.get(_PREDICTOR) == _DIFFERENCES:
        return _summed(values, across, tags.get(_TILE_WIDTH, tags[_WIDTH]))
    return values


def _with_directory(data: bytes, entries: dict[int, tuple[int, ...]], order: str) -> bytes:
    """Return a file of the same bytes, but for its header and a directory of LONGs at its end."""
    start = len(data) + len(data) % 2
    after = start + 2 + 12 * len(entries) + 4
    rows, lists = [], b""
    for tag, values in sorted(entries.items()):
        packed = struct.pack(f"{order}{len(values)}I", *values)
        place = packed if len(values) == 1 else struct.pack(order + "I", after + len(lists))
        rows.append(struct.pack(order + "HHI", tag, _LONG, len(values)) + place)
        lists += packed if len(values) > 1 else b""
    header = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, start)
    count = struct.pack(order + "H", len(rows))
    return b"".join([header, data[8:], bytes(len(data) % 2), count, *rows, bytes(4), lists])


def _summed(values: npt.NDArray[np.uint16], across: int, tile: int) -> npt.NDArray[np.uint16]:
    """Undo the differences between neighbours in a row, which begin anew in every tile."""
    height, width = values.shape
    pixels = values.reshape(height, width // across, across)
    parts = [
        np.cumsum(pixels[:, left : left + tile], axis=1, dtype=np.uint16)
        for left in range(0, width // across, tile)
    ]
    return np.concatenate(parts, axis=1).reshape(height, width)
