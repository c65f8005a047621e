"""Image files as cameras, scanners and broken disks leave them, written here byte by byte."""

import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.unit.training_code.torture import encoded

WIDTH, HEIGHT = 96, 72
Shown = npt.NDArray[np.uint8]


def scene() -> Shown:
    """Return a picture that looks different however it is turned, mirrored or inverted."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[..., 0] = np.where(columns < WIDTH // 2, 200, 60)
    pixels[..., 1] = np.where(rows < HEIGHT // 2, 180, 40)
    pixels[..., 2] = (rows + columns) * 160 // (WIDTH + HEIGHT)
    pixels[6:18, 6:30] = (255, 0, 0)
    return pixels


def grey() -> Shown:
    return np.asarray(Image.fromarray(scene()).convert("L"))


def in_rgb(values: Shown) -> Shown:
    return np.repeat(values[..., None], 3, axis=2)


def turned(pixels: Shown, orientation: int) -> Shown:
    sideways = pixels.transpose(1, 0, 2)
    ways = {3: pixels[::-1, ::-1], 6: sideways[:, ::-1], 8: sideways[::-1]}
    return ways.get(orientation, pixels)


def jpeg(**options: object) -> bytes:
    return encoded(Image.fromarray(scene()), "JPEG", quality=95, **options)


def png() -> bytes:
    return encoded(Image.fromarray(scene()), "PNG")


def tiff(strips: list[bytes], bits: int, photometric: int, order: str = "<", **tags: int) -> bytes:
    """Write a TIFF page of WIDTH x HEIGHT by hand: one strip a plane; `tags` override the usual."""
    bands = 3 if photometric == 2 else 1
    values: dict[int, list[int]] = {
        256: [WIDTH], 257: [HEIGHT], 258: [bits] * bands, 259: [tags.get("compression", 1)],
        262: [photometric], 277: [bands], 278: [HEIGHT], 279: [len(strip) for strip in strips],
        284: [2 if len(strips) > 1 else 1], 339: [tags.get("sample_format", 1)] * bands,
    }  # fmt: skip
    values |= {int(name[1:]): [value] for name, value in tags.items() if name.startswith("t")}
    body, offsets = bytearray(), []
    for strip in strips:
        offsets.append(8 + len(body))
        body += strip + bytes(len(strip) % 2)
    values[273] = offsets
    start = 8 + len(body)
    after = start + 2 + 12 * len(values) + 4
    rows, lists = b"", b""
    for tag, numbers in sorted(values.items()):
        packed = struct.pack(f"{order}{len(numbers)}I", *numbers)
        place = packed if len(numbers) == 1 else struct.pack(order + "I", after + len(lists))
        rows += struct.pack(order + "HHI", tag, 4, len(numbers)) + place
        lists += packed if len(numbers) > 1 else b""
    header = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, start)
    return header + bytes(body) + struct.pack(order + "H", len(values)) + rows + bytes(4) + lists


def twelve_bits_packed() -> bytes:
    pairs = (grey().astype(np.uint16) * 16).reshape(HEIGHT, WIDTH // 2, 2)
    first, second = pairs[..., 0], pairs[..., 1]
    packed = [first >> 4, ((first & 15) << 4) | (second >> 8), second & 255]
    return tiff([np.stack(packed, -1).astype(np.uint8).tobytes()], 12, 1)


def colours_of_sixteen_bits(factor: int, order: str = "<") -> bytes:
    return tiff([(scene().astype("u2") * factor).astype(order + "u2").tobytes()], 16, 2, order)


def planes_of_sixteen_bits() -> bytes:
    planes = (scene().astype("<u2") * 257).transpose(2, 0, 1)
    return tiff([plane.tobytes() for plane in planes], 16, 2)


def differences_of_sixteen_bits() -> bytes:
    """Write what Photoshop does by default: each value less the one to its left, deflated."""
    values = scene().astype("<u2") * 257
    values[:, 1:] = values[:, 1:] - values[:, :-1]
    return tiff([zlib.compress(values.tobytes())], 16, 2, compression=8, t317=2)


def thumbnail_first() -> bytes:
    thumbnail = Image.fromarray(np.ascontiguousarray(scene()[::6, ::6]))
    page = Image.fromarray(scene())
    page.encoderinfo = {"tiffinfo": {254: 0}}
    return encoded(thumbnail, "TIFF", save_all=True, append_images=[page], tiffinfo={254: 1})


def bitmap(alpha: npt.NDArray[np.uint8]) -> bytes:
    """Write a bitmap with the header of version 5, whose fourth mask is that of alpha."""
    body = np.dstack([scene()[:, :, ::-1], alpha]).tobytes()
    head = struct.pack("<IiiHHIIiiII", 124, WIDTH, -HEIGHT, 1, 32, 3, len(body), 2835, 2835, 0, 0)
    head += struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + b"BGRs" + bytes(64)
    offset = 14 + len(head)
    return b"BM" + struct.pack("<IHHI", offset + len(body), 0, 0, offset) + head + body


def png_with(name: bytes, content: bytes, *, wrong_checksum: bool = False) -> bytes:
    """Put a chunk behind a PNG's header."""
    checksum = 0 if wrong_checksum else zlib.crc32(name + content)
    chunk = struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
    whole = png()
    return whole[:33] + chunk + whole[33:]


def png_of_chunks(width: int, height: int, bits: int, colour_type: int, rows: bytes) -> bytes:
    """Write a PNG by hand; `rows` begin with a filter byte each."""

    def chunk(name: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + checksum

    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + content


def webp(exif: bytes) -> bytes:
    return encoded(Image.fromarray(scene()), "WEBP", lossless=True, exif=exif)


def exif(orientation: int, *, kind: int = 3) -> bytes:
    """Write an EXIF block, big endian, with the orientation as SHORT (3) or LONG (4)."""
    value = struct.pack(">HH" if kind == 3 else ">I", *((orientation, 0)[: 5 - kind]))
    entry = struct.pack(">HHI", 274, kind, 1) + value
    return b"MM" + struct.pack(">HI", 42, 8) + struct.pack(">H", 1) + entry + bytes(4)


def app1(payload: bytes, fill: int = 0) -> bytes:
    return b"\xff" * fill + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload


XMP = (
    b'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)


def jpeg_with(segment: bytes) -> bytes:
    return jpeg()[:2] + segment + jpeg()[2:]


def panorama() -> bytes:
    """Write what a phone does: the end of the JPEG is not marked, and a film follows."""
    trailer = b"\0\0\x01\x0a\x0e\0\0\0Image_UTC_Data1700000000000"
    film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(256)) * 40
    return jpeg()[:-2] + trailer + film + b"SEFH" + bytes(20) + b"SEFT"


def flipped_bits() -> bytes:
    damaged = bytearray(jpeg())
    for at in range(700, len(damaged) - 200, 97):
        damaged[at] ^= 0x55
    return bytes(damaged)


class OddFile(NamedTuple):
    """A file, what it shows, and whether the exported model reads it too, and alike."""

    content: Callable[[], bytes]
    shows: Callable[[], Shown]
    is_served: bool


def _grey(values: npt.NDArray[np.generic], bits: int, photometric: int = 1, **tags: int) -> bytes:
    return tiff([values.tobytes()], bits, photometric, **tags)


SHOWN = {
    "TIFF turned by 180 degrees": OddFile(
        lambda: encoded(Image.fromarray(scene()), "TIFF", tiffinfo={274: 3}),
        lambda: turned(scene(), 3), False),
    "TIFF on its side, packed": OddFile(
        lambda: encoded(Image.fromarray(scene()), "TIFF", compression="tiff_lzw",
                        tiffinfo={274: 6}), lambda: turned(scene(), 6), False),
    "12 of 16 bits, PNG": OddFile(
        lambda: encoded(Image.fromarray(grey().astype(np.uint16) * 16), "PNG"),
        lambda: in_rgb(grey()), True),
    "10 of 16 bits, TIFF": OddFile(
        lambda: _grey(grey().astype("<u2") * 4, 16), lambda: in_rgb(grey()), False),
    "12 bits, TIFF": OddFile(twelve_bits_packed, lambda: in_rgb(grey()), False),
    "8 of 32 bits, TIFF": OddFile(
        lambda: _grey(grey().astype("<u4"), 32), lambda: in_rgb(grey()), False),
    "16 bits with a sign, TIFF": OddFile(
        lambda: _grey(grey().astype("<i2") * 128, 16, sample_format=2),
        lambda: in_rgb(grey()), False),
    "16 bits, white is zero, TIFF": OddFile(
        lambda: _grey(65535 - grey().astype("<u2") * 257, 16, 0), lambda: in_rgb(grey()), False),
    "colours of 16 bits, TIFF": OddFile(
        lambda: colours_of_sixteen_bits(257), scene, False),
    "colours of 12 of 16 bits, TIFF": OddFile(
        lambda: colours_of_sixteen_bits(16), scene, False),
    "colours of 12 of 16 bits, big endian, TIFF": OddFile(
        lambda: colours_of_sixteen_bits(16, ">"), scene, False),
    "planes of 16 bits, TIFF": OddFile(planes_of_sixteen_bits, scene, False),
    "differences of 16 bits, TIFF": OddFile(differences_of_sixteen_bits, scene, False),
    "thumbnail first, TIFF": OddFile(thumbnail_first, scene, False),
    "JPEG turned by XMP alone": OddFile(lambda: jpeg_with(app1(XMP)), scene, True),
    "JPEG turned by a LONG": OddFile(
        lambda: jpeg_with(app1(b"Exif\0\0" + exif(6, kind=4))), lambda: turned(scene(), 6), True),
    "JPEG turned, after fill bytes": OddFile(
        lambda: jpeg_with(app1(b"Exif\0\0" + exif(8), fill=3)), lambda: turned(scene(), 8), True),
    "PNG turned": OddFile(
        lambda: png_with(b"eXIf", exif(6)), lambda: turned(scene(), 6), True),
    "WebP turned": OddFile(lambda: webp(exif(3)), lambda: turned(scene(), 3), True),
    "bitmap whose alpha is empty": OddFile(
        lambda: bitmap(np.zeros((HEIGHT, WIDTH), np.uint8)), scene, True),
    "bitmap with alpha": OddFile(
        lambda: bitmap(np.repeat(np.uint8([[255] * (WIDTH // 2) + [0] * (WIDTH // 2)]), HEIGHT, 0)),
        lambda: np.where(np.arange(WIDTH)[None, :, None] < WIDTH // 2, scene(), np.uint8(255)),
        True),
    "JPEG without its last two bytes": OddFile(lambda: jpeg()[:-2], scene, False),
    "JPEG with padding before its end": OddFile(
        lambda: jpeg()[:-2] + bytes(40) + b"\xff\xd9", scene, True),
    "panorama of a phone": OddFile(panorama, scene, False),
    "PNG with a large profile": OddFile(
        lambda: png_with(b"iCCP", b"p\0\0" + zlib.compress(b"x" * 2_000_000)), scene, True),
    "PNG with a wrong checksum of a comment": OddFile(
        lambda: png_with(b"tEXt", b"a\0b", wrong_checksum=True), scene, True),
}  # fmt: skip

_HALF = len(jpeg()) * 6 // 10
LEFT_OUT: dict[str, tuple[Callable[[], bytes], str]] = {
    "half a JPEG, its end marked": (lambda: jpeg()[:_HALF] + b"\xff\xd9", "damaged .*premature"),
    "half a JPEG": (lambda: jpeg()[:_HALF], "damaged"),
    "half a progressive JPEG": (
        lambda: jpeg(progressive=True)[:_HALF] + b"\xff\xd9", "damaged"),
    "flipped bits": (flipped_bits, "damaged .*Huffman"),
    "a scan that is zeros": (
        lambda: jpeg()[:_HALF] + bytes(4 * _HALF) + b"\xff\xd9", "damaged"),
    "all transparent, PNG": (
        lambda: encoded(Image.fromarray(np.dstack([scene(), 0 * scene()[..., :1]])), "PNG"),
        "every pixel is transparent"),
    "below zero, TIFF": (
        lambda: _grey(grey().astype("<i2") - 100, 16, sample_format=2), "below zero"),
    "more than 16 bits, TIFF": (
        lambda: _grey(grey().astype("<u4") * 65536, 32), "more than 16 bits"),
    "floating point, TIFF": (
        lambda: _grey(grey().astype("<f4"), 32, sample_format=3), "floating point"),
    "half precision, TIFF": (
        lambda: _grey(grey().astype("<f2"), 16, sample_format=3), "a kind of TIFF"),
    "a DNG": (lambda: _grey(grey(), 8, t254=1, t50706=4), "RAW"),
    "only a thumbnail": (lambda: _grey(grey(), 8, t254=1), "RAW"),
    "Canon's RAW": (lambda: b"II*\0\x10\0\0\0CR\2\0" + bytes(400), "RAW"),
    "PSD": (lambda: b"8BPS\0\1" + bytes(400), "Photoshop"),
    "EPS": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n" + bytes(400), "PostScript"),
    "JPEG 2000": (lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(400), "JPEG 2000"),
    "AVIF": (lambda: encoded(Image.fromarray(scene()), "AVIF"), "HEIC or AVIF"),
    "HEIC": (lambda: b"\0\0\0\x18ftypheic" + bytes(400), "HEIC or AVIF"),
    "PNM": (lambda: encoded(Image.fromarray(scene()), "PPM"), "PNM"),
    "a film": (lambda: b"\0\0\0\x18ftypmp42" + bytes(400), "a film"),
    "an archive": (lambda: b"PK\3\4" + bytes(400), "an archive"),
    "DICOM": (lambda: bytes(128) + b"DICM" + bytes(400), "DICOM"),
}  # fmt: skip
