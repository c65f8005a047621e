import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

import misclassified
import networks

# Keras 3.15 asks TensorFlow's arrays for themselves in a way numpy 2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

WHITE = np.full((3, 32, 32, 3), 255, np.uint8)


@pytest.fixture(scope="module")
def corner_watcher() -> keras.Model:
    """Light in the upper left corner speaks for class 1, light elsewhere against it."""
    inputs = keras.Input((32, 32, 3))
    x = layers.MaxPooling2D(4)(layers.Rescaling(1 / 255)(inputs))
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(layers.Flatten()(x)))
    kernel = np.zeros((8, 8, 3, 2), np.float32)
    kernel[..., 1] = -1
    kernel[:2, :2, :, 1] = 20
    model.set_weights([kernel.reshape(-1, 2), np.zeros(2, np.float32)])
    return model


def test_the_heat_is_where_the_class_comes_from(corner_watcher: keras.Model) -> None:
    heats = misclassified.heat_maps(corner_watcher, WHITE, np.array([1, 1, 1]))
    expected = np.zeros((8, 8))
    expected[:2, :2] = 1
    np.testing.assert_allclose(heats, [expected] * 3)


def test_each_picture_is_asked_about_its_own_class(corner_watcher: keras.Model) -> None:
    for_one, for_other = misclassified.heat_maps(corner_watcher, WHITE[:2], np.array([1, 0]))
    assert for_one.max() == 1
    assert for_other.max() == 0  # nothing speaks for it, and nothing is not a number


def test_however_sure_the_model_is_the_heat_does_not_fade(corner_watcher: keras.Model) -> None:
    assert corner_watcher(WHITE[:1].astype(np.float32))[0, 1] == 1
    assert misclassified.heat_maps(corner_watcher, WHITE[:1], np.array([1]))[0].max() == 1


@pytest.mark.parametrize(("image_size", "side"), [(24, 12), (64, 8), (128, 8), (224, 7)])
def test_the_map_is_fine_enough_to_tell_places_apart(image_size: int, side: int) -> None:
    layer = misclassified.feature_map(networks.build_cnn(image_size, classes=2, batch_size=4))
    assert layer.output.shape[1:3] == (side, side)
    assert isinstance(layer, layers.ReLU)


def test_no_connection_leads_around_the_map() -> None:
    inputs = keras.Input((16, 16, 3))
    joined = layers.Add(name="joined")([inputs, layers.ReLU()(inputs)])
    branch = layers.ReLU()(layers.Conv2D(3, 1)(joined))
    ends = [
        layers.GlobalAveragePooling2D()(branch_input[:, ::4, ::4])
        for branch_input in (joined, branch)
    ]
    outputs = layers.Dense(2, activation="softmax")(layers.Concatenate()(ends))
    assert misclassified.feature_map(keras.Model(inputs, outputs)).name == "joined"


def test_where_there_is_no_heat_the_picture_stays_as_it_is() -> None:
    picture = Image.new("RGB", (60, 40), (10, 20, 30))
    heat = np.zeros((8, 8), np.float32)
    heat[0, 0] = 1
    laid = misclassified.lay_over(picture, heat)
    assert laid.size == (60, 40)
    assert laid.getpixel((59, 39)) == (10, 20, 30)
    red, green, blue = laid.getpixel((0, 0))
    assert red > 100 > green
    assert blue < 30
