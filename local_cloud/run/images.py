"""Checks a folder of images before anything is started, and lists the files to upload."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from local_cloud.run.folder import Listing, Upload, list_folder
from local_cloud.terminal_text import printable

IMAGE_EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
)
# As in the split, which decides later: this is only a first check.
SYSTEM_NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx", "$recycle.bin"})
LAYOUT = "droptrain needs one folder per class, for example phones/good/1.jpg and phones/oil/2.jpg."


class ImagesError(Exception):
    """A folder can't be dropped; the message says why and what to do."""


@dataclass(frozen=True)
class ImageFolder:
    """A folder that can be dropped: its files, images per class, and skipped files."""

    folder: Path
    uploads: Sequence[Upload]
    class_sizes: dict[str, int]
    skipped: Sequence[str]  # in sentences

    def sentences(self) -> Iterator[str]:
        """Say what was skipped, and what is dropped."""
        yield from self.skipped
        counts = (f"{size} {printable(name)}" for name, size in self.class_sizes.items())
        yield f"{printable(self.folder)}: {', '.join(counts)}."


@dataclass(frozen=True)
class LocalDrop:
    """The images to drop, and those of the sealed test set, if there is one."""

    images: ImageFolder
    tested: ImageFolder | None = None

    def sentences(self) -> Iterator[str]:
        """Say what was skipped, and what is dropped."""
        yield from self.images.sentences()
        if self.tested:
            yield from self.tested.sentences()


def read_drop(images: Path, tested: Path | None, minimum_images: int) -> LocalDrop:
    """List the images to drop, and those of the sealed test set, if there is one.

    Raises:
        ImagesError: they can't be trained on, or measured.
    """
    return LocalDrop(
        read_image_folder(images, minimum_images), read_test_folder(tested) if tested else None
    )


def read_image_folder(folder: Path, minimum_images: int) -> ImageFolder:
    """List a folder as `aws s3 sync` would upload it.

    Raises:
        ImagesError: it can't be trained on.
    """
    listing = _list(folder)
    sizes = _class_sizes(listing.uploads)
    skipped = list(listing.sentences())
    if reason := _reason_to_refuse(listing, sizes, minimum_images):
        raise ImagesError(" ".join([reason, *skipped]))
    return ImageFolder(folder, listing.uploads, sizes, skipped)


def read_test_folder(folder: Path) -> ImageFolder:
    """List a folder of images that a run is only measured on; any number will do.

    Raises:
        ImagesError: no image in it is in a class folder.
    """
    listing = _list(folder)
    sizes = _class_sizes(listing.uploads)
    if not sizes:
        raise ImagesError(f"No image in {printable(folder)} is in a class folder. {LAYOUT}")
    return ImageFolder(folder, listing.uploads, sizes, list(listing.sentences()))


def _list(folder: Path) -> Listing:
    if not folder.exists():
        raise ImagesError(f"There is no folder {printable(folder)}. {LAYOUT}")
    if not folder.is_dir():
        raise ImagesError(f"{printable(folder)} is a file, not a folder. {LAYOUT}")
    try:
        return list_folder(folder)
    except OSError as error:
        raise ImagesError(f"{printable(folder)} can't be read: {error.strerror}.") from error


def _class_sizes(uploads: Sequence[Upload]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for upload in uploads:
        parts = Path(upload.name).parts
        if len(parts) > 1 and _is_image(upload.name):
            sizes[parts[0]] = sizes.get(parts[0], 0) + 1
    return dict(sorted(sizes.items()))


def _is_image(name: str) -> bool:
    path = Path(name)
    hidden = any(part.startswith(".") or part.lower() in SYSTEM_NAMES for part in path.parts)
    return path.suffix.lower() in IMAGE_EXTENSIONS and not hidden


def _reason_to_refuse(listing: Listing, sizes: dict[str, int], minimum_images: int) -> str:
    """Return why a folder can't be trained on and what to do, "" if it can."""
    folder, uploads = listing.folder, listing.uploads
    name = printable(folder)
    if not uploads:
        fault = "contains nothing that can be uploaded" if listing.skipped else "is empty"
        return f"{name} {fault}. {LAYOUT}"
    if not sizes:
        if not any(_is_image(upload.name) for upload in uploads):
            return f"{name} contains no image files. {LAYOUT}"
        return f"The images in {name} are not in class folders. {_above(folder)}"
    if len(sizes) == 1:
        return _one_class(folder, uploads, *sizes)
    small = [f"'{label}' has {size}" for label, size in sizes.items() if size < minimum_images]
    if small:
        return (
            f"Each class needs at least {minimum_images} images; {', '.join(small)}. Add images, "
            "remove the folder, or lower the limit with --minimum-images-per-class."
        )
    return ""


def _above(folder: Path) -> str:
    """Return the remedy for a folder of loose images: the folder above, if it contains classes."""
    above = folder.parent if folder.name not in ("", "..") else folder.resolve().parent
    siblings = [path for path in _entries(above) if path.is_dir()]
    if sum(any(_is_image(path.name) for path in _entries(folder)) for folder in siblings) < 2:
        return LAYOUT
    return f"If it is one of several classes, use the folder above: --images {printable(above)}"


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _one_class(folder: Path, uploads: Sequence[Upload], label: str) -> str:
    """Return the remedy for a folder with one class: the folder below, if it contains classes."""
    fault = f"{printable(folder)} contains one class only, '{printable(label)}'"
    remedy = "add a folder with images of at least one more class."
    prefix, sizes = "", {label: 0}
    while len(sizes) == 1:
        prefix += f"{next(iter(sizes))}/"
        sizes = _class_sizes(
            [
                Upload(upload.path, upload.name.removeprefix(prefix))
                for upload in uploads
                if upload.name.startswith(prefix)
            ]
        )
    if not sizes:
        return f"{fault}, but training needs two. {remedy.capitalize()}"
    names = ", ".join(f"'{printable(name)}'" for name in sizes)
    below = printable(folder / prefix)
    return f"{fault}. If the classes are {names}, use --images {below}; if not, {remedy}"
