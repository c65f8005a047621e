"""Looks at a folder of images before anything is started with it, and lists what to upload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

IMAGE_EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
)
# As the split has them; a look before anything is started, so the split's own word comes later.
SYSTEM_NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx", "$recycle.bin"})
LAYOUT = "droptrain wants one folder per class, for example phones/good/1.jpg and phones/oil/2.jpg."


class ImagesError(Exception):
    """When a folder cannot be a drop; the message says why and what to do."""


@dataclass(frozen=True)
class Upload:
    """A file and the part of its key after `raw/`."""

    path: Path
    name: str


@dataclass(frozen=True)
class Drop:
    """A folder that can be dropped: every file of it, and how many images each class has."""

    uploads: Sequence[Upload]
    class_sizes: dict[str, int]


def read_drop(folder: Path, minimum_images: int) -> Drop:
    """List a folder as `aws s3 sync` would upload it, hidden files and all.

    Raises:
        ImagesError: there is nothing in it that could be trained.
    """
    if not folder.exists():
        raise ImagesError(f"There is no folder {folder}. {LAYOUT}")
    if not folder.is_dir():
        raise ImagesError(f"{folder} is a file, not a folder. {LAYOUT}")
    uploads = [
        Upload(path, path.relative_to(folder).as_posix())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    sizes = _class_sizes(uploads)
    _check(folder, uploads, sizes, minimum_images)
    return Drop(uploads, sizes)


def _class_sizes(uploads: Sequence[Upload]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for upload in uploads:
        parts = Path(upload.name).parts
        if len(parts) > 1 and _is_image(upload):
            sizes[parts[0]] = sizes.get(parts[0], 0) + 1
    return dict(sorted(sizes.items()))


def _is_image(upload: Upload) -> bool:
    path = Path(upload.name)
    hidden = any(part.startswith(".") or part.lower() in SYSTEM_NAMES for part in path.parts)
    return path.suffix.lower() in IMAGE_EXTENSIONS and not hidden


def _check(
    folder: Path, uploads: Sequence[Upload], sizes: dict[str, int], minimum_images: int
) -> None:
    if not uploads:
        raise ImagesError(f"{folder} is empty. {LAYOUT}")
    if not sizes:
        loose = any(_is_image(upload) for upload in uploads)
        found = "its images lie in no class folder" if loose else "it holds no image files"
        raise ImagesError(f"{folder} cannot be trained on: {found}. {LAYOUT}")
    if len(sizes) == 1:
        [name] = sizes
        raise ImagesError(
            f"{folder} holds one class only, '{name}': there is nothing to tell apart. "
            "Add a folder with images of at least one more class."
        )
    small = [f"'{name}' has {size}" for name, size in sizes.items() if size < minimum_images]
    if small:
        raise ImagesError(
            f"Each class needs at least {minimum_images} images; {', '.join(small)}. Add images, "
            "remove the folder, or lower the limit with MINIMUM_IMAGES_PER_CLASS=…"
        )
