"""What the exported model does with encoded bytes is what the training does with files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from reading import decoding, images, orientation_in_graph
from tests.unit.training_code.pictures import picture
from tests.unit.training_code.torture import READABLE, encoded, rotated

SIZE = 24
# What the exported model cannot read, or reads without what EXIF and TIFF say.
ONLY_IN_TRAINING = {"moving.webp", "scan.tiff", "pages.tif", "sixteen bits.tif"}
SERVED = sorted(READABLE.keys() - ONLY_IN_TRAINING)


class Server(tf.Module):  # type: ignore[misc]  # TensorFlow publishes no types
    """Prepares encoded images inside of a graph, as the exported model does."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def prepare(self, encoded_images: Any) -> Any:
        return tf.map_fn(
            lambda data: decoding.prepare(data, SIZE, orientation_in_graph.read(data), 16),
            encoded_images,
            fn_output_signature=tf.TensorSpec((SIZE, SIZE, 3), tf.uint8),
        )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = str(tmp_path_factory.mktemp("server"))
    tf.saved_model.save(Server(), folder)
    return tf.saved_model.load(folder)


def test_a_saved_graph_sees_the_pixels_of_training(server: Any, tmp_path: Path) -> None:
    first = picture((190, 100, 60), seed=4, size=(90, 70))
    contents = [READABLE[name](first) for name in SERVED]
    seen = server.prepare(tf.constant(contents)).numpy()
    for name, content, pixels in zip(SERVED, contents, seen, strict=True):
        (tmp_path / "image").write_bytes(content)
        trained_on = images.read(tmp_path / "image", SIZE).pixels
        np.testing.assert_array_equal(pixels, trained_on, err_msg=name)


def test_eagerly_the_pixels_are_the_same(server: Any) -> None:
    data = rotated(picture((190, 100, 60), seed=4, size=(300, 200)), 6)
    seen = server.prepare(tf.constant([data])).numpy()[0]
    np.testing.assert_array_equal(
        decoding.prepare(data, SIZE, orientation_in_graph.read(data)), seen
    )


def test_an_animated_webp_is_refused_before_tensorflow_writes_past_its_memory() -> None:
    data = READABLE["moving.webp"](picture((1, 2, 3), seed=1))
    with pytest.raises(tf.errors.InvalidArgumentError, match="animated WebP"):
        decoding.decode(data, SIZE)


@pytest.mark.parametrize(("size", "decoded"), [(64, 1200 // 8), (76, 1200 // 4), (400, 1200)])
def test_a_jpeg_is_decoded_no_larger_than_needed(size: int, decoded: int) -> None:
    data = encoded(Image.new("RGB", (1600, 1200)), "JPEG")
    assert decoding.decode(data, size).shape[0] == decoded


@pytest.mark.parametrize("size", [24, 100])
def test_scaled_decoding_hardly_changes_the_picture(size: int) -> None:
    rough = picture((128, 128, 128), seed=2, size=(60, 45)).resize((960, 720))
    data = encoded(rough, "JPEG", quality=92)
    scaled = decoding.prepare(data, size, orientation_in_graph.read(data)).numpy().astype(int)
    whole = decoding.upright_square(decoding.decode(data, 720), size, 1).numpy()
    assert np.abs(scaled - whole).mean() < 1


def test_a_small_mark_keeps_its_share_of_a_pixel() -> None:
    dark = np.full((640, 640, 3), 200, np.uint8)
    dark[300:305, 300:310] = 0  # half of the 10 x 10 pixels that become one
    pixels = decoding.upright_square(tf.constant(dark), 64, 1).numpy()
    assert pixels.min() == 100
    assert (pixels < 200).sum() == 3  # one pixel's red, green and blue


def test_what_is_smaller_than_wanted_is_interpolated() -> None:
    steps = np.array([[0, 100]], np.uint8)[..., None].repeat(3, axis=2)
    row = decoding.upright_square(tf.constant(steps), 8, 1).numpy()[0, :, 0].tolist()
    assert row == sorted(row)
    assert len(set(row)) > 3
