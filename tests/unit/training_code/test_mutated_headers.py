"""Whatever happens to a header, a file is read or left out with a reason: no exception, no hang."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from reading import images
from reading.formats import UnreadableImageError
from tests.unit.training_code import odd_files as odd
from tests.unit.training_code.torture import encoded

_SIZE = 16
_HEADER = 200  # bytes in which the headers of all of these lie
_SCENE = Image.fromarray(odd.scene())
FILES = [
    odd.jpeg(),
    odd.jpeg(progressive=True),
    odd.jpeg_with(odd.app1(b"Exif\0\0" + odd.exif(6))),
    odd.png(),
    odd.png_with(b"eXIf", odd.exif(6)),
    encoded(Image.fromarray(odd.grey().astype(np.uint16) * 16), "PNG"),
    encoded(_SCENE, "GIF"),
    encoded(_SCENE, "BMP"),
    odd.bitmap(np.zeros((odd.HEIGHT, odd.WIDTH), np.uint8)),
    encoded(_SCENE, "WEBP"),
    odd.webp(odd.exif(3)),
    encoded(_SCENE, "TIFF", compression="tiff_lzw"),
    # Pillow writes the directory at the end, a scanner at the beginning.
    odd.colours_of_sixteen_bits(16),
    odd.planes_of_sixteen_bits(),
    odd.differences_of_sixteen_bits(),
    odd.twelve_bits_packed(),
]
_CHANGES = st.lists(
    st.tuples(
        st.integers(0, 2 * _HEADER - 1),
        st.sampled_from([0, 1, 2, 127, 128, 255]) | st.integers(0, 255),
    ),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=300, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
@given(st.sampled_from(FILES), _CHANGES, st.none() | st.integers(0, 4000))
def test_a_mutated_header_is_read_or_left_out(
    whole: bytes, changes: list[tuple[int, int]], length: int | None
) -> None:
    content = bytearray(whole)
    for place, value in changes:  # places beyond the header count from the end
        at = place if place < _HEADER else len(content) - 1 - (place - _HEADER)
        if at < len(content):
            content[at] = value
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(content[:length])
        try:
            picture = images.read(Path(file.name), _SIZE)
        except UnreadableImageError:
            return
    assert picture.pixels.shape == (_SIZE, _SIZE, 3)
    assert picture.pixels.dtype == np.uint8
    assert picture.width > 0 < picture.height
