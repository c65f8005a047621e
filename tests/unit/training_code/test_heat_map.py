import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from auditing import misclassified
from learning import networks

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
    model = networks.build_cnn(image_size, classes=2, batch_size=4)
    (feature_map,) = misclassified.feature_maps(model)
    assert feature_map.shape[1:3] == (side, side)
    assert isinstance(feature_map._keras_history.operation, layers.ReLU)


def test_no_connection_leads_around_the_map() -> None:
    inputs = keras.Input((16, 16, 3))
    joined = layers.Add(name="joined")([inputs, layers.ReLU()(inputs)])
    branch = layers.ReLU()(layers.Conv2D(3, 1)(joined))
    ends = [layers.Flatten()(one[:, ::4, ::4]) for one in (joined, branch)]
    outputs = layers.Dense(2, activation="softmax")(layers.Concatenate()(ends))
    (feature_map,) = misclassified.feature_maps(keras.Model(inputs, outputs))
    assert feature_map is joined


def test_several_maps_are_summed_on_the_coarsest_that_tells_places_apart() -> None:
    """Class 1: average light in quarters of the picture, and the brightest single pixel."""
    inputs = keras.Input((32, 32, 1))
    coarse = layers.AveragePooling2D(4)(inputs)
    ends = [layers.GlobalAveragePooling2D()(coarse), layers.GlobalMaxPooling2D()(inputs)]
    outputs = layers.Dense(2, activation="softmax")(layers.Concatenate()(ends))
    model = keras.Model(inputs, outputs)
    model.set_weights([np.array([[0, 64], [0, 1]], np.float32), np.zeros(2, np.float32)])
    picture = np.full((1, 32, 32, 1), 1, np.uint8)
    picture[0, 9, 30] = 5

    (heat,) = misclassified.heat_maps(model, picture, np.array([1]))

    # 64 x the average is 1 for each of 8 x 8 places, and 1.25 where the pixel is, which adds 5.
    expected = np.ones((8, 8))
    expected[2, 7] = 6.25
    np.testing.assert_allclose(heat, expected / 6.25, rtol=1e-6)


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
