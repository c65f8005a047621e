"""Names the images of both sides in one order, and writes thumbnails of those to look at."""

import io
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from documents import PicturedImage
from loading.dataset import ImageData
from reading import thumbnails

FOLDER = "review"
_LONGEST_SIDE = 96  # pixels
_QUALITY = 80


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
            picture = thumbnails.read(path, np.asarray(channel.pixels[within]), _LONGEST_SIDE)
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
