from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from learning import efficientnet_lite0, networks, transfer
from loading.channel import Channel
from loading.dataset import ImageData
from pretrained_weights import convert

# Keras 3.15 asks TensorFlow's arrays for themselves in a way numpy 2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIZE, SEED = 32, 5


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Any:
    weights = tmp_path_factory.mktemp("weights") / efficientnet_lite0.FILE
    convert.convert(convert.find_checkpoint(), weights)
    return networks.build("efficientnet-lite0", SIZE, 2, batch_size=4, pretrained=weights)


def channel(name: str, images: int) -> Channel:
    numbers = np.random.default_rng(images)
    pixels = numbers.integers(0, 256, (images, SIZE, SIZE, 3), np.uint8)
    labels = (np.arange(images) % 2).astype(np.int32)
    return Channel([f"{name}/{number}.png" for number in range(images)], labels, pixels, [])


DATASET = ImageData(["good", "oil"], channel("train", 5), channel("validation", 3))


def compute(network: Any, folder: Path, check: Callable[[], None] = lambda: None) -> Any:
    return transfer.compute(network, DATASET, SEED, folder, check)


@pytest.mark.parametrize(
    ("images", "variations"), [(2, 5), (800, 5), (1333, 3), (4000, 1), (100_000, 1)]
)
def test_few_images_are_varied_more_often(images: int, variations: int):
    assert transfer.variations(images) == variations


def test_features_are_standardised_and_repeatable(network: Any, tmp_path: Path):
    first, second = compute(network, tmp_path / "one"), compute(network, tmp_path / "two")

    width = network.layers[-1].input.shape[1]
    assert width > efficientnet_lite0.FEATURES
    assert first.train.shape == (5, 5, width)
    assert first.validation.shape == (3, width)
    assert np.abs(first.train.mean((0, 1))).max() < 1e-3
    assert not np.array_equal(first.train[0], first.train[1])
    np.testing.assert_array_equal(first.train, second.train)


def test_a_new_start_computes_only_what_is_missing(network: Any, tmp_path: Path):
    whole = compute(network, tmp_path)
    (tmp_path / "train-1-0.npy").unlink()
    damaged = tmp_path / "train-3-0.npy"
    damaged.write_bytes(damaged.read_bytes()[:-7])
    batches = []
    again = compute(network, tmp_path, lambda: batches.append(1))

    assert len(batches) == 2
    np.testing.assert_array_equal(again.train, whole.train)


def test_an_interruption_loses_no_finished_chunk(
    network: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    batches = iter(range(3))
    with pytest.raises(StopIteration):
        compute(network, tmp_path, lambda: next(batches) and None)

    assert sorted(file.name for file in tmp_path.iterdir()) == [
        *("train-0-0.npy", "train-1-0.npy", "validation-0-0.npy")
    ]


def test_the_network_answers_as_the_head_that_was_trained(network: Any, tmp_path: Path):
    features = compute(network, tmp_path)
    head = transfer.head(len(features.mean), 2)
    head.layers[-1].kernel.assign(np.random.default_rng(0).normal(0, 0.1, (len(features.mean), 2)))
    head.layers[-1].bias.assign([0.3, -0.3])
    transfer.complete(network, head, features)

    expected = head.predict(features.validation, verbose=0)
    answered = network.predict(DATASET.validation.pixels.astype(np.float32), verbose=0)

    # The features are kept in 16 bits.
    np.testing.assert_allclose(answered, expected, atol=5e-3)
    assert not keras.ops.any(answered == 0.5)


def test_the_features_are_those_of_the_network(network: Any):
    pixels = DATASET.train.pixels

    features = transfer.extract(network, pixels, lambda: None)

    own = keras.Model(network.inputs, network.get_layer(efficientnet_lite0.POOLED).output)
    expected = own.predict(pixels.astype(np.float32), verbose=0)
    np.testing.assert_allclose(features, expected, atol=1e-4)


def test_a_speck_shows_in_the_features_wherever_it_is(network: Any):
    """Of two pixels: no average of the last map, which is a single place here, tells it apart."""
    plain, here, there = pictures = np.full((3, SIZE, SIZE, 3), 127, np.float32)
    here[8:10, 8:10] = 0
    there[16:18, 16:18] = 0
    extract = keras.Model(network.inputs, network.get_layer(efficientnet_lite0.POOLED).output)
    features = extract.predict(pictures, verbose=0)[:, efficientnet_lite0.FEATURES :]

    plain, here, there = features
    assert np.linalg.norm(here - there) < np.linalg.norm(here - plain) / 2


def test_only_the_last_layer_is_trained(network: Any):
    assert [variable.path for variable in network.trainable_variables] == [
        "probabilities/kernel",
        "probabilities/bias",
    ]
