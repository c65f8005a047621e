"""EfficientNet-Lite0, and how the weights it was trained to on ImageNet are put into it.

The network is Google's EfficientNet-Lite0
(https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite): EfficientNet-B0
(Tan and Le, 2019, https://arxiv.org/abs/1905.11946) without squeeze-and-excitation and with ReLU6,
so that it can be exported to LiteRT and quantized.
"""

import json
import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers

from failure import JobError

FILE = "efficientnet-lite0.safetensors"
FEATURES = 1280  # channels of the last feature map
POOLED = "features"  # the layer from which the last one learns

# Blocks that follow one another at one resolution, of which the first moves in steps of the stride:
# number of blocks, kernel, stride, expansion, filters.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
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

    def block(x: Any, kernel: int, stride: int, expansion: int, filters: int) -> Any:
        shortcut = x
        if expansion > 1:
            x = layers.ReLU(6.0)(convolve(x, x.shape[-1] * expansion))
        depthwise = layers.DepthwiseConv2D(kernel, strides=stride, padding="same", use_bias=False)
        x = convolve(layers.ReLU(6.0)(normalise(depthwise(x))), filters)
        return layers.Add()([x, shortcut]) if x.shape == shortcut.shape else x

    x = layers.ReLU(6.0)(convolve(pixels, 32, kernel=3, stride=2))
    for blocks, kernel, stride, expansion, filters in _STAGES:
        for number in range(blocks):
            x = block(x, kernel, stride if number == 0 else 1, expansion, filters)
    x = layers.ReLU(6.0)(convolve(x, FEATURES))
    return keras.Model(keras.utils.get_source_inputs(x), x, name="efficientnet_lite0")


def finer_maps(network: Any) -> list[Any]:
    """Return the last activations of each resolution but the last, the finest first.

    Keras tensors (batch, side, side, channels) of a network that `build` made.
    """
    activations = [layer.output for layer in network.layers if isinstance(layer, layers.ReLU)]
    last_of_side = {activation.shape[1]: activation for activation in activations}
    return list(last_of_side.values())[:-1]


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
