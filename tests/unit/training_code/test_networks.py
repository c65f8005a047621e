from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from failure import JobError
from hyperparameters import RECIPES
from learning import networks

# Keras 3.15 asks TensorFlow's arrays for themselves in a way numpy 2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def shape_of(model: Any) -> list[str]:
    kinds = [type(layer).__name__ for layer in model.layers]
    return [kind for kind in kinds if kind in ("Conv2D", "MaxPooling2D", "Flatten", "Dense")]


def noise(count: int, side: int) -> Any:
    return np.random.default_rng(0).uniform(0, 255, (count, side, side, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("image_size", "blocks"), [(16, 2), (24, 2), (63, 3), (64, 3), (128, 4), (224, 4), (512, 6)]
)
def test_convolution_and_pooling_alternate_as_far_as_the_image_goes(
    image_size: int, blocks: int
) -> None:
    model = networks.build("cnn", image_size, classes=5, batch_size=4)
    assert shape_of(model) == ["Conv2D", "MaxPooling2D"] * blocks + ["Flatten", "Dense", "Dense"]
    answers = np.asarray(model(np.zeros((2, image_size, image_size, 3), np.float32)))
    assert answers.shape == (2, 5)
    assert answers.sum(axis=1) == pytest.approx(1, abs=1e-6)


def test_the_tutorial_is_the_two_block_network() -> None:
    model = networks.build("tutorial", 64, classes=7, batch_size=32)
    assert shape_of(model) == ["Conv2D", "MaxPooling2D"] * 2 + ["Flatten", "Dense", "Dense"]
    assert model.count_params() == 822_727
    assert not [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]


@pytest.fixture
def in_bfloat16() -> Any:
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy("float32")


@pytest.mark.usefixtures("in_bfloat16")
def test_in_16_bits_the_pixels_and_the_probabilities_are_still_exact() -> None:
    model = networks.build("cnn", 16, classes=3, batch_size=4)
    assert model.layers[1].compute_dtype == model.layers[-1].compute_dtype == "float32"
    assert model.layers[2].compute_dtype == "bfloat16"
    assert {variable.dtype for variable in model.trainable_variables} == {"float32"}


def test_a_backbone_begins_with_the_weights_it_is_given(tmp_path: Path) -> None:
    trained = keras.applications.MobileNetV2(
        include_top=False, weights=None, input_shape=(64, 64, 3)
    )
    for variable in trained.trainable_variables:
        variable.assign(variable + 0.01)
    trained.save_weights(tmp_path / "mine.weights.h5")

    model = networks.build(
        "mobilenet-v2", 32, classes=3, batch_size=4, pretrained=tmp_path / "mine.weights.h5"
    )

    pooling = next(layer for layer in model.layers if "global" in layer.name)
    expected = keras.applications.MobileNetV2(
        include_top=False, weights=None, input_shape=(32, 32, 3)
    )
    expected.set_weights(trained.get_weights())
    seen = np.asarray(keras.Model(model.input, pooling.output)(noise(2, 32)))
    wanted = np.asarray(expected(noise(2, 32) / 127.5 - 1)).mean(axis=(1, 2))
    np.testing.assert_allclose(seen, wanted, rtol=1e-4, atol=1e-6)
    assert len(model.trainable_variables) == len(
        [
            weight
            for weight in model.weights
            if "/kernel" in weight.path or "probabilities" in weight.path
        ]
    )  # batch normalisation stays as it was


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.weights.h5"
    networks.build("tutorial", 32, classes=3, batch_size=4).save_weights(file)
    with pytest.raises(JobError, match=r"mine\.weights\.h5 do not fit.*MobileNetV2\(include_top"):
        networks.build("mobilenet-v2", 32, classes=3, batch_size=4, pretrained=file)


def test_without_weights_a_backbone_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    model = networks.build("mobilenet-v2", 32, classes=3, batch_size=4, synchronized=True)
    assert "starts without pretrained weights" in capsys.readouterr().out
    normalisations = [
        layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)
    ]
    assert {(layer.momentum, layer.synchronized) for layer in normalisations} == {(0.9, True)}


def test_every_architecture_is_built_as_it_is_named() -> None:
    assert list(RECIPES)[:3] == ["cnn", "tutorial", "efficientnet-lite0"]
    assert set(list(RECIPES)[3:]) == set(networks.BACKBONES)
