"""The networks to choose from: two of its own, and those of keras.applications."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
from keras import layers

from failure import JobError
from learning import efficientnet_lite0

_WIDTHS = (32, 64, 128, 256)  # filters of each block; further blocks keep the last width
_SMALLEST_SIDE = 8  # a feature map smaller than this is not pooled again
_HALVED_AT_ONCE = 64  # pixels from which the first convolution moves in steps of two
_DROPOUT = 0.3
_BACKBONE_DROPOUT = 0.2


def build(
    architecture: str,
    image_size: int,
    classes: int,
    batch_size: int,
    *,
    pretrained: Path | None = None,
    synchronized: bool = False,
) -> Any:
    """Return an uncompiled keras.Model, all of whose layers are layers of its own.

    `pretrained` is a file of weights, for architectures that take any. With `synchronized` several
    GPUs normalise over their images together. In: float32 (batch, image_size, image_size, 3), 0 to
    255. Out: probabilities, float32 (batch, classes). Raises JobError when the weights do not fit.
    """
    if architecture == "tutorial":
        return build_tutorial(image_size, classes)
    if architecture == "cnn":
        return build_cnn(image_size, classes, batch_size, synchronized)
    if architecture == "efficientnet-lite0":
        return _build_lite0(image_size, classes, pretrained)
    model = _build_backbone(architecture, image_size, classes, synchronized)
    if pretrained is None:
        print(
            f"WARNING: {architecture} starts without pretrained weights and learns from this drop "
            "alone; on a small drop the architecture cnn does better.",
            flush=True,
        )
    else:
        _begin_with(model, architecture, pretrained)
    return model


def build_cnn(image_size: int, classes: int, batch_size: int, synchronized: bool = False) -> Any:
    """Return a network with as many blocks as the image can feed; in and out as in `build`.

    In training batches of one image the dense layer goes without batch normalisation, which would
    turn a single row into zeros.
    """

    def normalise(x: Any) -> Any:
        # The running averages follow within ten steps: a small drop has few steps in all.
        return layers.BatchNormalization(momentum=0.9, synchronized=synchronized)(x)

    def block(x: Any, filters: int, kernel: int, strides: int = 1) -> Any:
        """Pool before normalising: the same network for half the work of the usual order."""
        options = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
        x = layers.Conv2D(filters, kernel, strides=strides, **options)(x)
        return layers.ReLU()(normalise(layers.MaxPooling2D()(x)))

    inputs, x = _input(image_size)
    x = block(x, _WIDTHS[0], kernel=5, strides=2 if image_size >= _HALVED_AT_ONCE else 1)
    number = 1
    while x.shape[1] >= _SMALLEST_SIDE:
        x = block(x, _WIDTHS[min(number, len(_WIDTHS) - 1)], kernel=3)
        number += 1
    x = layers.Dropout(_DROPOUT)(layers.Flatten()(x))
    normalised = batch_size > 1
    x = layers.Dense(128, use_bias=not normalised, kernel_initializer="he_normal")(x)
    if normalised:
        x = normalise(x)
    x = layers.Dropout(_DROPOUT)(layers.ReLU()(x))
    return keras.Model(inputs, _output(x, classes), name="droptrain_cnn")


def build_tutorial(image_size: int, classes: int) -> Any:
    """Return the plain two-block network that tutorials begin with; in and out as in `build`."""
    inputs, x = _input(image_size)
    for filters in (32, 64):
        x = layers.Conv2D(filters, 3, activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dense(64, activation="relu")(layers.Flatten()(x))
    return keras.Model(inputs, _output(x, classes), name="tutorial")


def _input(image_size: int, scale: Any = 1 / 127.5, offset: Any = -1.0) -> tuple[Any, Any]:
    """Return the input, 0 to 255, and scale * input + offset, by default -1 to 1, in 32 bits."""
    inputs = keras.Input((image_size, image_size, 3), name="pixels")
    rescaling = layers.Rescaling(scale, offset, dtype="float32", name="rescaled_pixels")
    return inputs, rescaling(inputs)


def _output(x: Any, classes: int) -> Any:
    """Return the last layer; in 32 bits, because the loss needs them."""
    return layers.Dense(classes, activation="softmax", dtype="float32", name="probabilities")(x)


def _build_lite0(image_size: int, classes: int, weights: Path | None) -> Any:
    """Return EfficientNet-Lite0 with its pretrained weights, all but its last layer frozen.

    The average of the last map says what the whole picture is like. A flaw of a few pixels is lost
    in it, and in the map; the maxima of the finer maps, before they are halved, still show it.
    """
    inputs, x = _input(image_size, 1 / 128, -127 / 128)
    network = efficientnet_lite0.build(x)
    if weights:
        efficientnet_lite0.load_weights(network, weights)
    network.trainable = False
    average = layers.GlobalAveragePooling2D()(network.output)
    finer_maps = efficientnet_lite0.finer_maps(network)
    maxima = [layers.GlobalMaxPooling2D()(finer_map) for finer_map in finer_maps]
    features = layers.Concatenate(name=efficientnet_lite0.POOLED)([average, *maxima])
    return keras.Model(inputs, _output(features, classes), name="efficientnet_lite0")


@dataclass(frozen=True)
class _Backbone:
    """A network of keras.applications, and how pixels from 0 to 255 become its input."""

    make: Callable[..., Any]
    scale: float | list[float] = 1 / 127.5
    offset: float | list[float] = -1.0
    options: tuple[tuple[str, bool], ...] = ()


_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, from 0 to 1
BACKBONES = {
    "mobilenet-v2": _Backbone(keras.applications.MobileNetV2),
    "resnet-50-v2": _Backbone(keras.applications.ResNet50V2),
    # Its own preprocessing is the same, but would be rounded to 16 bits.
    "efficientnet-v2-b0": _Backbone(
        keras.applications.EfficientNetV2B0,
        scale=[1 / (255 * deviation) for deviation in _DEVIATION],
        offset=[-mean / deviation for mean, deviation in zip(_MEAN, _DEVIATION, strict=True)],
        options=(("include_preprocessing", False),),
    ),
}


def _build_backbone(
    architecture: str, image_size: int, classes: int, synchronized: bool = False
) -> Any:
    """Return the network with weights drawn at random; in, out and arguments as in `build`.

    Its batch normalisation follows within ten steps, as in `build_cnn`.
    """
    backbone = BACKBONES[architecture]
    inputs, x = _input(image_size, backbone.scale, backbone.offset)
    features = _features(backbone, input_tensor=x)
    for layer in _normalisations(features):
        layer.momentum = 0.9
        layer.synchronized = synchronized
    x = layers.GlobalAveragePooling2D()(features.output)
    x = layers.Dropout(_BACKBONE_DROPOUT)(x)
    name = architecture.replace("-", "_")
    return keras.Model(inputs, _output(x, classes), name=name)


def _begin_with(model: Any, architecture: str, file: Path) -> None:
    """Load pretrained weights into a network that `build` made, all but its last layer.

    Its batch normalisation then stays as it was trained: averages over many images are better than
    those over a small drop. Raises JobError when the weights do not fit.
    """
    backbone = BACKBONES[architecture]
    trained = _features(backbone, input_shape=model.input_shape[1:])
    try:
        trained.load_weights(file)
    # Not a file of Keras', or of another network, or with a classifier: each fails in its own way.
    except Exception as error:
        raise JobError(
            f"The weights in {file.name} do not fit the architecture {architecture}: make them "
            f"with keras.applications.{backbone.make.__name__}(include_top=False).save_weights(). "
            f"({' '.join(str(error).split())})"
        ) from error
    weights = trained.get_weights()
    model.set_weights([*weights, *model.get_weights()[len(weights) :]])
    for layer in _normalisations(model):
        layer.trainable = False


def _features(backbone: _Backbone, **place: Any) -> Any:
    return backbone.make(include_top=False, weights=None, **dict(backbone.options), **place)


def _normalisations(model: Any) -> list[Any]:
    return [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
