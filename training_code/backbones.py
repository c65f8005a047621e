"""Networks from keras.applications, for drops that need more than the CNN."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
from keras import layers

import cnn
from failure import JobError

_DROPOUT = 0.2


@dataclass(frozen=True)
class _Backbone:
    """A network of keras.applications, and how pixels from 0 to 255 become what it was made for."""

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


def build(architecture: str, image_size: int, classes: int, synchronized: bool = False) -> Any:
    """Return the network with weights drawn at random; in, out and arguments as in `cnn.build`.

    Its batch normalisation follows within ten steps, not within a hundred or more as made: a small
    drop has few steps in all.
    """
    backbone = BACKBONES[architecture]
    inputs, x = cnn.pixels(image_size, backbone.scale, backbone.offset)
    features = _features(backbone, input_tensor=x)
    for layer in _normalisations(features):
        layer.momentum = 0.9
        layer.synchronized = synchronized
    x = layers.GlobalAveragePooling2D()(features.output)
    x = layers.Dropout(_DROPOUT)(x)
    name = architecture.replace("-", "_")
    return keras.Model(inputs, cnn.probabilities(x, classes), name=name)


def begin_with(model: Any, architecture: str, file: Path) -> None:
    """Put pretrained weights into a network that `build` made, all but its last layer.

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
    return [one for one in model.layers if isinstance(one, layers.BatchNormalization)]
