"""The network gives the answers of the one that its weights were trained in."""

from pathlib import Path

import keras
import numpy as np
import pytest

from failure import JobError
from learning import efficientnet_lite0
from pretrained_weights import convert

# Features of the three pictures below, averaged over the last feature map; every 53rd channel. Made
# once with the package's own network, efficientnet_lite_pytorch 0.1.0 on PyTorch 2.14.
REFERENCE = {
    (0, 10): 0.12105, (0, 13): 0.66873, (0, 15): 2.49516, (0, 16): 0.21770, (0, 23): 0.00930,
    (1, 1): 0.99875, (1, 4): 1.82648, (1, 9): 0.17628, (1, 10): 0.46917, (1, 11): 0.08110,
    (1, 14): 0.17166, (1, 16): 0.41039, (1, 22): 2.95214, (1, 23): 0.03416, (1, 24): 1.24867,
    (2, 0): 0.03758, (2, 11): 0.16373, (2, 14): 0.00699, (2, 15): 0.39659, (2, 16): 0.10486,
    (2, 19): 0.46462,
}  # fmt: skip
EVERY = 53


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("weights") / efficientnet_lite0.FILE
    convert.convert(convert.find_checkpoint(), file)
    return file


def pictures() -> np.ndarray:
    """Draw waves, a ramp and a chessboard: float32 (3, 224, 224, 3), 0 to 255."""
    y, x, channel = np.meshgrid(np.arange(224), np.arange(224), np.arange(3), indexing="ij")
    waves = 127.5 + 127.5 * np.sin(x / 7.0 + channel) * np.cos(y / 11.0)
    ramp = (x * 3 + y * 5 + channel * 40) % 256
    board = np.where((x // 16 + y // 16) % 2 == 0, 230.0, 30.0)
    return np.stack([waves, ramp, board]).astype(np.float32)


def network(size: int = 224) -> keras.Model:
    inputs = keras.Input((size, size, 3))
    return efficientnet_lite0.build(keras.layers.Rescaling(1 / 128, -127 / 128)(inputs))


def test_it_gives_the_reference_answers(weights: Path):
    model = network()
    efficientnet_lite0.load_weights(model, weights)

    features = model.predict(pictures(), verbose=0).mean((1, 2))[:, ::EVERY]

    expected = np.zeros_like(features)
    for place, value in REFERENCE.items():
        expected[place] = value
    assert np.abs(features - expected).max() < 1e-4


@pytest.mark.parametrize(
    ("size", "sides"), [(224, (112, 56, 28, 14)), (33, (17, 9, 5, 3)), (32, (16, 8, 4, 2))]
)
def test_the_finer_maps_are_the_widest_of_each_resolution(size: int, sides: tuple[int, ...]):
    maps = efficientnet_lite0.finer_maps(network(size))

    widths = (96, 144, 240, 672)
    assert [feature_map.shape[1:] for feature_map in maps] == [
        (side, side, width) for side, width in zip(sides, widths, strict=True)
    ]


def test_other_files_are_refused(tmp_path: Path):
    other = tmp_path / "other.safetensors"
    other.write_bytes((2).to_bytes(8, "little") + b"{}")
    with pytest.raises(JobError, match="aren't those of EfficientNet-Lite0"):
        efficientnet_lite0.load_weights(network(32), other)
    other.write_bytes(b"not safetensors")
    with pytest.raises(JobError, match="aren't those of EfficientNet-Lite0"):
        efficientnet_lite0.load_weights(network(32), other)
