"""The formats that are read; other kinds of files are recognised by their first bytes."""

import re
from collections.abc import Iterator

# Pillow knows many more; some run other programs, and the exported model reads none of them.
PILLOW_NAMES = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF")
JPEG_RATIOS = (8, 4, 2, 1)  # at which a JPEG can be decoded, an attribute of the operation
HEAD = 256  # bytes that `refusal` wants


class UnreadableImageError(Exception):
    """When a file has no readable picture; the message is the reason, in a few words."""


UNKNOWN = "not an image, or in a format that is not known here"
PHONE = "HEIC or AVIF, which cannot be read here (save it as JPEG)"
CAMERA_RAW = "a camera's RAW file, which cannot be read here (export it as JPEG or TIFF)"

_FRAMES = (b"\xff\xc0", b"\xff\xc1", b"\xff\xc2", b"\xff\xc3")
_JPEG = b"\xff\xd8"
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<svg")
# Brands of ISO 14496-12 files: https://github.com/nokiatech/heif/wiki/Technical-Information
_PHONE_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
_TO_PNG = ", which cannot be read here (save it as PNG)"
# How files of known kinds begin: https://en.wikipedia.org/wiki/List_of_file_signatures
_OTHERS = {
    rb"\0{3}\x0cjP  |\xff\x4f\xff\x51": f"JPEG 2000{_TO_PNG}",
    rb"\0{3}\x0cJXL |\xff\x0a": "JPEG XL, which cannot be read here (save it as JPEG)",
    rb"8BP[SB]": f"a Photoshop file{_TO_PNG}",
    rb"%!PS|\xc5\xd0\xd3\xc6": f"PostScript{_TO_PNG}",
    rb"%PDF": "a PDF, which cannot be read here (save its pages as PNG)",
    rb"P[1-7]\s": f"PNM{_TO_PNG}",
    rb"\0\0[\x01\x02]\0": f"an icon{_TO_PNG}",
    rb"v/1\x01": f"OpenEXR{_TO_PNG}",
    rb"[\s\S]{128}DICM": f"DICOM{_TO_PNG}",
    rb"(II\*\0|MM\0\*)[\s\S]{4}CR|IIR[OS]|MMOR|IIU\0|FUJIFILM|FOVb": CAMERA_RAW,
    rb"[\s\S]{4}ftypcrx ": CAMERA_RAW,
    rb"[\s\S]{4}ftyp|\x1aE\xdf\xa3|RIFF[\s\S]{4}AVI ": "a film instead of an image",
    rb"PK\x03\x04|Rar!|7z\xbc\xaf|\x1f\x8b": "an archive instead of an image (unpack it)",
}


def jpeg_ratio(short_side: int, size: int) -> int:
    """Return the largest ratio that leaves a JPEG's short side at least 2 * size, else 1."""
    return next((ratio for ratio in JPEG_RATIOS if short_side // ratio >= 2 * size), 1)


def refusal(head: bytes) -> str | None:
    """Return why a file that begins like this isn't read, None if it may be a picture."""
    if not head:
        return "empty file"
    if head.startswith(_JPEG):
        return None
    if head.startswith(_LFS_POINTER):
        return "a Git LFS pointer instead of the image (git lfs pull fetches it)"
    if head.lstrip().lower().startswith(_MARKUP):
        return "a web page or XML text instead of an image"
    if head[4:8] == b"ftyp" and head[8:12] in _PHONE_BRANDS:
        return PHONE
    return next((reason for pattern, reason in _OTHERS.items() if re.match(pattern, head)), None)


def unknown(head: bytes) -> str:
    """Return why Pillow can't open a file that `refusal` didn't recognise."""
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "a kind of TIFF that cannot be read here (save it as PNG)"
    if _is_precise_jpeg(head):
        return f"a JPEG of more than 8 bits{_TO_PNG}"
    return UNKNOWN


def _is_precise_jpeg(data: bytes) -> bool:
    """Look at the bits a sample in the segment that begins the frame."""
    for at in jpeg_segments(data) if data.startswith(_JPEG) else ():
        if data[at : at + 2] in _FRAMES and len(data) > at + 4:
            return data[at + 4] != 8
    return False


def jpeg_segments(data: bytes | memoryview) -> Iterator[int]:
    """Yield where each segment begins, and last where the first scan does, or what is no segment.

    Before a segment's name any number of bytes 0xFF may stand.
    """
    at = 2
    while data[at : at + 1] == b"\xff" and data[at + 1 : at + 2] != b"\xda":
        yield at
        is_fill = data[at + 1 : at + 2] == b"\xff"
        at += 1 if is_fill else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    yield at
