"""The two networks of its own: convolution and max pooling in turn, flatten, dense, softmax."""

from typing import Any

import keras
from keras import layers

_WIDTHS = (32, 64, 128, 256)  # filters of each block; further blocks keep the last width
_SMALLEST_SIDE = 8  # a feature map smaller than this is not pooled again
_HALVED_AT_ONCE = 64  # pixels from which the first convolution moves in steps of two
_DROPOUT = 0.3


def build(image_size: int, classes: int, batch_size: int, synchronized: bool = False) -> Any:
    """Return an uncompiled keras.Model with as many blocks as the image can feed.

    In training batches of one image the dense layer goes without batch normalisation, which would
    turn a single row into zeros. `synchronized` lets several GPUs normalise over their images
    together.

    In: float32 (batch, image_size, image_size, 3), 0 to 255. Out: probabilities, float32
    (batch, classes).
    """

    def normalise(x: Any) -> Any:
        # The running averages follow within ten steps: a small drop has few steps in all.
        return layers.BatchNormalization(momentum=0.9, synchronized=synchronized)(x)

    def block(x: Any, filters: int, kernel: int, strides: int = 1) -> Any:
        """Pool before normalising: the same network for half the work of the usual order."""
        x = layers.Conv2D(
            filters,
            kernel,
            strides=strides,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
        )(x)
        return layers.ReLU()(normalise(layers.MaxPooling2D()(x)))

    inputs, x = pixels(image_size)
    x = block(x, _WIDTHS[0], kernel=5, strides=2 if image_size >= _HALVED_AT_ONCE else 1)
    number = 1
    while x.shape[1] >= _SMALLEST_SIDE:
        x = block(x, _WIDTHS[min(number, len(_WIDTHS) - 1)], kernel=3)
        number += 1
    x = layers.Flatten()(x)
    x = layers.Dropout(_DROPOUT)(x)
    normalised = batch_size > 1
    x = layers.Dense(128, use_bias=not normalised, kernel_initializer="he_normal")(x)
    if normalised:
        x = normalise(x)
    x = layers.ReLU()(x)
    x = layers.Dropout(_DROPOUT)(x)
    return keras.Model(inputs, probabilities(x, classes), name="droptrain_cnn")


def build_tutorial(image_size: int, classes: int) -> Any:
    """Return the plain two-block network that tutorials begin with; in and out as in `build`."""
    inputs, x = pixels(image_size)
    for filters in (32, 64):
        x = layers.Conv2D(filters, 3, activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dense(64, activation="relu")(layers.Flatten()(x))
    return keras.Model(inputs, probabilities(x, classes), name="tutorial")


def pixels(image_size: int, scale: Any = 1 / 127.5, offset: Any = -1.0) -> tuple[Any, Any]:
    """Return the input, 0 to 255, and scale * input + offset, by default from -1 to 1.

    In 32 bits, whatever the layers after it compute with.
    """
    inputs = keras.Input((image_size, image_size, 3), name="pixels")
    rescaling = layers.Rescaling(scale, offset, dtype="float32", name="rescaled_pixels")
    return inputs, rescaling(inputs)


def probabilities(x: Any, classes: int) -> Any:
    """Return the last layer; in 32 bits, because the loss needs them."""
    return layers.Dense(classes, activation="softmax", dtype="float32", name="probabilities")(x)
