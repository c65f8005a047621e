"""The function reads every file as the training does, and refuses the same for the same reason."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from predict.decoder import SmallDecoder
from predict.picture import read_square
from reading import images
from reading.formats import UnreadableImageError
from tests.unit.training_code import format_table, odd_files, torture
from tests.unit.training_code.pictures import picture

SIZE = 24
Make = Callable[[], bytes]
COPPER = (190, 100, 60)
BY_PILLOW = "JPEG that TensorFlow cannot decode"
MEAN = 0.01  # grey levels; a value is at most 1 off, where a mean lies between two


def of_torture(encode: torture.Encode) -> Make:
    return lambda: encode(picture(COPPER, seed=1, size=(148, 136)))


FILES: dict[str, Make] = {
    **{f"torture: {name}": of_torture(encode) for name, encode in torture.READABLE.items()},
    **{f"torture: {name}": entry.content for name, entry in torture.UNREADABLE.items()},
    **{f"odd: {name}": entry.content for name, entry in odd_files.SHOWN.items()},
    **{f"odd: {name}": make for name, (make, _) in odd_files.LEFT_OUT.items()},
    **{f"table: {', '.join(row)}": make for row, (make, _) in format_table.ROWS.items()},
}


def in_training(data: bytes, tmp_path: Path, size: int = SIZE) -> np.ndarray | str:
    path = tmp_path / "image"
    path.write_bytes(data)
    try:
        return images.read(path, size, depth=16).pixels
    except UnreadableImageError as error:
        return str(error)


def in_the_function(data: bytes, size: int = SIZE) -> np.ndarray | str:
    try:
        return read_square(data, size, depth=16)
    except UnreadableImageError as error:
        return str(error)


def assert_alike(data: bytes, tmp_path: Path, size: int = SIZE) -> None:
    expected, read = in_training(data, tmp_path, size), in_the_function(data, size)
    assert type(read) is type(expected), (read, expected)
    if isinstance(expected, str) or isinstance(read, str):
        assert read == expected
        return
    difference = np.abs(read.astype(int) - expected)
    assert difference.max() <= 1
    assert difference.mean() <= MEAN


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_or_refused_as_in_the_training(name: str, tmp_path: Path):
    assert_alike(FILES[name](), tmp_path)


@pytest.mark.parametrize("subsampling", [0, 1, 2, "4:1:1"])
@pytest.mark.parametrize("sides", [(100, 200), (223, 301), (447, 460), (900, 1700)])
def test_photographs_are_scaled_as_in_the_training(
    sides: tuple[int, int], subsampling: object, tmp_path: Path
):
    photograph = picture(COPPER, seed=2, size=sides)
    for quality in (60, 95):
        data = torture.encoded(photograph, "JPEG", quality=quality, subsampling=subsampling)
        assert_alike(data, tmp_path, size=48)


@pytest.mark.parametrize("sides", [(128, 128), (100, 300), (223, 225), (135, 128)])
def test_a_small_picture_is_enlarged_to_the_very_same_pixels(
    sides: tuple[int, int], tmp_path: Path
):
    """On 128 pixels every hundredth value was 1 off, which changed a probability by 0.016."""
    data = torture.encoded(picture(COPPER, seed=3, size=sides), "PNG")
    expected, read = in_training(data, tmp_path, 224), in_the_function(data, 224)
    np.testing.assert_array_equal(read, expected)


@pytest.mark.parametrize("colour_type", [0, 2, 4, 6])
@pytest.mark.parametrize("depth", [0, 12, 16])
def test_a_png_of_16_bits_keeps_the_bits_in_use(colour_type: int, depth: int, tmp_path: Path):
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour_type]
    values = np.random.default_rng(0).integers(0, 4096, (40, 30, channels)).astype(">u2")
    if colour_type in (4, 6):
        values[..., -1] *= 16
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    data = odd_files.png_of_chunks(30, 40, 16, colour_type, rows)
    path = tmp_path / "deep.png"
    path.write_bytes(data)
    expected = images.read(path, SIZE, depth).pixels.astype(int)
    assert np.abs(expected - read_square(data, SIZE, depth)).max() <= 1
    assert expected.std() > 1


def test_a_cmyk_jpeg_that_is_not_adobe_s_is_not_inverted(tmp_path: Path):
    data = torture.encoded(picture(COPPER, seed=1).convert("CMYK"), "JPEG")
    at = data.index(b"\xff\xee")
    plain = data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4], "big") :]
    assert b"Adobe" not in plain
    assert_alike(plain, tmp_path)
    assert np.abs(read_square(plain, SIZE, 16).astype(int) - read_square(data, SIZE, 16)).max() > 99


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Cut a file off, change bits of it, or put bytes into it."""
    content, at = bytearray(data), rng.randrange(len(data))
    match rng.randrange(3):
        case 0:
            del content[at:]
        case 1:
            content[at] ^= 1 << rng.randrange(8)
        case 2:
            content[at:at] = rng.randbytes(rng.randrange(1, 60))
    return bytes(content)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
def test_no_damaged_photograph_is_read_that_the_training_refuses(
    options: dict[str, object], tmp_path: Path
):
    """Of those that TensorFlow can't decode the training reads some more, with Pillow."""
    rng = random.Random(0)
    data = torture.encoded(picture(COPPER, seed=1, size=(148, 136)), "JPEG", **options)
    readable = 0
    for _ in range(40):
        content = damaged(data, rng)
        expected, read = in_training(content, tmp_path), in_the_function(content)
        if isinstance(read, str):
            path = tmp_path / "image"
            is_refused = isinstance(expected, str)
            assert is_refused or images.read(path, SIZE).differs == BY_PILLOW, read
        else:
            readable += 1
            assert not isinstance(expected, str), expected
            assert np.abs(read.astype(int) - expected).max() <= 1
    assert readable


def test_a_picture_that_needs_more_memory_than_there_is_is_named():
    data = torture.encoded(picture(COPPER, seed=1, size=(300, 200)), "PNG")
    with pytest.raises(UnreadableImageError, match=r"more pixels than can be decoded \(300 x 200"):
        read_square(data, SIZE, 16, most_bytes=500_000)
    assert read_square(data, SIZE, 16, most_bytes=1_000_000).shape == (SIZE, SIZE, 3)


def test_a_damaged_file_never_raises_anything_else(monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a decoder's own fault")

    monkeypatch.setattr(SmallDecoder, "square_from_pixels", broken)
    with pytest.raises(UnreadableImageError, match="a decoder's own fault"):
        read_square(torture.encoded(picture(COPPER, seed=1), "PNG"), SIZE, 16)
