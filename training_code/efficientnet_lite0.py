"""EfficientNet-Lite0, and how the weights it was trained to on ImageNet are put into it.

The network is Google's EfficientNet-Lite0
(https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite): EfficientNet-B0
(Tan and Le, 2019, https://arxiv.org/abs/1905.11946) without squeeze-and-excitation and with ReLU6,
so that it can be exported to LiteRT and quantized.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers

from failure import JobError

FILE = "efficientnet-lite0.safetensors"
FEATURES = 1280  # channels of the last feature map
POOLED = "features"  # the layer that averages that map


@dataclass(frozen=True)
class _Stage:
    """Blocks that follow one another at one resolution; the first moves in steps of `stride`."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    filters: int


_STAGES = (
    _Stage(blocks=1, kernel=3, stride=1, expansion=1, filters=16),
    _Stage(blocks=2, kernel=3, stride=2, expansion=6, filters=24),
    _Stage(blocks=2, kernel=5, stride=2, expansion=6, filters=40),
    _Stage(blocks=3, kernel=3, stride=2, expansion=6, filters=80),
    _Stage(blocks=3, kernel=5, stride=1, expansion=6, filters=112),
    _Stage(blocks=4, kernel=5, stride=2, expansion=6, filters=192),
    _Stage(blocks=1, kernel=3, stride=1, expansion=6, filters=320),
)


def build(pixels: Any, synchronized: bool = False) -> Any:
    """Return a keras.Model from `pixels` to the last feature map, with weights drawn at random.

    In: a Keras tensor (batch, size, size, 3), (value - 127) / 128 of a value from 0 to 255. Out:
    (batch, size / 32, size / 32, 1280), rounded up. `synchronized` lets several GPUs normalise over
    their images together.
    """

    def normalise(x: Any) -> Any:
        return layers.BatchNormalization(epsilon=1e-3, momentum=0.99, synchronized=synchronized)(x)

    def convolve(x: Any, filters: int, kernel: int = 1, stride: int = 1) -> Any:
        convolution = layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False)
        return normalise(convolution(x))

    def block(x: Any, stage: _Stage, stride: int) -> Any:
        shortcut, filters = x, x.shape[-1]
        if stage.expansion > 1:
            x = layers.ReLU(6.0)(convolve(x, filters * stage.expansion))
        depthwise = layers.DepthwiseConv2D(
            stage.kernel, strides=stride, padding="same", use_bias=False
        )
        x = convolve(layers.ReLU(6.0)(normalise(depthwise(x))), stage.filters)
        return layers.Add()([x, shortcut]) if x.shape == shortcut.shape else x

    x = layers.ReLU(6.0)(convolve(pixels, 32, kernel=3, stride=2))
    for stage in _STAGES:
        for number in range(stage.blocks):
            x = block(x, stage, stage.stride if number == 0 else 1)
    x = layers.ReLU(6.0)(convolve(x, FEATURES))
    return keras.Model(keras.utils.get_source_inputs(x), x, name="efficientnet_lite0")


def load_weights(model: Any, file: Path) -> None:
    """Put the weights of a file into a network that `build` made, or whose layers contain it.

    Raises JobError when the file holds other weights.
    """
    variables = [variable for layer in model.layers for variable in layer.weights]
    try:
        arrays = _read_safetensors(file)
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)
    except (ValueError, LookupError) as error:
        raise JobError(
            f"The weights in {file.name} aren't those of EfficientNet-Lite0: use the file that the "
            f"build makes. ({' '.join(str(error).split())})"
        ) from error


def _read_safetensors(file: Path) -> list[npt.NDArray[np.float32]]:
    """Return the arrays in their order; raises ValueError or LookupError for other files.

    The format: https://huggingface.co/docs/safetensors#format
    """
    body = file.read_bytes()
    start = 8 + int.from_bytes(body[:8], "little")
    header = json.loads(body[8:start])
    header.pop("__metadata__", None)
    return [
        np.frombuffer(
            body[start:], "<f4", math.prod(entry["shape"]), entry["data_offsets"][0]
        ).reshape(entry["shape"])
        for entry in header.values()
    ]
