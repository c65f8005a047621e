"""Names the images of both sides in one order, and writes thumbnails of those to look at."""

import io
import shutil
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.Image import Transpose

from documents import PicturedImage
from loading.dataset import ImageData
from reading import files, memory, orientation, pixels
from reading.pixels import Pixels

FOLDER = "review"
_LONGEST_SIDE = 96  # pixels
_QUALITY = 80
_TURNS = {  # by EXIF's orientation
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


class Gallery:
    """The images of both sides: row i is image i, the training images before the validation images.

    A thumbnail is written once, however often its image is shown, and only while there is room.
    """

    def __init__(self, folder: Path, data: ImageData, train: Path, validation: Path) -> None:
        """Remove the thumbnails of an earlier start; the images lie under `train`, `validation`."""
        shutil.rmtree(folder / FOLDER, ignore_errors=True)
        self._folder = folder
        self._data = data
        self._roots = train, validation
        self._names: dict[int, str] = {}
        self._room = 0

    def allow(self, size: int) -> None:
        """Make room for so many more bytes of thumbnails."""
        self._room += size

    def close(self) -> None:
        """Write no more thumbnails until there is room again."""
        self._room = 0

    def show(self, row: int) -> PicturedImage:
        """Describe an image, with its thumbnail if there is room."""
        data, split = self._data, len(self._data.train.files)
        is_held_out = row >= split
        channel, within = (data.validation, row - split) if is_held_out else (data.train, row)
        file = channel.files[within]
        if row not in self._names and self._room > 0:
            path = self._roots[is_held_out] / file
            picture = thumbnail(path, np.asarray(channel.pixels[within]), _LONGEST_SIDE)
            self._names[row] = self._write(picture.convert("RGB"))
        return {
            "file": file,
            "side": "validation" if is_held_out else "train",
            "class": data.classes[channel.labels[within]],
            "image": self._names.get(row),
        }

    def _write(self, picture: Image.Image) -> str:
        content = io.BytesIO()
        picture.save(content, "JPEG", quality=_QUALITY)
        name = f"{FOLDER}/{len(self._names):04}.jpg"
        (self._folder / FOLDER).mkdir(parents=True, exist_ok=True)
        (self._folder / name).write_bytes(content.getvalue())
        self._room -= content.tell()
        return name


def thumbnail(file: Path, square: Pixels, side: int) -> Image.Image:
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
    with files.open_image(io.BytesIO(data)) as image:
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
