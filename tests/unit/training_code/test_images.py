import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reading import images, memory
from reading.formats import UnreadableImageError
from reading.pixels import Pixels
from tests.unit.training_code.pictures import picture

RED = (200, 30, 40)


def half_and_half() -> Image.Image:
    """The left half red, the right half black."""
    image = Image.new("RGB", (64, 48))
    image.paste(RED, (0, 0, 32, 48))
    return image


def colour(pixels: Pixels) -> list[int]:
    return [round(float(value)) for value in pixels.reshape(-1, 3).mean(axis=0)]


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"])
def test_a_format_is_told_by_its_content_not_its_name(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "ein Bild ü.jpg"
    path.write_bytes(encoded(Image.new("RGB", (50, 40), RED), kind))
    pixels = images.read(path, 24).pixels
    assert pixels.shape == (24, 24, 3)
    assert pixels.dtype == np.uint8
    assert np.abs(np.array(colour(pixels)) - RED).max() <= 4


@pytest.mark.parametrize(
    ("orientation", "red_side"), [(1, "left"), (3, "right"), (6, "top"), (8, "bottom")]
)
def test_the_cameras_rotation_is_applied(orientation: int, red_side: str, tmp_path: Path) -> None:
    path = tmp_path / "rotated.jpg"
    exif = Image.Exif()
    exif[274] = orientation
    half_and_half().save(path, exif=exif, quality=95)
    red = images.read(path, 16).pixels[:, :, 0].astype(int)
    halves = {"left": red[:, :8], "right": red[:, 8:], "top": red[:8], "bottom": red[8:]}
    assert max(halves, key=lambda side: halves[side].mean()) == red_side


def test_sixteen_bit_grey_keeps_its_brightness(tmp_path: Path) -> None:
    path = tmp_path / "grey.png"
    Image.fromarray(np.full((20, 20), 100 * 257, np.uint16)).save(path)
    assert colour(images.read(path, 16).pixels) == [100, 100, 100]


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    path = tmp_path / "clear.png"
    image = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    image.paste((*RED, 255), (0, 0, 16, 8))
    image.save(path)
    pixels = images.read(path, 16).pixels
    assert colour(pixels[:8]) == [*RED]
    assert colour(pixels[8:]) == [255, 255, 255]


def test_a_palette_with_a_transparent_entry_is_laid_on_white(tmp_path: Path) -> None:
    path = tmp_path / "clear.gif"
    image = Image.new("P", (16, 16), 0)
    image.putpalette([10, 20, 30, *RED])
    image.paste(1, (0, 0, 16, 8))
    image.save(path, transparency=0)
    pixels = images.read(path, 16).pixels
    assert colour(pixels[:8]) == [*RED]
    assert colour(pixels[8:]) == [255, 255, 255]


@pytest.mark.parametrize(("mode", "value"), [("L", 90), ("1", 1), ("P", 7), ("LA", (90, 255))])
def test_other_modes_are_read_as_they_look(
    mode: str, value: int | tuple[int, int], tmp_path: Path
) -> None:
    image = Image.new(mode, (20, 20), value)
    image.save(tmp_path / "image.png")
    assert colour(images.read(tmp_path / "image.png", 16).pixels) == [
        *image.convert("RGB").getpixel((0, 0))  # type: ignore[misc]
    ]


def test_cmyk_is_read(tmp_path: Path) -> None:
    path = tmp_path / "print.jpg"
    Image.new("RGB", (40, 40), RED).convert("CMYK").save(path, quality=95)
    assert np.abs(np.array(colour(images.read(path, 16).pixels)) - RED).max() <= 4


def test_a_big_jpeg_decoded_at_a_smaller_scale_looks_the_same(tmp_path: Path) -> None:
    path = tmp_path / "big.jpg"
    gradient = np.linspace(0, 255, 1200, dtype=np.uint8)
    Image.fromarray(np.tile(gradient, (900, 1))).convert("RGB").save(path, quality=95)
    with Image.open(path) as image:
        whole = image.convert("RGB").resize((32, 32), Image.Resampling.BILINEAR)
    difference = images.read(path, 32).pixels.astype(int) - np.asarray(whole).astype(int)
    assert np.abs(difference).max() <= 3


JPEG, PNG = (encoded(picture(RED, seed=1, size=(80, 60)), kind) for kind in ("JPEG", "PNG"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "Git LFS pointer"),
        (b"\n <!DOCTYPE html><title>Not found</title>", "web page"),
        (b'<?xml version="1.0"?><svg/>', "web page"),
        (b"Bud1 .DS_Store-like", "not an image"),
        (JPEG[: len(JPEG) // 2], "damaged or unreadable"),
        (PNG[: len(PNG) // 2], "damaged or unreadable"),
        (JPEG[:-40] + bytes(40), "damaged or unreadable"),
        (JPEG[:3], "not an image"),
    ],
)
def test_what_is_no_picture_says_what_it_is(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(UnreadableImageError, match=reason):
        images.read(path, 16)


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 10_000)
    path = tmp_path / "bomb.png"
    path.write_bytes(PNG)
    with pytest.raises(UnreadableImageError, match=r"more pixels than .* \(80 x 60: "):
        images.read(path, 16)


def test_floating_point_pixels_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "float.tiff"
    Image.fromarray(np.full((20, 20), 0.5, np.float32)).save(path)
    with pytest.raises(UnreadableImageError, match="floating point"):
        images.read(path, 16)


def test_a_file_that_cannot_be_opened_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    with pytest.raises(UnreadableImageError, match="No such file"):
        images.read(tmp_path / "gone.jpg", 16)
