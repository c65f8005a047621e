"""The network: convolution and max pooling in turn, flatten, dense, softmax."""

from typing import Any

import keras
from keras import layers

_WIDTHS = (32, 64, 128, 256)  # filters of each block; further blocks keep the last width
_SMALLEST_SIDE = 8  # a feature map smaller than this is not pooled again
_HALVED_AT_ONCE = 64  # pixels from which the first convolution moves in steps of two
_DROPOUT = 0.3


def build(image_size: int, classes: int, batch_size: int) -> Any:
    """Return an uncompiled keras.Model with as many blocks as the image can feed.

    In training batches of one image the dense layer goes without batch normalisation, which would
    turn a single row into zeros.

    In: float32 (batch, image_size, image_size, 3), 0 to 255. Out: probabilities, float32
    (batch, classes).
    """
    inputs = keras.Input((image_size, image_size, 3), name="pixels")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="minus_one_to_one")(inputs)
    strides = 2 if image_size >= _HALVED_AT_ONCE else 1
    x = _block(x, _WIDTHS[0], kernel=5, strides=strides)
    block = 1
    while x.shape[1] >= _SMALLEST_SIDE:
        x = _block(x, _WIDTHS[min(block, len(_WIDTHS) - 1)], kernel=3)
        block += 1
    x = layers.Flatten()(x)
    x = layers.Dropout(_DROPOUT)(x)
    normalised = batch_size > 1
    x = layers.Dense(128, use_bias=not normalised, kernel_initializer="he_normal")(x)
    if normalised:
        x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.ReLU()(x)
    x = layers.Dropout(_DROPOUT)(x)
    outputs = layers.Dense(classes, activation="softmax", dtype="float32", name="probabilities")(x)
    return keras.Model(inputs, outputs, name="droptrain_cnn")


def _block(x: Any, filters: int, kernel: int, strides: int = 1) -> Any:
    """Pool before normalising: the same network for half the work of the usual order.

    The running averages of batch normalisation follow within ten steps (momentum 0.9), because a
    small drop has few steps in all.
    """
    x = layers.Conv2D(
        filters,
        kernel,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
    )(x)
    x = layers.MaxPooling2D()(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.ReLU()(x)
