"""What the exported model does with encoded bytes is what the training does with files."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import decoding
import graphs
import images
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
            lambda data: graphs.prepare(data, SIZE, 16),
            encoded_images,
            fn_output_signature=tf.TensorSpec((SIZE, SIZE, 3), tf.uint8),
        )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = str(tmp_path_factory.mktemp("server"))
    tf.saved_model.save(Server(), folder)
    return tf.saved_model.load(folder)


def test_a_saved_graph_sees_the_pixels_of_training(server: Any, tmp_path: Path) -> None:
    one = picture((190, 100, 60), seed=4, size=(90, 70))
    contents = [READABLE[name](one) for name in SERVED]
    seen = server.prepare(tf.constant(contents)).numpy()
    for name, content, pixels in zip(SERVED, contents, seen, strict=True):
        (tmp_path / "image").write_bytes(content)
        trained_on = images.read(tmp_path / "image", SIZE).pixels
        np.testing.assert_array_equal(pixels, trained_on, err_msg=name)


def test_eagerly_the_pixels_are_the_same(server: Any) -> None:
    data = rotated(picture((190, 100, 60), seed=4, size=(300, 200)), 6)
    seen = server.prepare(tf.constant([data])).numpy()[0]
    np.testing.assert_array_equal(decoding.prepare(data, SIZE, 6), seen)


def test_an_animated_webp_is_refused_before_tensorflow_writes_past_its_memory() -> None:
    data = READABLE["moving.webp"](picture((1, 2, 3), seed=1))
    with pytest.raises(tf.errors.InvalidArgumentError, match="animated WebP"):
        decoding.decode(data)


@pytest.mark.parametrize(
    ("size", "decoded"), [(None, 1200), (64, 1200 // 8), (76, 1200 // 4), (400, 1200)]
)
def test_a_jpeg_is_decoded_no_larger_than_needed(size: int | None, decoded: int) -> None:
    data = encoded(Image.new("RGB", (1600, 1200)), "JPEG")
    assert decoding.decode(data, size).shape[0] == decoded


@pytest.mark.parametrize("size", [24, 100])
def test_scaled_decoding_hardly_changes_the_picture(size: int) -> None:
    rough = picture((128, 128, 128), seed=2, size=(60, 45)).resize((960, 720))
    data = encoded(rough, "JPEG", quality=92)
    scaled = decoding.prepare(data, size, 1).numpy().astype(int)
    whole = decoding.upright_square(decoding.decode(data), size, 1).numpy()
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


@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_orientation_is_read_as_pillow_reads_it(number: int, order: str) -> None:
    exif = Image.Exif()
    exif.endian = order
    exif[271], exif[274], exif[282] = "a maker", number, 72.0
    profile = bytes(3000)  # a segment before or after EXIF's
    data = encoded(Image.new("RGB", (8, 8)), "JPEG", exif=exif.tobytes(), icc_profile=profile)
    assert (b"MM\0*" in data) == (order == ">")
    assert int(decoding.orientation(data)) == number


def _tiff(entries: bytes, count: int, offset: int = 8) -> bytes:
    content = b"Exif\0\0II*\0" + struct.pack("<IH", offset, count) + entries
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(content) + 2) + content + b"\xff\xd9"


ENTRY = struct.pack("<HHIHH", 274, 3, 1, 6, 0)


@pytest.mark.parametrize(
    ("data", "number"),
    [
        (_tiff(ENTRY, 1), 6),
        (_tiff(ENTRY, 65535), 6),
        (_tiff(ENTRY[:6], 1), 1),
        (_tiff(ENTRY, 0), 1),
        (_tiff(ENTRY, 1, offset=4_000_000_000), 1),
        (_tiff(ENTRY.replace(b"\6", b"\11"), 1), 1),
        (encoded(Image.new("RGB", (8, 8)), "JPEG"), 1),
        (encoded(Image.new("RGB", (8, 8)), "PNG"), 1),
        (b"\xff\xd8\xff\xe1", 1),
        (b"\xff", 1),
        (b"", 1),
    ],
)
def test_without_a_sensible_orientation_a_picture_is_upright(data: bytes, number: int) -> None:
    assert int(decoding.orientation(data)) == number


@pytest.mark.parametrize("number", range(2, 9))
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["SHORT", "LONG"])
def test_what_turns_a_picture_is_never_overlooked_by_the_quick_look(
    number: int, order: str, kind: str
) -> None:
    value = struct.pack(
        order + ("HH" if kind == "SHORT" else "I"), *[number, 0][: 2 - (kind == "LONG")]
    )
    entry = struct.pack(order + "HHI", 274, 3 if kind == "SHORT" else 4, 1) + value
    header = (b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, 1)
    content = b"Exif\0\0" + header + entry + bytes(4)
    data = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(content) + 2) + content + b"\xff\xd9"
    assert int(decoding.orientation(data)) == number
    assert graphs.turned(data) == number
