"""A network of a few kilobytes for LiteRT, which tells three colours apart."""

from __future__ import annotations

import json
from functools import cache

import tensorflow as tf

from common.model_files import LABELS, NETWORK, PREPROCESSING
from tests.support.answers import CLASSES

SIDE = 32


class ColourNetwork(tf.Module):  # type: ignore[misc]  # TensorFlow publishes no types
    """A class's probability is its colour's share."""

    @tf.function(input_signature=[tf.TensorSpec([1, SIDE, SIDE, 3], tf.float32, name="pixels")])
    def answer(self, pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        light = tf.reduce_mean(pixels, axis=[1, 2]) + 1
        shares = tf.gather(light, [1, 2, 0], axis=1)
        return {"output_0": shares / tf.reduce_sum(shares)}


@cache
def model_files() -> dict[str, bytes]:
    """Return what plot puts into a run's folder `model/`, by name."""
    network = ColourNetwork()
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [network.answer.get_concrete_function()], network
    )
    return {
        NETWORK: bytes(converter.convert()),
        LABELS: json.dumps(CLASSES).encode(),
        PREPROCESSING: json.dumps({"image_size": [SIDE, SIDE], "depth": 8}).encode(),
    }
