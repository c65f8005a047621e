"""Recognises files that aren't images: by extension, and by their first bytes. Pure."""

from __future__ import annotations

from split.drop import reasons

IMAGE_EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
)
_EXTENSIONS = {
    reasons.HEIC: "heic heics heif heifs hif",
    reasons.CAMERA_RAW: "3fr arw cr2 cr3 crw dcr dng erf iiq kdc mrw nef nrw orf pef raf raw rw2 "
    "rwl sr2 srf srw x3f",
    reasons.OTHER_PICTURE: "ai apng avif cin dcm dds eps exr fits hdr ico j2c j2k jp2 jpf jpx jxl "
    "jxr mpo nii pbm pcx pdf pgm pnm ppm ps psb psd qoi sgi svg tga wbmp wmf xbm xcf xpm",
    # What cloud drives leave of a file that was never fetched: iCloud, Nextcloud, ownCloud, odrive.
    reasons.PLACEHOLDER: "icloud nextcloud owncloud cloud cloudf",
    reasons.ARCHIVE: "7z bz2 gz iso rar tar tbz2 tgz txz xz zip zst",
    reasons.VIDEO: "3gp avi flv m2ts m4v mkv mov mp4 mpeg mpg mts webm wmv",
    reasons.TABLE: "csv ods parquet tsv xls xlsb xlsm xlsx",
    reasons.ANNOTATION: "geojson json jsonl md names ndjson txt xml yaml yml",
}
REASON_BY_EXTENSION = {
    f".{name}": reason for reason, names in _EXTENSIONS.items() for name in names.split()
}
# The reasons that a file's name alone can give.
REASONS_BY_NAME = frozenset({*_EXTENSIONS, reasons.NOT_AN_IMAGE_NAME})

SNIFF_BYTES = 256
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SIGNATURES = (
    *(b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM"),
    *(b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),  # TIFF and BigTIFF
)
# The brands of ISO base media files that phones write: https://mp4ra.org/registered-types/brands
BRANDS = {
    reasons.HEIC: (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"),
    reasons.OTHER_PICTURE: (b"avif", b"avis"),
}


def reason_by_first_bytes(first_bytes: bytes) -> str | None:
    """Return why a file that begins with these bytes is no image, None if it may be one."""
    is_webp = first_bytes[:4] == b"RIFF" and first_bytes[8:12] == b"WEBP"
    if is_webp or first_bytes.startswith(SIGNATURES):
        return None
    if first_bytes[4:8] == b"ftyp":
        brands = (reason for reason, known in BRANDS.items() if first_bytes[8:12] in known)
        return next(brands, reasons.NOT_AN_IMAGE_CONTENT)
    start = first_bytes.removeprefix(BYTE_ORDER_MARK).lstrip().lower()
    if start.startswith(b"version https://git-lfs"):
        return reasons.LFS_POINTER
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<!--", b"<head", b"<error")):
        return reasons.WEB_PAGE
    return reasons.TEXT if _is_text(first_bytes) else reasons.NOT_AN_IMAGE_CONTENT


def _is_text(first_bytes: bytes) -> bool:
    # "ignore": the last character may be cut in two.
    text = first_bytes.decode("utf-8", "ignore")
    is_utf8 = len(text.encode()) >= len(first_bytes) - 3
    return is_utf8 and all(character.isprintable() or character.isspace() for character in text)
