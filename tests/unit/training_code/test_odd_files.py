"""Odd files are read as they look, in training and in serving alike, or left out with a reason."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from reading import as_served, decoding, images
from reading.formats import UnreadableImageError
from tests.unit.training_code.odd_files import LEFT_OUT, SHOWN

SIZE = 24
LOSS = 4.0  # grey levels that JPEG may cost on average


@pytest.mark.parametrize("name", SHOWN)
def test_a_file_is_read_as_it_looks_and_served_alike_or_said_to_differ(
    name: str, tmp_path: Path
) -> None:
    odd = SHOWN[name]
    path = tmp_path / "image"
    path.write_bytes(odd.content())
    picture = images.read(path, SIZE)
    shown = np.ascontiguousarray(odd.shows())
    expected = decoding.upright_square(tf.constant(shown), SIZE, 1).numpy()

    assert np.abs(picture.pixels.astype(int) - expected).mean() < LOSS
    assert (picture.height, picture.width) == shown.shape[:2]
    assert (picture.differs is None) == odd.is_served
    if odd.is_served:
        served = as_served.square(odd.content(), SIZE, picture.depth or 16)
        np.testing.assert_array_equal(served, picture.pixels)


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_file_is_left_out_with_a_reason(name: str, tmp_path: Path) -> None:
    content, reason = LEFT_OUT[name]
    path = tmp_path / "image.jpg"
    path.write_bytes(content())
    with pytest.raises(UnreadableImageError, match=reason):
        images.read(path, SIZE)
