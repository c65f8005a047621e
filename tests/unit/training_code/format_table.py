"""The table of docs/formats.md: each row is a file that is made, read, and asked of the service.

    python -m tests.unit.training_code.format_table --write

puts what came of it into the page.
"""

import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from reading import decoding, images, orientation_in_graph
from reading.formats import UnreadableImageError
from tests.unit.training_code import odd_files as odd
from tests.unit.training_code import torture
from tests.unit.training_code.torture import encoded

PAGE = Path(__file__).parents[3] / "docs" / "formats.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"
SIZE = 24
LOSS = 8.0  # grey levels that GIF's and JPEG's losses may cost on average

Make = Callable[[], bytes]
Show = Callable[[], odd.Shown]


def _saved(mode: str, kind: str, **options: object) -> Make:
    return lambda: encoded(Image.fromarray(odd.scene()).convert(mode), kind, **options)


def _with_alpha(kind: str, **options: object) -> Make:
    return lambda: encoded(torture._with_alpha(Image.fromarray(odd.scene())), kind, **options)


def _on_white() -> odd.Shown:
    image = torture._with_alpha(Image.fromarray(odd.scene()))
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    return np.asarray(white.convert("RGB"))


def _frames(kind: str) -> Make:
    return lambda: torture._frames(Image.fromarray(odd.scene()), kind)


def _few_greys(bits: int) -> odd.Shown:
    steps = 255 // (2**bits - 1)
    return odd.in_rgb(odd.grey() // (256 >> bits) * np.uint8(steps))


def _png_of(bits: int) -> bytes:
    """Write a grey PNG of few bits, which Pillow cannot."""
    values = odd.grey() // (256 >> bits)
    packed = np.packbits(np.unpackbits(values[..., None], axis=-1)[..., -bits:].reshape(72, -1), 1)
    rows = np.hstack([np.zeros((72, 1), np.uint8), packed]).tobytes()
    return odd.png_of_chunks(odd.WIDTH, odd.HEIGHT, bits, 0, rows)


def _clear_colour() -> odd.Shown:
    pixels = odd.scene()
    return np.where((pixels == (255, 0, 0)).all(-1)[..., None], np.uint8(255), pixels)


def _gif_with_a_clear_colour() -> bytes:
    image = Image.fromarray(odd.scene()).quantize(64)
    return encoded(image, "GIF", transparency=image.getpixel((10, 10)))


def _gif_shown() -> odd.Shown:
    image = Image.fromarray(odd.scene()).quantize(64)
    clear = np.asarray(image) == image.getpixel((10, 10))
    return np.where(clear[..., None], np.uint8(255), np.asarray(image.convert("RGB")))


def _bitmap_of_16_bits() -> bytes:
    pixels = odd.scene().astype(np.uint16) >> 3
    body = (pixels[..., 0] << 10 | pixels[..., 1] << 5 | pixels[..., 2]).astype("<u2")[::-1]
    head = struct.pack("<IiiHHIIiiII", 40, 96, 72, 1, 16, 0, body.nbytes, 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + body.nbytes, 0, 0, 54) + head + body.tobytes()


def _planes() -> bytes:
    return odd.tiff([odd.scene()[..., band].tobytes() for band in range(3)], 8, 2)


def _jpeg_of_12_bits() -> bytes:
    frame = struct.pack(">HBHHB", 11, 12, 16, 16, 1) + b"\1\x11\0"
    return b"\xff\xd8\xff\xc1" + frame + b"\xff\xda" + bytes(100)


def _grey_shown() -> odd.Shown:
    return odd.in_rgb(odd.grey())


def _odd(name: str) -> tuple[Make, Show]:
    return odd.SHOWN[name].content, odd.SHOWN[name].shows


def _left_out(name: str) -> tuple[Make, Show]:
    return odd.LEFT_OUT[name][0], odd.scene


# Format and kind -> how such a file is made, and what it shows.
ROWS: dict[tuple[str, str], tuple[Make, Show]] = {
    ("JPEG", "8 bits, colour"): (odd.jpeg, odd.scene),
    ("JPEG", "8 bits, grey"): (_saved("L", "JPEG", quality=95), _grey_shown),
    ("JPEG", "CMYK"): (_saved("CMYK", "JPEG", quality=95), odd.scene),
    ("JPEG", "progressive"): (_saved("RGB", "JPEG", progressive=True, quality=95), odd.scene),
    ("JPEG", "several in one (MPO)"): (_frames("MPO"), odd.scene),
    ("JPEG", "turned by EXIF"): _odd("JPEG turned by a LONG"),
    ("JPEG", "turned by XMP alone"): _odd("JPEG turned by XMP alone"),
    ("JPEG", "its end is not marked"): _odd("JPEG without its last two bytes"),
    ("JPEG", "a phone's panorama"): _odd("panorama of a phone"),
    ("JPEG", "cut off, or bits flipped"): _left_out("half a JPEG, its end marked"),
    ("JPEG", "12 bits"): (_jpeg_of_12_bits, odd.scene),
    ("PNG", "1 bit, grey"): (lambda: _png_of(1), lambda: _few_greys(1)),
    ("PNG", "2 bits, grey"): (lambda: _png_of(2), lambda: _few_greys(2)),
    ("PNG", "4 bits, grey"): (lambda: _png_of(4), lambda: _few_greys(4)),
    ("PNG", "8 bits, grey"): (_saved("L", "PNG"), _grey_shown),
    ("PNG", "8 bits, colour"): (odd.png, odd.scene),
    ("PNG", "8 bits, palette"): (_saved("P", "PNG"), odd.scene),
    ("PNG", "8 bits, alpha"): (_with_alpha("PNG"), _on_white),
    ("PNG", "one colour is transparent"): (
        _saved("RGB", "PNG", transparency=(255, 0, 0)), _clear_colour),
    ("PNG", "all is transparent"): _left_out("all transparent, PNG"),
    ("PNG", "16 bits, grey"): (
        lambda: encoded(Image.fromarray(odd.grey().astype(np.uint16) * 257), "PNG"), _grey_shown),
    ("PNG", "16 bits, colour"): (
        lambda: tf.io.encode_png(odd.scene().astype(np.uint16) * 257).numpy(), odd.scene),
    ("PNG", "12 of 16 bits"): _odd("12 of 16 bits, PNG"),
    ("PNG", "animated"): (_frames("PNG"), odd.scene),
    ("PNG", "turned by EXIF"): _odd("PNG turned"),
    ("PNG", "a comment or profile is broken"): _odd("PNG with a wrong checksum of a comment"),
    ("TIFF", "1 bit"): (
        lambda: encoded(Image.fromarray(odd.grey() > 127), "TIFF"), lambda: _few_greys(1)),
    ("TIFF", "8 bits, grey"): (_saved("L", "TIFF"), _grey_shown),
    ("TIFF", "8 bits, white is zero"): (
        lambda: odd.tiff([(255 - odd.grey()).tobytes()], 8, 0), _grey_shown),
    ("TIFF", "8 bits, colour"): (_saved("RGB", "TIFF", compression="tiff_lzw"), odd.scene),
    ("TIFF", "8 bits, planes"): (_planes, odd.scene),
    ("TIFF", "8 bits, palette"): (_saved("P", "TIFF"), odd.scene),
    ("TIFF", "8 bits, alpha"): (_with_alpha("TIFF"), _on_white),
    ("TIFF", "CMYK"): (_saved("CMYK", "TIFF"), odd.scene),
    ("TIFF", "12 bits"): _odd("12 bits, TIFF"),
    ("TIFF", "16 bits, colour"): _odd("colours of 16 bits, TIFF"),
    ("TIFF", "16 bits, planes"): _odd("planes of 16 bits, TIFF"),
    ("TIFF", "16 bits, white is zero"): _odd("16 bits, white is zero, TIFF"),
    ("TIFF", "16 bits with a sign"): _odd("16 bits with a sign, TIFF"),
    ("TIFF", "16 bits with a sign, below zero"): _left_out("below zero, TIFF"),
    ("TIFF", "10 of 16 bits"): _odd("10 of 16 bits, TIFF"),
    ("TIFF", "32 bits, at most 16 in use"): _odd("8 of 32 bits, TIFF"),
    ("TIFF", "32 bits, more in use"): _left_out("more than 16 bits, TIFF"),
    ("TIFF", "floating point, 16 bits"): _left_out("half precision, TIFF"),
    ("TIFF", "floating point, 32 bits"): _left_out("floating point, TIFF"),
    ("TIFF", "turned"): _odd("TIFF turned by 180 degrees"),
    ("TIFF", "several pages"): (_frames("TIFF"), odd.scene),
    ("TIFF", "thumbnail first"): _odd("thumbnail first, TIFF"),
    ("TIFF", "DNG, NEF, CR2, ARW"): _left_out("a DNG"),
    ("BMP", "1 bit"): (
        lambda: encoded(Image.fromarray(odd.grey() > 127), "BMP"), lambda: _few_greys(1)),
    ("BMP", "8 bits, grey"): (_saved("L", "BMP"), _grey_shown),
    ("BMP", "8 bits, palette"): (_saved("P", "BMP"), odd.scene),
    ("BMP", "16 bits (5 a colour)"): (_bitmap_of_16_bits, odd.scene),
    ("BMP", "24 bits"): (_saved("RGB", "BMP"), odd.scene),
    ("BMP", "32 bits, alpha"): _odd("bitmap with alpha"),
    ("BMP", "32 bits, alpha empty"): _odd("bitmap whose alpha is empty"),
    ("GIF", "still"): (_saved("P", "GIF"), odd.scene),
    ("GIF", "a colour is transparent"): (_gif_with_a_clear_colour, _gif_shown),
    ("GIF", "animated"): (_frames("GIF"), odd.scene),
    ("WebP", "lossy"): (_saved("RGB", "WEBP", quality=95), odd.scene),
    ("WebP", "alpha"): (_with_alpha("WEBP", lossless=True), _on_white),
    ("WebP", "animated"): (_frames("WEBP"), odd.scene),
    ("WebP", "turned by EXIF"): _odd("WebP turned"),
    ("AVIF", "any"): _left_out("AVIF"),
    ("HEIC", "any"): _left_out("HEIC"),
    ("JPEG 2000", "any"): _left_out("JPEG 2000"),
    ("PSD", "any"): _left_out("PSD"),
    ("EPS", "any"): _left_out("EPS"),
}  # fmt: skip


def training(content: bytes, shown: odd.Shown) -> tuple[str, images.Picture | None]:
    """Say what the training makes of a file."""
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(content)
        try:
            picture = images.read(Path(file.name), SIZE)
        except UnreadableImageError as error:
            return f"skipped: {str(error).split(' (')[0]}", None
    expected = decoding.upright_square(tf.constant(np.ascontiguousarray(shown)), SIZE, 1).numpy()
    looks_right = np.abs(picture.pixels.astype(int) - expected).mean() < LOSS
    return "as in a viewer" if looks_right else "**not as in a viewer**", picture


def serving(content: bytes, picture: images.Picture | None) -> tuple[str, bool]:
    """Say what the exported model makes of it, and whether that is the training's picture."""
    data, depth = tf.constant(content), (picture and picture.depth) or 16
    try:
        pixels = decoding.prepare(data, SIZE, orientation_in_graph.read(data), depth).numpy()
    except tf.errors.OpError:
        return "refused", False
    if picture is None:
        return "not refused", False
    alike = np.array_equal(pixels, picture.pixels)
    return ("the same" if alike else "different"), alike


def rows() -> Iterator[tuple[str, ...]]:
    """Make each file and see what becomes of it."""
    for (name, kind), (make, show) in ROWS.items():
        content = make()
        trained, picture = training(content, show())
        served, alike = serving(content, picture)
        if picture is not None and not alike:
            served += ", with a warning" if picture.differs else ", **without a warning**"
        yield name, kind, trained, served


def table() -> str:
    """Render the table."""
    lines = ["| format | kind | training | `serving_default` |", "|---|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows())]) + "\n"


def main() -> None:
    """Print the table, or write it into the page."""
    if "--write" not in sys.argv:
        print(table())
        return
    text = PAGE.read_text("utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    PAGE.write_text(before + BEGIN + table() + END + after, "utf-8")


if __name__ == "__main__":
    main()
