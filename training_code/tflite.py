"""Exports the model to TensorFlow Lite, for phones and small computers: weights in 16 bits."""

import contextlib
import io
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf


def convert(model: Any) -> bytes:
    """Return a model.tflite with the inputs and outputs of the Keras model.

    The converter is always given the Keras model: from functions of a module with a Keras model it
    silently makes a file that predicts NaN.
    """
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    with _quiet():
        return bytes(converter.convert())


def answer(content: bytes, pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the probabilities (images, classes) for float32 (images, size, size, 3)."""
    with _quiet():
        interpreter = tf.lite.Interpreter(model_content=content)
        (taken,), (returned,) = interpreter.get_input_details(), interpreter.get_output_details()
        answers = []
        interpreter.allocate_tensors()
        for picture in pixels:
            interpreter.set_tensor(taken["index"], picture[None])
            interpreter.invoke()
            answers.append(interpreter.get_tensor(returned["index"])[0])
    return np.stack(answers)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep TensorFlow's messages about its own workings, from Python and C++, out of the log."""
    sys.stderr.flush()
    with (
        tempfile.TemporaryFile() as nowhere,
        warnings.catch_warnings(action="ignore"),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        stderr = os.dup(2)
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
