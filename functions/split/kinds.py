"""Knows by its name what a file is that can't be trained on."""

from __future__ import annotations

from posixpath import splitext

HEIC = "a HEIC picture"
CAMERA_RAW = "a camera's raw file"
OTHER_PICTURE = "a picture in a format that is not read"
PLACEHOLDER = "a cloud placeholder instead of the image"
ARCHIVE = "an archive"
VIDEO = "a video"
TABLE = "a table"
ANNOTATION = "an annotation or text file"
NOT_AN_IMAGE_NAME = "not an image by its name"

_EXTENSIONS = {
    HEIC: "heic heics heif heifs hif",
    CAMERA_RAW: "3fr arw cr2 cr3 crw dcr dng erf iiq kdc mrw nef nrw orf pef raf raw rw2 rwl sr2 "
    "srf srw x3f",
    OTHER_PICTURE: "ai apng avif cin dcm dds eps exr fits hdr ico j2c j2k jp2 jpf jpx jxl jxr mpo "
    "nii pbm pcx pdf pgm pnm ppm ps psb psd qoi sgi svg tga wbmp wmf xbm xcf xpm",
    # What clouds leave of a file that was never fetched: iCloud, Nextcloud, ownCloud, odrive.
    PLACEHOLDER: "icloud nextcloud owncloud cloud cloudf",
    ARCHIVE: "7z bz2 gz iso rar tar tbz2 tgz txz xz zip zst",
    VIDEO: "3gp avi flv m2ts m4v mkv mov mp4 mpeg mpg mts webm wmv",
    TABLE: "csv ods parquet tsv xls xlsb xlsm xlsx",
    ANNOTATION: "geojson json jsonl md names ndjson txt xml yaml yml",
}
BY_EXTENSION = {
    f".{name}": reason for reason, names in _EXTENSIONS.items() for name in names.split()
}
BY_NAME = frozenset({*_EXTENSIONS, NOT_AN_IMAGE_NAME})


def extension_of(name: str) -> str:
    """Return a file name's extension in small letters with its dot, or an empty string."""
    return splitext(name)[1].lower()


def reason_by_extension(extension: str) -> str:
    """Return what a file is whose extension isn't that of an image."""
    return BY_EXTENSION.get(extension, NOT_AN_IMAGE_NAME)
